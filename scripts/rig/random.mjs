// Chance that can be repeated: everything random in a run comes from one printed seed.
import { randomBytes } from 'node:crypto';

export class Random {
  constructor(seed) {
    this.seed = seed >>> 0;
    this.state = this.seed;
  }

  // mulberry32
  next() {
    this.state = (this.state + 0x6d2b79f5) >>> 0;
    let t = this.state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  below(n) { return Math.floor(this.next() * n); }
  between(low, high) { return low + this.next() * (high - low); }
  pick(list) { return list[this.below(list.length)]; }
  chance(probability) { return this.next() < probability; }
  fork() { return new Random(Math.floor(this.next() * 4294967296)); }
}

export function seedFromEnvironment() {
  const given = process.env.SEED;
  return given ? Number(given) >>> 0 : randomBytes(4).readUInt32LE();
}

// A key that sorts by time. Never seeded: it must be new in every run.
export function uuidV7(now = Date.now()) {
  const bytes = randomBytes(16);
  bytes.writeUIntBE(now, 0, 6);
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
