// What a device was told, in order: the log of qemu's blklogwrites filter (the format of Linux's dm-log-writes), and what a power
// cut may leave of it. A flush makes all writes before it durable; of those after it any may be there, in any order, whole or in part.
import { closeSync, copyFileSync, openSync, readFileSync, writeSync } from 'node:fs';

export const sectorBytes = 512;
const magic = 0x6a736677736872n;
const flag = { flush: 1, fua: 2, discard: 4, mark: 8 };

// Bytes of a log -> {sector, bytes, isFlush, isDurable} with `at`, where in the log each begins.
export function parseLog(log) {
  if (log.readBigUInt64LE(0) !== magic || log.readUInt32LE(24) !== sectorBytes) throw new Error('this is no write log');
  const entries = [];
  for (let at = sectorBytes; at + sectorBytes <= log.length;) {
    const [sector, sectors, flags] = [0, 8, 16].map((place) => Number(log.readBigUInt64LE(at + place)));
    if (sectors === 0 && flags === 0) throw new Error(`the write log has a hole at ${at}`);
    if (flags & flag.discard) throw new Error('discards are not replayed here');
    const begin = at + sectorBytes;
    const end = begin + sectors * sectorBytes;
    if (end > log.length) throw new Error('the write log ends in the middle of a write');
    entries.push({ at, sector, bytes: log.subarray(begin, end), isFlush: (flags & flag.flush) !== 0, isDurable: (flags & flag.fua) !== 0 });
    at = end;
  }
  return entries;
}

export const readLog = (file) => parseLog(readFileSync(file));

// How many entries at the beginning are durable when the power fails after the first `count`.
export function durableBefore(entries, count) {
  for (let n = count; n > 0; --n) if (entries[n - 1].isFlush) return n;
  return 0;
}

// What of the writes since the last flush has reached the medium: a list of writes, cut to whole sectors.
export const kinds = ['none', 'all', 'prefix', 'half', 'most', 'one', 'all but one'];
export function surviving(pending, kind, random) {
  const writes = pending.filter((entry) => entry.bytes.length > 0);
  const at = random.below(Math.max(writes.length, 1));
  const kept = {
    none: () => false, all: () => true, prefix: (_, n) => n <= at, half: () => random.chance(0.5), most: () => random.chance(0.9),
    one: (_, n) => n === at, 'all but one': (_, n) => n !== at,
  }[kind];
  const isTorn = kind !== 'all' && random.chance(0.5);
  const parts = [];
  writes.forEach((entry, n) => {
    if (entry.isDurable) return parts.push(entry);
    if (!kept(entry, n)) return;
    if (!isTorn || (kind === 'prefix' && n < at)) return parts.push(entry);
    for (let offset = 0; offset < entry.bytes.length; offset += sectorBytes)
      if (random.chance(0.5)) parts.push({ sector: entry.sector + offset / sectorBytes, bytes: entry.bytes.subarray(offset, offset + sectorBytes) });
  });
  return { parts, isTorn, pending: writes.length };
}

// A device being written to from a log, forwards only: what is durable by now.
export class Replay {
  constructor(image, entries) {
    Object.assign(this, { image, entries, done: 0 });
  }

  advance(count) {
    if (count < this.done) throw new Error('a replay goes forwards only');
    write(this.image, this.entries.slice(this.done, count));
    this.done = count;
  }

  // The device after a cut behind the first `count` entries, as a file of its own.
  cut(file, count, kind, random) {
    const durable = durableBefore(this.entries, count);
    this.advance(durable);
    const left = surviving(this.entries.slice(durable, count), kind, random);
    copyFileSync(this.image, file);
    write(file, left.parts);
    return left;
  }
}

function write(file, parts) {
  const descriptor = openSync(file, 'r+');
  for (const { sector, bytes } of parts) {
    for (let done = 0; done < bytes.length;) done += writeSync(descriptor, bytes, done, bytes.length - done, sector * sectorBytes + done);
  }
  closeSync(descriptor);
}
