// Power cuts of one life, judged one after the other. What is found is kept in `evidence`: the write log, the
// image as the store left it, the journals, what is wrong; processes and their timing cannot be had again from a seed.
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, removeFolder } from '../../scripts/rig/folder.mjs';
import { Judge } from './judge.mjs';
import { live } from './life.mjs';
import { kinds, Replay } from './write_log.mjs';

const prefix = 'tillgate-torture-';
const folders = new Set();
process.on('exit', () => folders.forEach(removeFolder));

// What a run left behind that was killed: its mounts and processes went with it, its folder did not. The name says whose it is.
export function removeLeftovers(below) {
  for (const name of readdirSync(below).filter((one) => one.startsWith(prefix))) {
    if (!existsSync(`/proc/${name.slice(prefix.length).split('-')[0]}`)) removeFolder(join(below, name));
  }
}

const checkedEach = 5;  // of the cuts get an e2fsck too, which is slow

// Where to cut: half of them where writes are on their way, a sixth in the first start and its migration.
function drawCounts({ entries, operations }, wanted, random) {
  const firstAnswer = Math.min(...operations.filter((one) => one.answer).map((one) => one.answer.at));
  const start = entries.filter((entry) => entry.at < firstAnswer).length;
  const loose = entries.flatMap((entry, n) => (entry.isFlush ? [] : [n + 1]));
  const draw = () => {
    const dice = random.next();
    return dice < 0.17 ? random.below(start + 1) : dice < 0.67 ? random.pick(loose) : random.below(entries.length + 1);
  };
  return Array.from({ length: wanted }, draw).sort((a, b) => a - b);
}

// Answers figures and findings. `stopsAt`: what is enough of a finding to end. `isOver`: no time left.
export async function judgeLife({ below, random, seconds, wanted, env, evidence, stopsAt, isOver = () => false }) {
  const folder = freshFolder({ below, prefix: `${prefix}${process.pid}-` });
  folders.add(folder);
  const tally = { cuts: 0, writes: 0, flushes: 0, requests: 0, answered: 0, kills: 0, stops: 0, torn: 0, inFlight: 0, mended: 0, findings: [], msPerCut: 0 };
  try {
    const life = await live({ folder, random, seconds, env });
    const { disk, daemon, entries, operations } = life;
    tally.flushes = entries.filter((entry) => entry.isFlush).length;
    Object.assign(tally, { writes: entries.length - tally.flushes, requests: operations.length, answered: operations.filter((one) => one.answer).length,
      kills: life.kills, stops: life.stops });
    const replay = new Replay(disk.blank, entries);
    const judge = new Judge({ daemon, operations, random });
    const image = join(folder, 'cut.img');
    const began = performance.now();
    for (const count of drawCounts(life, wanted, random)) {
      if (isOver()) break;
      const kind = random.pick(kinds);
      const { pending, isTorn } = replay.cut(image, count, kind, random);
      const position = entries[count]?.at ?? Infinity;
      const wrong = await judge.judge(image, disk.mountpoint, position, { isChecked: tally.cuts % checkedEach === 0 });
      ++tally.cuts;
      tally.torn += isTorn ? 1 : 0;
      tally.inFlight += judge.figures.open;
      tally.mended += judge.figures.isMended ? 1 : 0;
      if (wrong.length === 0) continue;
      const about = { cut: tally.cuts, seed: random.seed, after: `${count} of ${entries.length} entries`, kind, isTorn, pending, wrong };
      tally.findings.push(about);
      if (evidence) keep(evidence, folder, about);
      if (stopsAt?.(wrong)) break;
    }
    tally.msPerCut = (performance.now() - began) / Math.max(tally.cuts, 1);
  } finally {
    removeFolder(folder);
    folders.delete(folder);
  }
  return tally;
}

function keep(evidence, folder, about) {
  mkdirSync(evidence, { recursive: true });
  const place = join(evidence, `finding-${Date.now()}`);
  cpSync(folder, place, { recursive: true, filter: (path) => !path.endsWith('.sock') && !path.includes('/mnt/') && !path.endsWith('disk/export') });
  writeFileSync(join(place, 'finding.json'), JSON.stringify(about, null, 2));
}
