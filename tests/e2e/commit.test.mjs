// A customer written at a terminal reaches head office.
import assert from 'node:assert/strict';
import { assertClean, assertSameState, play } from './stage.mjs';
import { run, sleep, until } from '../../scripts/rig/process.mjs';
import { uuidV7 } from '../../scripts/rig/random.mjs';
import { nextSteps } from '../../scripts/tour/next.mjs';

play('what a terminal was told is saved is committed at head office', {}, async (rig) => {
  const answer = await rig.daemon.call({ method: 'POST', path: '/api/v1/customers', body: { first_name: 'Zoë', last_name: 'Ångström', email: 'op-first@example.invalid' },
    headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7() } });
  assert.equal(answer.status, 201);
  assert.equal(answer.json.sync.head_office, 'pending');
  const { id } = answer.json.customer;

  await until('the customer is at head office', async () => (await rig.office.committed()).customers.some((row) => row.id === id), { deadline: 20_000 });
  await until('the store knows that it is', async () => (await rig.daemon.call({ path: `/api/v1/customers/${id}` })).json.sync.head_office === 'committed', { deadline: 20_000 });
  assert.equal((await rig.office.committed()).changes.filter((change) => change.key === id && change.kind === 'create').length, 1);
});

play('many terminals at once: everything arrives, nothing twice, both sides in the same state', {}, async (rig) => {
  rig.hire(4, { patchShare: 0.3 });
  await sleep(2000);
  await rig.sendHome();
  assertClean(await rig.settle());
  await assertSameState(rig);
});

play('the lines under "what to try next" work when pasted', {}, async (rig, t) => {
  const { json } = await rig.daemon.call({ method: 'POST', path: '/api/v1/customers', body: { first_name: 'Ada', last_name: 'Brightwater' },
    headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7() } });
  // As one would paste them, one after the other in one shell.
  const steps = nextSteps(rig, json.customer.id);
  const session = ['set -e -o pipefail', ...steps.flatMap(({ lines }, n) => [...lines, `echo; echo "--- ${n}"`])].join('\n');
  const parts = (await run('bash', ['-c', session.replaceAll('curl -s', 'curl -sf')])).split(/^--- \d+$/m);
  steps.forEach(({ title }, n) => t.diagnostic(`${title}: ${parts[n].trim().length} characters`));
  const { json: read } = await rig.daemon.call({ path: `/api/v1/customers/${json.customer.id}` });
  assert.equal(read.customer.notes, 'likes to be called Ada');
});

play('head office lists its stores', {}, async (rig) => {
  rig.hire(2);
  await sleep(500);
  await rig.sendHome();
  assertClean(await rig.settle());
  const listing = await rig.office.command(['stores']);
  assert.match(listing, /store-001/);
  const [[online]] = await rig.postgres.sql(`SELECT online FROM hq.stores WHERE store = 'store-001'`, rig.database);
  assert.equal(online, 't');
});
