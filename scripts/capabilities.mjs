// docs/capabilities.md: what a gateway in a store must be able to do, row by row, and what the tests say of it. A test belongs to a row
// by its name ("Row33_..." in C++, "Row33: ..." in a play).
//   node scripts/capabilities.mjs          runs those tests (build/asan and the plays) and writes the page
//   node scripts/capabilities.mjs --check  says, without running anything, whether the page lists the tests that there are
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rows } from './capabilities_rows.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const page = join(root, 'docs', 'capabilities.md');
const build = join(root, process.env.TILLGATE_BUILD ?? 'build/asan');

const rowsOf = (name) => [...name.matchAll(/Row(\d+)(?!\d)/g)].map((match) => Number(match[1]));

function files(folder, ending) {
  return readdirSync(join(root, folder), { recursive: true }).map((name) => join(folder, String(name))).filter((name) => name.endsWith(ending)).sort();
}

// { row: [{ name, file, program | play }] }
function declared() {
  const tests = new Map(rows.map(({ n }) => [n, []]));
  const add = (test) => {
    for (const n of new Set(rowsOf(test.name))) {
      if (!tests.has(n)) throw new Error(`${test.file}: ${test.name} names a row that does not exist`);
      tests.get(n).push(test);
    }
  };
  for (const file of files('tests', '_test.cpp')) {
    const program = file.split('/')[1];
    for (const [, suite, name] of readFileSync(join(root, file), 'utf8').matchAll(/^TEST(?:_[FP])?\((\w+),\s*(\w+)\)/gm)) {
      if (rowsOf(name).length > 0) add({ name: `${suite}.${name}`, file, program: `${program}_tests` });
    }
  }
  for (const file of files('tests/e2e', '.test.mjs')) {
    for (const [, name] of readFileSync(join(root, file), 'utf8').matchAll(/^play\('([^']*)'/gm)) {
      if (rowsOf(name).length > 0) add({ name, file, play: true });
    }
  }
  return tests;
}

// name -> 'pass' | 'fail'; what did not run is not in it.
function results(tests) {
  const all = [...new Set([...tests.values()].flat())];
  const outcome = new Map();
  const scratch = mkdtempSync(join(tmpdir(), 'tillgate-rows-'));
  for (const program of new Set(all.filter((test) => test.program).map((test) => test.program))) {
    const path = join(build, program), report = join(scratch, `${program}.json`);
    if (!existsSync(path)) throw new Error(`${path} is not built: scripts/build asan`);
    const filter = all.filter((test) => test.program === program).flatMap(({ name }) => [name, `*/${name}/*`]).join(':');  // plain, and with parameters
    process.stderr.write(`${program}\n`);
    spawnSync(path, [`--gtest_filter=${filter}`, `--gtest_output=json:${report}`, '--gtest_brief=1'], { stdio: ['ignore', 'ignore', 'inherit'] });
    if (!existsSync(report)) continue;
    for (const suite of JSON.parse(readFileSync(report, 'utf8')).testsuites) {
      for (const test of suite.testsuite) {
        if (test.result !== 'COMPLETED') continue;
        const name = `${suite.name.split('/').at(-1)}.${test.name.split('/')[0]}`;
        if (outcome.get(name) !== 'fail') outcome.set(name, test.failures ? 'fail' : 'pass');
      }
    }
  }
  for (const file of new Set(all.filter((test) => test.play).map((test) => test.file))) {
    process.stderr.write(`${file}\n`);
    const { stdout } = spawnSync('node', ['--test', '--test-reporter=tap', '--test-name-pattern=Row', file], { cwd: root, encoding: 'utf8' });
    for (const [, failed, name] of stdout.matchAll(/^\s*(not )?ok \d+ - (.*?)(?: # .*)?$/gm)) outcome.set(name, failed ? 'fail' : 'pass');
  }
  rmSync(scratch, { recursive: true });
  return outcome;
}

function status(row, tests, outcome) {
  if (tests.length === 0) return 'not built yet';
  if (tests.some((test) => outcome.get(test.name) === 'fail')) return '**fail**';
  if (tests.some((test) => !outcome.has(test.name))) return 'not run';
  return row.left ? 'in part' : 'pass';
}

function text(tests, outcome) {
  const lines = ['# Capabilities', '',
    'What a gateway in a store must be able to do: 78 rows, each with the tests that carry its number in their names, and the part of the work that it belongs to. Written by `node scripts/capabilities.mjs` out of a run of those tests; `make test`',
    'checks that the tests listed are those that exist. "in part": the tests pass, and the last column says what is not there yet.', '',
    '| row | capability | part | status | tests | not there yet |', '|---|---|---|---|---|---|'];
  const count = {};
  for (const row of rows) {
    const own = tests.get(row.n), is = status(row, own, outcome);
    count[is] = (count[is] ?? 0) + 1;
    lines.push(`| ${row.n} | ${row.text} | ${row.part} | ${is} | ${listOf(own)} | ${own.length > 0 ? row.left ?? '' : ''} |`);
  }
  lines.push('', Object.entries(count).map(([is, n]) => `${n} ${is.replaceAll('*', '')}`).join(', ') + '.', '');
  return lines.join('\n');
}
const listOf = (tests) => tests.map((test) => `\`${test.name.replaceAll('|', '/')}\``).join('<br>');

const tests = declared();
if (process.argv.includes('--check')) {
  const lines = readFileSync(page, 'utf8').split('\n');
  const stale = rows.filter((row) => {
    const line = lines.find((each) => each.startsWith(`| ${row.n} |`)) ?? '';
    return !line.includes(`| ${listOf(tests.get(row.n))} |`) || line.includes('| **fail** |') || line.includes('| not run |');
  });
  if (stale.length > 0) {
    console.error(`docs/capabilities.md does not show the tests of row ${stale.map((row) => row.n).join(', ')} as passed: run node scripts/capabilities.mjs`);
    process.exit(1);
  }
  console.log(`docs/capabilities.md lists ${new Set([...tests.values()].flat()).size} tests`);
} else {
  writeFileSync(page, text(tests, results(tests)));
  console.log(readFileSync(page, 'utf8').trim().split('\n').at(-1));
}
