// make bench: every bench in interleaved rounds, medians and spreads, the goals and whether they are met. README.md here says how
// to read and add one.
//   node bench/main.mjs [--smoke] [name...]     ROUNDS=5 SEED=n BENCH_DIR=/var/tmp
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freshFolder, removeFolder } from '../scripts/rig/folder.mjs';
import { killEverything } from '../scripts/rig/process.mjs';
import { seedFromEnvironment } from '../scripts/rig/random.mjs';
import { describeMachine, measureFlush } from './machine.mjs';
import { merged, section, table } from './report.mjs';
import { judge, runRounds } from './rounds.mjs';
import { loadBenches } from './list.mjs';

const tree = fileURLToPath(new URL('..', import.meta.url));
const roundsToPublish = 5;

const folders = new Set();
process.on('exit', () => {
  killEverything();
  folders.forEach(removeFolder);
});
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

function checkFigures(bench, results) {
  for (const [variant, rounds] of Object.entries(results)) {
    for (const figures of rounds) {
      const named = Object.entries(figures);
      if (named.length === 0) throw new Error(`${bench.name}: ${variant} gave no figure`);
      for (const [name, value] of named) {
        if (!(Number.isFinite(value) && value > 0)) throw new Error(`${bench.name}: ${variant} gave ${name} = ${value}`);
      }
    }
  }
}

async function runBench(bench, { seed, rounds, isSmoke }) {
  const below = freshFolder({ below: process.env.BENCH_DIR ?? '/var/tmp', prefix: 'tillgate-bench-' });
  folders.add(below);
  try {
    const flushBefore = isSmoke ? null : measureFlush(below);
    const results = await runRounds(bench, { seed, rounds, isSmoke, below, say: (line) => console.log(`  ${line}`) });
    checkFigures(bench, results);
    const machine = await describeMachine(below);
    return { bench, results, rounds, seed, machine, goals: isSmoke ? [] : judge(bench, results), flush: isSmoke ? null : [flushBefore, measureFlush(below)] };
  } finally {
    removeFolder(below);
    folders.delete(below);
  }
}

const isSmoke = process.argv.includes('--smoke');
const named = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const only = named.length > 0 ? named : (process.env.ONLY ?? '').split(/[\s,]+/).filter(Boolean);
const rounds = isSmoke ? 1 : Number(process.env.ROUNDS ?? roundsToPublish);
if (!(Number.isInteger(rounds) && rounds > 0)) throw new Error('ROUNDS must be a number from 1 up');
const seed = seedFromEnvironment();
const benches = await loadBenches(only);

// Few rounds say too little to be published; what a partial run did not measure stays as it was.
const resultsFile = join(tree, rounds >= roundsToPublish ? 'bench' : join('build', 'bench'), 'RESULTS.md');
mkdirSync(dirname(resultsFile), { recursive: true });

console.log(`bench: ${benches.map((bench) => bench.name).join(', ')}; ${rounds} round${rounds === 1 ? '' : 's'}, SEED=${seed}`);
let misses = 0;
for (const bench of benches) {
  console.log(`\n=== ${bench.name}: ${bench.says}`);
  const run = await runBench(bench, { seed, rounds, isSmoke });
  if (isSmoke) continue;
  console.log(table(run));
  misses += run.goals.filter((goal) => !goal.isMet).length;
  writeFileSync(resultsFile, merged(resultsFile, new Map([[bench.name, section(run)]])));  // at once: a run that is ended keeps what it has measured
}

if (isSmoke) {
  console.log('\nevery bench ran and gave its figures');
} else {
  console.log(`\n${misses === 0 ? 'all goals measured here are met' : `${misses} goal${misses === 1 ? '' : 's'} MISSED`}; written to ${resultsFile}`);
}
