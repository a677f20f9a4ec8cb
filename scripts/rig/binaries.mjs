// Where our own programs are: the release build, or the build folder named in TILLGATE_BUILD.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const tree = fileURLToPath(new URL('../..', import.meta.url));

export function binary(name) {
  const folder = resolve(tree, process.env.TILLGATE_BUILD ?? 'build/release');
  const file = resolve(folder, name);
  if (!existsSync(file)) throw new Error(`${file} is missing; build it first (make build)`);
  return file;
}
