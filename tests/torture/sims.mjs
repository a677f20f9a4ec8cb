// What CI runs for seconds, run for longer: power cuts and failing calls in the crash disk's simulations, worlds of replication,
// replicas of people, fuzzers. Each answers {count, says, findings}.
import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { binary } from '../../scripts/rig/binaries.mjs';

// Runs to the end; answers {isGreen, text, seconds}. Ends with us.
function play(command, args, env = {}) {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', command, ...args], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => { text += part; });
    child.once('error', reject);
    child.once('close', (code) => resolve({ isGreen: code === 0, text, seconds: (performance.now() - began) / 1000 }));
  });
}

const findingsOf = ({ isGreen, text }) => (isGreen ? [] : [text.trim().split('\n').slice(-12).join('\n')]);

// Seeds counted from 1 on: a small run tells how many there is time for.
async function seeds({ program, filter, variable, first, seconds }) {
  const once = (count) => play(binary(program), [`--gtest_filter=${filter}`, '--gtest_brief=1'], { [variable]: String(count) });
  const probe = await once(first);
  const count = Math.floor((first * Math.max(seconds - probe.seconds, 0)) / Math.max(probe.seconds, 0.01));
  if (!probe.isGreen || count <= first) return { count: first, says: `seeds 1 to ${first}`, findings: findingsOf(probe) };
  const full = await once(count);
  return { count, says: `seeds 1 to ${count}`, findings: findingsOf(full) };
}

async function powerCuts({ random, seconds }) {
  const end = performance.now() + seconds * 1000;
  const total = { count: 0, says: '', findings: [] };
  const used = [];
  do {
    const seed = random.below(2 ** 31);
    const run = await play(binary('sim_tests'), ['--gtest_filter=PowerCut.*', '--gtest_brief=1'], { TILLGATE_CUTS: '20000', TILLGATE_SEED: String(seed) });
    used.push(seed);
    for (const [, cuts] of run.text.matchAll(/of (\d+) cuts found/g)) total.count += Number(cuts);
    total.findings.push(...findingsOf(run));
  } while (performance.now() < end && total.findings.length === 0);
  total.says = `TILLGATE_SEED ${used.length > 4 ? `${used.slice(0, 4).join(', ')} and ${used.length - 4} more` : used.join(', ')}`;
  return total;
}

async function bitFlips({ random, seconds }) {
  const end = performance.now() + seconds * 1000;
  const total = { count: 0, says: '', findings: [] };
  let seeds = 0;
  do {
    const run = await play(binary('sim_tests'), ['--gtest_filter=BitFlip.*', '--gtest_brief=1'], { TILLGATE_FLIPS: '5000', TILLGATE_SEED: String(random.below(2 ** 31)) });
    for (const [, flips] of run.text.matchAll(/: (\d+) bits flipped/g)) total.count += Number(flips);
    total.findings.push(...findingsOf(run));
    ++seeds;
  } while (performance.now() < end && total.findings.length === 0);
  total.says = `database and log, ${seeds} seeds`;
  return total;
}

async function failingCalls() {
  const run = await play(binary('sim_tests'), ['--gtest_filter=NthFailure.*', '--gtest_brief=1'], { TILLGATE_CUTS: '1' });
  const count = [...run.text.matchAll(/: (\d+) failures tried/g)].reduce((sum, [, tried]) => sum + Number(tried), 0);
  return { count, says: 'every call of the disk, once and for ever', findings: findingsOf(run) };
}

async function fuzz({ seconds }) {
  const script = await readFile(new URL('../../scripts/fuzz', import.meta.url), 'utf8');
  const targets = /^all=\((.*)\)$/m.exec(script)[1].split(' ').length;
  const each = Math.max(10, Math.floor(seconds / targets));
  const run = await play('scripts/fuzz', [], { FOR: String(each) });
  const count = [...run.text.matchAll(/number_of_executed_units: (\d+)/g)].reduce((sum, [, units]) => sum + Number(units), 0);
  return { count, says: `${targets} readers of foreign bytes, ${each} s each, AddressSanitizer and UBSan`, findings: findingsOf(run) };
}

// `share` of the time there is; left out below `hoursMin`.
export const lanes = [
  { name: 'power cuts, crash disk', unit: 'cuts', share: 0.15, run: powerCuts },
  { name: 'bit flips', unit: 'flips', share: 0.1, run: bitFlips },
  { name: 'failing disk calls', unit: 'failures', share: 0.02, run: failingCalls },
  { name: 'worlds of replication, real store', unit: 'seeds', share: 0.12,
    run: ({ seconds }) => seeds({ program: 'sim_tests', filter: 'FullWorld.EveryRule*', variable: 'TILLGATE_SEEDS', first: 200, seconds }) },
  { name: 'worlds of replication, in memory', unit: 'seeds', share: 0.08,
    run: ({ seconds }) => seeds({ program: 'core_tests', filter: 'ReplicationSimulation.EveryRule*', variable: 'TILLGATE_SEEDS', first: 2000, seconds }) },
  { name: 'replicas of people', unit: 'seeds', share: 0.04,
    run: ({ seconds }) => seeds({ program: 'sim_tests', filter: 'Replicas.AreEqual*', variable: 'TILLGATE_REPLICA_SEEDS', first: 1000, seconds }) },
  { name: 'fuzzers', unit: 'runs', share: 0.08, hoursMin: 0.5, run: fuzz },  // building them takes minutes
];
