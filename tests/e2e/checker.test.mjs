// The judge itself: it must pass what is right and see every kind of wrong.
import test from 'node:test';
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { check, drainTime } from '../../scripts/rig/checker.mjs';
import { Journal, readJournals } from '../../scripts/rig/journal.mjs';

const fields = (op) => ({ first_name: '美咲', last_name: '星野', email: `op-${op}@example.invalid` });
const created = (op, id, at = 1000) => [
  { t: at, terminal: 'till-1', op, kind: 'create', what: 'invoke', attempt: 1, key: `k-${op}`, fields: fields(op) },
  { t: at + 5, terminal: 'till-1', op, kind: 'create', what: 'ok', status: 201, id, replayed: false },
];
const patched = (op, id, at = 2000) => [
  { t: at, terminal: 'till-1', op, kind: 'update', what: 'invoke', attempt: 1, key: `k-${op}`, id, fields: { notes: `op-${op}` } },
  { t: at + 5, terminal: 'till-1', op, kind: 'update', what: 'ok', status: 200, id, replayed: false },
];
const row = (op, id, notes = '') => ({ id, ...fields(op), notes });
const change = (id, kind, seq, received_at = 9000) => ({ change_id: `c-${seq}`, key: id, kind, seq, received_at });

// Two customers, the second one patched twice: everything arrived.
const world = () => ({
  lines: [...created('a', 'A'), ...created('b', 'B'), ...patched('p', 'B'), ...patched('q', 'B', 3000)],
  customers: [row('a', 'A'), row('b', 'B', 'op-q')],
  changes: [change('A', 'create', 1), change('B', 'create', 2), change('B', 'update', 3), change('B', 'update', 4)],
});

test('what is complete is clean', () => {
  const report = check(world());
  assert.equal(report.isClean, true);
  assert.deepEqual([report.written, report.answered, report.committed], [4, 4, 4]);
  assert.equal(report.longestLag, 9000 - 1005);
});

test('a customer that is missing at head office is lost', () => {
  const broken = world();
  broken.customers.shift();
  const report = check(broken);
  assert.equal(report.isClean, false);
  assert.deepEqual(report.lost.map(({ op }) => op), ['a']);
});

test('a lost and an invented customer do not cancel each other out', () => {
  const broken = world();
  broken.customers[0] = row('z', 'Z');
  const report = check(broken);
  assert.equal(report.lost.length, 1);
  assert.equal(report.broken.length, 1);
});

test('a customer whose change is missing is lost', () => {
  const broken = world();
  broken.changes.shift();
  assert.equal(check(broken).lost.length, 1);
});

test('a patch that never arrived is lost', () => {
  const broken = world();
  broken.changes.pop();
  broken.customers[1].notes = 'op-p';
  assert.deepEqual(check(broken).lost.map(({ op }) => op), ['q']);
});

test('a record that does not show its last patch is lost', () => {
  const broken = world();
  broken.customers[1].notes = 'op-p';
  assert.deepEqual(check(broken).lost.map(({ op }) => op), ['q']);
});

test('a customer under another name is lost', () => {
  const broken = world();
  broken.customers[0].last_name = '高梨';
  assert.equal(check(broken).lost.length, 1);
});

test('one operation with two customers is an effect twice', () => {
  const broken = world();
  broken.customers.push(row('a', 'A2'));
  broken.changes.push(change('A2', 'create', 5));
  const report = check(broken);
  assert.equal(report.isClean, false);
  assert.deepEqual(report.twice.map(({ op }) => op), ['a']);
});

test('two create changes for one customer are an effect twice', () => {
  const broken = world();
  broken.changes.push(change('A', 'create', 5));
  assert.equal(check(broken).twice.length, 1);
});

test('one change_id at two places is an effect twice', () => {
  const broken = world();
  broken.changes.push({ ...change('A', 'noted', 5), change_id: 'c-1' });
  assert.equal(check(broken).twice.length, 1);
});

test('a patch applied twice is an effect twice', () => {
  const broken = world();
  broken.changes.push(change('B', 'update', 5));
  assert.equal(check(broken).twice.length, 1);
});

test('a refusal that had an effect is not clean', () => {
  const broken = world();
  broken.lines[1] = { t: 1005, terminal: 'till-1', op: 'a', kind: 'create', what: 'refused', status: 422, code: 'x' };
  const report = check(broken);
  assert.equal(report.refused, 1);
  assert.equal(report.broken.length, 1);
  assert.equal(report.isClean, false);
});

test('an operation that was never answered is not clean', () => {
  const broken = world();
  broken.lines.splice(1, 1);
  const report = check(broken);
  assert.equal(report.open, 1);
  assert.equal(report.isClean, false);
});

test('an answer that came only when asked again counts once', () => {
  const again = world();
  const [invoke, ok] = created('a', 'A');
  again.lines.splice(0, 2, invoke, { t: 1001, op: 'a', kind: 'create', what: 'unknown', why: 'ECONNRESET' }, { ...invoke, t: 1002, attempt: 2 }, { ...ok, replayed: true });
  const report = check(again);
  assert.equal(report.isClean, true);
  assert.deepEqual([report.written, report.askedAgain], [4, 1]);
});

test('nothing at all is not clean', () => {
  assert.equal(check({ lines: [], customers: [], changes: [] }).isClean, false);
});

test('the drain ends with the last change that had waited', () => {
  const report = check({ ...world(), changes: [change('A', 'create', 1, 1500), change('B', 'create', 2, 6000), change('B', 'update', 3, 7000), change('B', 'update', 4, 9900)] });
  assert.equal(drainTime(report, 2500), 4500);
});

test('journals are read back line by line, all terminals together', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tillgate-journal-'));
  try {
    for (const name of ['till-1', 'till-2']) {
      const journal = new Journal(join(folder, `${name}.jsonl`));
      created(name, name).forEach((line) => journal.write(line));
      journal.close();
    }
    assert.deepEqual(readJournals(folder).map(({ op }) => op), ['till-1', 'till-1', 'till-2', 'till-2']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
