// Keys and tokens of a rig: made anew each time, written to files only we can read.
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { run } from './process.mjs';

export function writeKey(file) {
  writeFileSync(file, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600 });
  return file;
}

// BLAKE2b-256, which node:crypto does not have and coreutils does.
export async function hashOf(token) {
  return (await run('b2sum', ['-l', '256'], { input: token })).split(' ')[0];
}

export async function makeToken() {
  const token = randomBytes(24).toString('base64url');
  return { token, hash: await hashOf(token) };
}
