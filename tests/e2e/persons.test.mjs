// Merged here is merged at head office, and erased here is erased there: in every table, and in every file of the store.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { play } from './stage.mjs';
import { request } from '../../scripts/rig/http.mjs';
import { until } from '../../scripts/rig/process.mjs';
import { uuidV7 } from '../../scripts/rig/random.mjs';

const asManager = (rig, options) =>
  request({ socketPath: rig.daemon.socket, ...options, headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7(), ...options.headers } });
const create = async (rig, body) => {
  const answer = await rig.daemon.call({ method: 'POST', path: '/api/v1/customers', body, headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7(), prefer: 'allow-duplicate' } });
  assert.equal(answer.status, 201, answer.text);
  return answer.json.customer.id;
};
const bytesOf = (folder) => readdirSync(folder).map((name) => join(folder, name)).filter((path) => statSync(path).isFile())
  .map((path) => readFileSync(path, 'latin1')).join('\n');
const everything = async (rig) => {
  let text = '';
  for (const table of ['change_log', 'customer_state', 'order_state', 'incident_log', 'person_link', 'person_choice'])
    text += JSON.stringify(await rig.postgres.sql(`SELECT t::text FROM hq.${table} t`, rig.database));
  return text;
};

play('Row33 Row35: a merge and an erasure reach head office', {}, async (rig) => {
  const ann = await create(rig, { first_name: 'Zq7CANARYann', last_name: 'Bell', birthday: '1990-01-01', email: 'zq7canary@example.invalid' });
  const anne = await create(rig, { first_name: 'Zq7CANARYanne', last_name: 'Bell', phone: '+14155550177' });
  const placed = await rig.daemon.call({ method: 'POST', path: '/api/v1/orders', headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7() },
    body: { customer: ann, notes: 'Zq7CANARYorder', amount_cents: 1999, lines: { p1: { quantity: 1, category: 'flower', weight_mg: 1000 } } } });
  assert.equal(placed.status, 201, placed.text);
  const other = await create(rig, { first_name: 'Neighbour', last_name: 'Zq8' });
  const merged = await asManager(rig, { method: 'POST', path: `/api/v1/customers/${ann}/merge`, body: { with: anne, reason: 'same_person' } });
  assert.equal(merged.status, 200, merged.text);
  assert.equal(merged.json.customer.records.length, 2);
  const count = async (sql) => Number((await rig.postgres.sql(sql, rig.database))[0][0]);
  await until('head office knows that they are one', async () => (await count('SELECT count(*) FROM hq.persons')) === 2, { deadline: 20_000 });
  for (const canary of ['Zq7CANARYann', 'zq7canary@example.invalid', '+14155550177', 'Zq7CANARYorder']) {
    assert.ok(bytesOf(rig.daemon.dataDir).includes(canary), `the control: ${canary} is in the store`);
    assert.ok((await everything(rig)).includes(canary), `the control: ${canary} is at head office`);
  }

  const erased = await asManager(rig, { method: 'DELETE', path: `/api/v1/customers/${anne}`, headers: { 'if-match': '*' }, body: { reason: 'asked' } });
  assert.equal(erased.status, 200, erased.text);
  assert.deepEqual([...erased.json.erased].sort(), [ann, anne].sort());
  await until('head office has erased them', async () => (await count('SELECT count(*) FROM hq.erased')) === 2, { deadline: 20_000 });
  await until('and the words of their order', async () => !(await everything(rig)).includes('Zq7CANARYorder'), { deadline: 20_000 });
  await until('the store has emptied its log', () => !bytesOf(rig.daemon.dataDir).includes('Zq7CANARY'), { deadline: 20_000 });
  const atOffice = await everything(rig), inStore = bytesOf(rig.daemon.dataDir), logs = rig.daemon.logText() + rig.office.logText();
  for (const canary of ['Zq7CANARY', 'zq7canary', '14155550177']) {
    assert.ok(!atOffice.includes(canary), `${canary} at head office`);
    assert.ok(!inStore.includes(canary), `${canary} in the store`);
    assert.ok(!logs.includes(canary), `${canary} in a log`);
  }
  assert.ok(atOffice.includes('Neighbour') && inStore.includes('Neighbour'), 'the search reads what it should');
  assert.equal(await count(`SELECT count(*) FROM hq.order_state WHERE fields::text LIKE '%1999%'`), 1, 'the order keeps what it was worth');
  assert.equal((await rig.daemon.call({ path: `/api/v1/customers/${ann}` })).status, 410);
  assert.equal((await rig.daemon.call({ path: `/api/v1/customers/${other}` })).status, 200);

  await rig.daemon.stop();
  await rig.daemon.start();
  assert.equal((await rig.daemon.call({ path: `/api/v1/customers/${ann}` })).status, 410);
  assert.match(await rig.daemon.ctl(['scrub']), /nothing: everything is as it was written/);
});
