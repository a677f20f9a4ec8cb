// What the end-to-end plays share: a rig per play, its logs where a play fails, and the one judgement they all end with.
import test from 'node:test';
import assert from 'node:assert/strict';
import { Rig } from '../../scripts/rig/rig.mjs';

// A test on a fresh rig. `act(rig, t)` plays; the rig is started before it unless `isStarted` is false.
export function play(name, { isStarted = true, timeout = 120_000, ...options }, act) {
  test(name, { timeout }, async (t) => {
    const rig = await Rig.create({ terminals: 4, ...options });
    t.diagnostic(`seed ${rig.random.seed}`);
    try {
      if (isStarted) await rig.start();
      await act(rig, t);
    } catch (error) {
      const parts = [rig.daemon, ...rig.offices, rig.broker, rig.postgres].map((part) => part.process);
      error.message += parts.map((part) => `\n  last lines of ${part.name}:\n${part.lastLines(12)}`).join('');
      throw error;
    } finally {
      await rig.dispose();
    }
  });
}

export const few = (list) => list.slice(0, 5);

export function assertClean(report) {
  assert.deepEqual(few(report.lost), [], 'lost');
  assert.deepEqual(few(report.twice), [], 'effects twice');
  assert.deepEqual(few(report.broken), [], 'done without a yes');
  assert.equal(report.open, 0, 'operations never answered');
  assert.equal(report.refused, 0, 'operations refused');
  assert.ok(report.answered > 0, 'nothing was written');
  assert.equal(report.committed, report.answered);
}

// Every customer of the store, page by page.
export async function customersInStore(rig) {
  const customers = [];
  let cursor = '';
  do {
    const { status, json } = await rig.daemon.call({ path: `/api/v1/customers?limit=200&sort=created${cursor && `&cursor=${encodeURIComponent(cursor)}`}` });
    assert.equal(status, 200);
    customers.push(...json.customers);
    cursor = json.next_cursor ?? '';
  } while (cursor);
  return customers;
}

// Store and head office hold the same records in the same state, one by one: the ETag is the digest of the whole state.
export async function assertSameState(rig) {
  const here = new Map((await customersInStore(rig)).map((customer) => [customer.id, customer.etag.replaceAll('"', '')]));
  const rows = await rig.postgres.sql('SELECT id, digest FROM hq.customers', rig.database);
  const there = new Map(rows);
  assert.deepEqual(few([...here.keys()].filter((id) => !there.has(id))), [], 'in the store only');
  assert.deepEqual(few([...there.keys()].filter((id) => !here.has(id))), [], 'at head office only');
  assert.deepEqual(few([...here].filter(([id, digest]) => there.get(id) !== digest)), [], 'in different states');
}
