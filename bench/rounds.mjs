// Interleaved rounds: A, B, C, A, B, C ... so that what else the machine does meets all variants alike; and the verdicts.
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { removeFolder } from '../scripts/rig/folder.mjs';
import { Random } from '../scripts/rig/random.mjs';

// Answers {variant: [figures of round 1, ...]}. Every variant of a round gets the same seed, and a fresh folder of its own.
export async function runRounds(bench, { seed, rounds, isSmoke, below, say }) {
  const variants = presentVariants(bench, isSmoke, say);
  const sizes = isSmoke ? { ...bench.sizes, ...bench.smoke } : bench.sizes;
  const results = Object.fromEntries(Object.keys(variants).map((name) => [name, []]));
  const seeds = new Random(seed);
  const shared = { sizes, isSmoke, say, folder: join(below, 'shared') };
  makeFolder(shared.folder);
  const state = await bench.setup?.({ ...shared, seed, random: new Random(seed) });
  try {
    for (let round = 1; round <= rounds; ++round) {
      const roundSeed = seeds.fork().seed;
      for (const [name, measure] of Object.entries(variants)) {
        const folder = join(below, 'run');
        makeFolder(folder);
        try {
          const figures = await measure({ ...shared, state, round, seed: roundSeed, random: new Random(roundSeed), folder });
          results[name].push(figures);
          say(`${round} ${name}: ${Object.entries(figures).map(([figure, value]) => `${figure} ${text(value)}`).join(', ')}`);
        } finally {
          removeFolder(folder);
        }
      }
    }
  } finally {
    await bench.teardown?.({ ...shared, state });
  }
  return results;
}

// What a variant needs may be left out of a smoke run, which installs nothing; a run whose figures count needs all of it.
function presentVariants(bench, isSmoke, say) {
  return Object.fromEntries(Object.entries(bench.variants).filter(([name]) => {
    const missing = bench.lacks?.[name]?.();
    if (!missing) return true;
    if (!isSmoke) throw new Error(`${bench.name}: ${name} cannot run: ${missing}`);
    say(`${name} left out: ${missing}`);
    return false;
  }));
}

function makeFolder(folder) {
  mkdirSync(folder, { recursive: true });
  chmodSync(folder, 0o711);  // the database's user must reach its own
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export const spread = (values) => ({ median: median(values), min: Math.min(...values), max: Math.max(...values) });

// Ratios are taken within each round, between neighbours in time, and only then is the median taken.
export function judge(bench, results) {
  return (bench.goals ?? []).map((goal) => {
    const values = goal.ratio
      ? results[goal.ratio[0]].map((figures, n) => figures[goal.of ?? 'perSecond'] / results[goal.ratio[1]][n][goal.of ?? 'perSecond'])
      : results[goal.figure[0]].map((figures) => figures[goal.figure[1]]);
    const measured = spread(values);
    const isMet = goal.atLeast !== undefined ? measured.median >= goal.atLeast : measured.median <= goal.atMost;
    return { ...goal, measured, isMet };
  });
}

export function text(value) {
  if (value >= 1000) return Math.round(value).toLocaleString('en');
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
