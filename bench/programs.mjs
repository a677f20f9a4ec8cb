// The C++ programs of this folder, run to their end; each prints one line of JSON.
import { binary } from '../scripts/rig/binaries.mjs';
import { run } from '../scripts/rig/process.mjs';

// What a store's card feels like: 2 ms more for every flush. Environment for a process or for call().
export const slowFlush = () => ({ LD_PRELOAD: binary('libslow_flush.so'), SLOW_FLUSH_US: '2000' });

const minutes = 60_000;

export async function call(program, args, { env = {}, deadline = 5 * minutes } = {}) {
  const out = await run(binary(program), args.map(String), { env: { ...process.env, ...env }, timeout: deadline });
  return JSON.parse(out);
}
