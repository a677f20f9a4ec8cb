// Orders on their way: placed while the line is down, they arrive behind their customers, once, in the state that the store holds.
import assert from 'node:assert/strict';
import { few, play } from './stage.mjs';
import { until } from '../../scripts/rig/process.mjs';
import { uuidV7 } from '../../scripts/rig/random.mjs';

const write = async (rig, method, path, body, headers = {}) => {
  const answer = await rig.daemon.call({ method, path, body, headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7(), ...headers } });
  assert.ok(answer.status < 300, `${method} ${path}: ${answer.status} ${JSON.stringify(answer.json)}`);
  return answer;
};

async function ordersInStore(rig) {
  const orders = [];
  let cursor = '';
  do {
    const { status, json } = await rig.daemon.call({ path: `/api/v1/orders?limit=50${cursor && `&cursor=${cursor}`}` });
    assert.equal(status, 200);
    orders.push(...json.orders);
    cursor = json.next_cursor ?? '';
  } while (cursor);
  return orders;
}

play('orders placed behind a cut line arrive after their customers', {}, async (rig, t) => {
  await rig.broker.stop();
  const people = [];
  for (let n = 0; n < 40; ++n) {
    const made = await write(rig, 'POST', '/api/v1/customers', { first_name: 'Ann', last_name: `Bell-${n}`, birthday: '1990-02-28' }, { prefer: 'allow-duplicate' });
    people.push(made.json.customer.id);
    // Of anybody who is there, the newest included.
    for (const customer of [people.at(-1), rig.random.pick(people)]) {
      const placed = await write(rig, 'POST', '/api/v1/orders', { customer, lines: { 'p1/3.5g': { quantity: 1, category: 'flower', weight_mg: 3500 } }, amount_cents: 1999 });
      if (rig.random.chance(0.3)) await write(rig, 'PATCH', `/api/v1/orders/${placed.json.order.id}`, { status: 'IN_PROCESS' }, { 'if-match': placed.headers.etag });
    }
  }
  const orders = await ordersInStore(rig);
  assert.ok(orders.length >= 40);
  const of = await rig.daemon.call({ path: `/api/v1/customers/${people[0]}/orders` });
  assert.equal(of.status, 200);
  assert.ok(of.json.orders.length > 0 && of.json.orders.every((order) => order.customer === people[0]), 'the history is read while the line is down');

  // Looked at all the while: at no moment is there an order whose customer is not.
  let looks = 0;
  await rig.broker.start();
  await until('all has arrived', async () => {
    const [[orphans, there]] = await rig.postgres.sql(
      `SELECT count(*) FILTER (WHERE c.id IS NULL), count(*) FROM hq.orders o LEFT JOIN hq.customers c ON c.org = o.org AND c.id = o.customer`, rig.database);
    assert.equal(orphans, '0');
    ++looks;
    const waits = await rig.daemon.call({ path: '/api/v1/status' });
    return Number(there) === orders.length && waits.json.head_office.waiting === 0;
  }, { deadline: 60_000, every: 5, owner: rig.daemon.process });
  t.diagnostic(`${orders.length} orders of ${people.length} people, looked at ${looks} times on their way`);

  const rows = await rig.postgres.sql('SELECT id, digest FROM hq.orders', rig.database);
  const there = new Map(rows);
  assert.deepEqual(few(orders.filter((order) => there.get(order.id) !== order.etag.replaceAll('"', '')).map((order) => order.id)), [], 'in different states');
  const [[parked]] = await rig.postgres.sql(`SELECT count(*) FROM hq.changes WHERE state <> 'applied'`, rig.database);
  assert.equal(parked, '0');
});

// Two tills, one order: both saw it, one moves it; and two orders at once that together are too much.
play('two tills at once: one order moves once, one limit holds', { daemon: { extra: `sales:
  limits:
  - {name: flower, max_mg: 10000, categories: [flower], days: 30}
` } }, async (rig) => {
  const made = await write(rig, 'POST', '/api/v1/customers', { first_name: 'Ann', last_name: 'Bell', birthday: '1990-02-28' });
  const customer = made.json.customer.id;
  const call = (path, method, body, headers) => rig.daemon.call({ method, path, body, headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7(), ...headers } });
  const place = () => call('/api/v1/orders', 'POST', { customer, resume: false, lines: { p1: { quantity: 1, category: 'flower', weight_mg: 4000 } } });
  const placed = await Promise.all(Array.from({ length: 6 }, place));
  assert.deepEqual(placed.map((answer) => answer.status).sort(), [201, 201, 422, 422, 422, 422]);
  const { json: { order }, headers: { etag } } = placed.find((answer) => answer.status === 201);
  const moved = await Promise.all(Array.from({ length: 6 }, () => call(`/api/v1/orders/${order.id}`, 'PATCH', { status: 'IN_PROCESS' }, { 'if-match': etag })));
  assert.deepEqual(moved.map((answer) => answer.status).sort(), [200, 412, 412, 412, 412, 412]);
});
