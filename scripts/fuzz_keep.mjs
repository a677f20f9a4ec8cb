// Takes over into tests/fuzz/corpus/<target> what a fuzzing run has found, as far as it covers something new: at most 64 files
// of at most 4 KiB, those first that add most. What has a name (not a hash) was put there by somebody and stays.
// node scripts/fuzz_keep.mjs <target>
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const filesMax = 64, bytesMax = 4096;
const target = process.argv[2];
const corpus = `tests/fuzz/corpus/${target}`, found = `build/fuzz/corpus/${target}`;
const isHash = (name) => /^[0-9a-f]{40}$/.test(name);

const work = mkdtempSync(join(tmpdir(), 'fuzz-keep-'));
const notes = join(work, 'notes');
// libFuzzer runs every file and notes which features each one has; its own choice of files is not ours.
execFileSync(`build/fuzz/fuzz_${target}`, ['-merge=1', `-merge_control_file=${notes}`, `-max_len=${bytesMax}`, '-timeout=10', work, corpus, found],
  { stdio: 'ignore' });
const lines = readFileSync(notes, 'utf8').split('\n');
rmSync(work, { recursive: true });

// The notes: a count, how many of the files come first, one name per line; then "STARTED <i> <size>" and "FT <i> <features>".
const names = lines.slice(2, 2 + Number(lines[0]));
const features = new Map();
for (const line of lines.slice(2 + names.length)) {
  const [kind, index, ...rest] = line.split(' ');
  if (kind === 'FT') features.set(names[Number(index)], rest);
}

const covered = new Set();
const keep = new Set();
const take = (file) => { keep.add(file); for (const feature of features.get(file) ?? []) covered.add(feature); };
for (const file of readdirSync(corpus)) if (!isHash(file)) take(join(corpus, file));
const small = [...features.keys()].filter((file) => !keep.has(file) && statSync(file).size <= bytesMax);
while (keep.size < filesMax) {
  let best, most = 0;
  for (const file of small) {
    if (keep.has(file)) continue;
    const added = features.get(file).filter((feature) => !covered.has(feature)).length;
    if (added > most || (added > 0 && added === most && statSync(file).size < statSync(best).size)) [best, most] = [file, added];
  }
  if (!best) break;
  take(best);
}

for (const file of readdirSync(corpus)) if (isHash(file) && !keep.has(join(corpus, file))) rmSync(join(corpus, file));
for (const file of keep) if (!file.startsWith(corpus)) copyFileSync(file, join(corpus, basename(file)));
const whole = new Set([...features.values()].flat());
console.log(`fuzz: ${target}: ${keep.size} files kept, ${covered.size} of ${whole.size} features`);
