// What the figures were measured on: without that they say nothing.
import { closeSync, fdatasyncSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { run } from '../scripts/rig/process.mjs';
import { median } from './rounds.mjs';

const flushSeconds = 1;
const flushesMax = 20_000;

// Appends 4 KiB and flushes, again and again: what one durable write costs here at this moment.
export function measureFlush(folder) {
  const file = join(folder, 'flush');
  const descriptor = openSync(file, 'w');
  const page = Buffer.alloc(4096, 7);
  const times = [];
  const began = performance.now();
  while (performance.now() - began < flushSeconds * 1000 && times.length < flushesMax) {
    const since = performance.now();
    writeSync(descriptor, page);
    fdatasyncSync(descriptor);
    times.push(performance.now() - since);
  }
  const perSecond = times.length / ((performance.now() - began) / 1000);
  closeSync(descriptor);
  rmSync(file);
  return { perSecond, p50: median(times) };
}

export async function describeMachine(folder) {
  const [fileSystem, source] = (await run('findmnt', ['-no', 'FSTYPE,SOURCE', '-T', folder])).trim().split(/\s+/);
  const commit = (await run('git', ['-C', new URL('.', import.meta.url).pathname, 'describe', '--always', '--dirty', '--exclude=*']).catch(() => 'unknown')).trim();
  let system = 'Linux';
  try { system = /^PRETTY_NAME="?([^"\n]*)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1] ?? system; } catch { /* named above */ }
  return {
    commit, system, kernel: release(), cpu: cpus()[0]?.model.trim() ?? 'unknown', cores: cpus().length,
    memoryGiB: totalmem() / 2 ** 30, fileSystem, source, load: loadavg()[0],
    isMemory: fileSystem === 'tmpfs' || fileSystem === 'ramfs',
  };
}
