// The torture's own rules: a cut that is kinder or harsher than a real disk may be would prove nothing.
import test from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshFolder, removeFolder } from '../../scripts/rig/folder.mjs';
import { Random } from '../../scripts/rig/random.mjs';
import { durableBefore, kinds, parseLog, Replay, sectorBytes, surviving } from './write_log.mjs';
import { operationsOf } from './life.mjs';

const flush = { sectors: 0, flags: 1 };
const write = (sector, sectors, fill) => ({ sector, sectors, fill, flags: 0 });

function logOf(entries) {
  const head = Buffer.alloc(sectorBytes);
  head.writeBigUInt64LE(0x6a736677736872n, 0);
  head.writeUInt32LE(sectorBytes, 24);
  return Buffer.concat([head, ...entries.flatMap(({ sector = 0, sectors, fill = 0, flags }) => {
    const entry = Buffer.alloc(sectorBytes);
    [sector, sectors, flags].forEach((value, n) => entry.writeBigUInt64LE(BigInt(value), 8 * n));
    return [entry, Buffer.alloc(sectors * sectorBytes, fill)];
  })]);
}

const five = [write(0, 8, 1), flush, write(0, 8, 2), write(4, 8, 3), flush];

test('a log is read back entry by entry, and a broken one is refused', () => {
  const entries = parseLog(logOf(five));
  assert.deepEqual(entries.map(({ sector, bytes, isFlush }) => [sector, bytes.length, isFlush]), [[0, 4096, false], [0, 0, true], [0, 4096, false], [4, 4096, false], [0, 0, true]]);
  assert.throws(() => parseLog(logOf(five).subarray(0, -600)), /middle of a write/);
  assert.throws(() => parseLog(logOf([{ sectors: 8, flags: 4 }])), /discards/);
  assert.throws(() => parseLog(Buffer.alloc(1024)), /no write log/);
  assert.throws(() => parseLog(logOf([{ sectors: 0, flags: 0 }])), /hole/);
});

test('what lies before the last flush is durable, nothing else', () => {
  const entries = parseLog(logOf(five));
  assert.deepEqual([0, 1, 2, 3, 4, 5].map((count) => durableBefore(entries, count)), [0, 0, 2, 2, 2, 5]);
});

test('each kind of cut keeps what its name says, in whole sectors', () => {
  const pending = parseLog(logOf([write(0, 8, 1), write(8, 8, 2), write(16, 8, 3)]));
  const seen = Object.fromEntries(kinds.map((kind) => [kind, new Set()]));
  let torn = 0;
  for (let seed = 1; seed <= 300; ++seed) {
    const random = new Random(seed);
    for (const kind of kinds) {
      const { parts, isTorn } = surviving(pending, kind, random);
      torn += isTorn ? 1 : 0;
      seen[kind].add(parts.length);
      for (const { sector, bytes } of parts) {
        assert.equal(bytes.length % sectorBytes, 0);
        assert.equal(bytes[0], 1 + Math.floor(sector / 8));
      }
    }
  }
  assert.deepEqual([...seen.none], [0]);
  assert.deepEqual([...seen.all], [3]);
  assert.ok(seen.half.size > 8 && seen.one.has(1) && seen['all but one'].has(2) && torn > 300);
});

test('a disk after a cut holds all that was flushed and of the rest only what was written', () => {
  const folder = freshFolder();
  try {
    const entries = parseLog(logOf(five));
    for (let seed = 1; seed <= 200; ++seed) {
      const image = join(folder, 'disk');
      writeFileSync(image, Buffer.alloc(12 * sectorBytes));
      const random = new Random(seed);
      const replay = new Replay(image, entries);
      for (let count = 0; count <= entries.length; ++count) {
        replay.cut(join(folder, 'cut'), count, random.pick(kinds), random);
        const sectors = Array.from({ length: 12 }, (_, n) => readFileSync(join(folder, 'cut'))[n * sectorBytes]);
        sectors.forEach((value, n) => {
          const allowed = count < 1 ? [0] : count < 2 ? [0, n < 8 ? 1 : 0] : count < 5 ? [n < 8 ? 1 : 0, ...(n < 8 && count > 2 ? [2] : []), ...(n >= 4 && count > 3 ? [3] : [])] : [n < 4 ? 2 : 3];
          assert.ok(allowed.includes(value), `seed ${seed}: sector ${n} is ${value} after ${count} entries`);
        });
      }
    }
  } finally {
    removeFolder(folder);
  }
});

test('a request counts from when it was first asked, an answer from when it was first heard', () => {
  const lines = [
    { op: 'a', what: 'invoke', kind: 'create', key: 'k', fields: {}, log: 5 }, { op: 'a', what: 'unknown', log: 6 },
    { op: 'a', what: 'invoke', kind: 'create', key: 'k', fields: {}, log: 9 }, { op: 'a', what: 'ok', status: 201, id: 'x', etag: '"e"', log: 12 },
  ];
  const [operation] = operationsOf(lines);
  assert.equal(operation.askedAt, 5);
  assert.deepEqual(operation.answer, { at: 12, status: 201, id: 'x', etag: '"e"' });
  assert.throws(() => operationsOf([...lines, { op: 'a', what: 'refused', status: 412, code: 'stale', log: 13 }]), /refused/);
});
