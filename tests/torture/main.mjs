// make torture: power cuts below the real tillgated on a real ext4, first with canaries that must be caught; then what CI runs for
// seconds, for longer. Writes docs/reports/torture.md. docs/simulation.md says how it works.
//   HOURS=0.5 CUTS=200 SEED=n ONLY=cuts TORTURE_DIR=/dev/shm node tests/torture/main.mjs       (through scripts/torture)
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeMachine } from '../../bench/machine.mjs';
import { binary } from '../../scripts/rig/binaries.mjs';
import { Random, seedFromEnvironment } from '../../scripts/rig/random.mjs';
import { judgeLife, removeLeftovers } from './cuts.mjs';
import { report } from './report.mjs';
import { lanes } from './sims.mjs';

const tree = fileURLToPath(new URL('../..', import.meta.url));
process.chdir(tree);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(130));

const number = (name, otherwise) => {
  const value = Number(process.env[name] ?? otherwise);
  if (!(value > 0)) throw new Error(`${name} is a number above 0, not "${process.env[name]}"`);
  return value;
};
const hours = number('HOURS', 0.5);
const cutsMin = number('CUTS', 200);
const isCutsOnly = process.env.ONLY === 'cuts';
const random = new Random(seedFromEnvironment());
const below = process.env.TORTURE_DIR ?? '/dev/shm';
const evidence = join(tree, 'build', 'torture');
const began = Date.now();
const secondsLeft = () => hours * 3600 - (Date.now() - began) / 1000;
const others = isCutsOnly ? [] : lanes.filter(({ hoursMin = 0 }) => hours >= hoursMin);
const shareOfCuts = 1 - others.reduce((sum, { share }) => sum + share, 0);

const lifeSeconds = 6;
const cutsPerLife = 50;
const canaryCutsMax = 300;
const shim = (every) => ({ LD_PRELOAD: binary('libforgetful_flush.so'), FORGET_EVERY: String(every) });
const canaries = [{ name: 'no flush reaches the disk', every: 1 }, { name: 'one flush in ten is forgotten', every: 10 }];

// What only a store can have done wrong; that ext4 does not mount would prove nothing about us.
const ofTheStore = (wrong) => wrong.find(({ what }) => ['lost', 'halved', 'doubled', 'start'].includes(what));

async function catchCanary({ name, every }) {
  let cuts = 0;
  while (cuts < canaryCutsMax) {
    const tally = await judgeLife({ below, random: random.fork(), seconds: lifeSeconds, wanted: cutsPerLife, env: shim(every), stopsAt: ofTheStore });
    cuts += tally.cuts;
    const found = tally.findings.map(({ wrong }) => ofTheStore(wrong)).find(Boolean);
    if (found) return { name, cuts, found };
  }
  return { name, cuts, found: null };
}

removeLeftovers(below);
const machine = await describeMachine(below);
console.log(`torture: ${hours} h, at least ${cutsMin} power cuts, SEED=${random.seed}, disks in ${below}`);
const caught = [];
for (const canary of canaries) {
  const result = await catchCanary(canary);
  caught.push(result);
  console.log(result.found ? `  canary "${canary.name}": caught after ${result.cuts} cuts: ${result.found.what}` : `  canary "${canary.name}": NOT CAUGHT in ${result.cuts} cuts`);
}

const lives = [];
const total = (figure) => lives.reduce((sum, life) => sum + life[figure], 0);
const cutsEnd = hours * 3600 * (1 - shareOfCuts);  // seconds left for the others
while (total('cuts') < cutsMin || secondsLeft() > cutsEnd) {
  const isOver = () => total('cuts') >= cutsMin && secondsLeft() <= cutsEnd;
  const life = await judgeLife({ below, random: random.fork(), seconds: lifeSeconds, wanted: cutsPerLife, evidence, isOver });
  lives.push(life);
  console.log(`  life ${lives.length}: ${life.requests} requests, ${life.writes} writes, ${life.flushes} flushes; ${life.cuts} cuts, ${Math.round(life.msPerCut)} ms each, ${life.findings.length} found something`);
  for (const { kind, wrong } of life.findings) console.log(`    ${kind}: ${wrong.slice(0, 3).map(({ what, why }) => `${what}: ${why}`).join(' | ')}`);
}

const results = [];
for (const lane of others) {
  const result = await lane.run({ seconds: hours * 3600 * lane.share, random: random.fork() });
  results.push({ ...lane, ...result });
  console.log(`  ${lane.name}: ${result.count} ${lane.unit}, ${result.findings.length} found something (${result.says})`);
  for (const finding of result.findings) console.log(finding);
}

const text = report({ hours, seed: random.seed, machine, took: (Date.now() - began) / 1000, caught, lives, lanes: results });
const isWhole = !isCutsOnly;
const folder = isWhole ? join(tree, 'docs', 'reports') : evidence;
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'torture.md'), text);
const findings = total('cuts') === 0 ? 1 : lives.flatMap((life) => life.findings).length + results.flatMap((lane) => lane.findings).length;
const missed = caught.filter((canary) => !canary.found).length;
console.log(`torture: ${findings} findings, ${missed} canaries missed; written to ${join(folder, 'torture.md')}`);
process.exit(findings + missed > 0 ? 1 : 0);
