// The routes of the platform before us on a real daemon: whatever stands in a query string stays out of logs and figures, and what
// came in by the old forms goes up like everything else.
import assert from 'node:assert/strict';
import { assertSameState, play } from './stage.mjs';
import { request } from '../../scripts/rig/http.mjs';
import { until } from '../../scripts/rig/process.mjs';

const extra = `legacy:
  enabled: true
  kiosks: ['17']
`;

play('personal data in old query strings is written nowhere, and old customers go up like new ones', { daemon: { extra, logLevel: 'debug' } }, async (rig) => {
  const person = { first_name: 'Zaphira', last_name: 'Quillon', email: 'zaphira.quillon@mail.example', phone: '503 555 0177', drivers_license: 'QX-998877', birthday: '1984-02-29', notes: 'likes engines' };
  const post = (path, body) => rig.daemon.call({ method: 'POST', path, body, headers: { 'content-type': 'application/json' } });
  const made = await post('/api/v1/17/customers', { customer: person });
  assert.equal(made.status, 201, made.text);
  const { customer } = made.json;
  for (const [name, value] of Object.entries(person)) if (name !== 'gender') assert.equal(customer[name], value);

  const asked = new URLSearchParams({ last_name: person.last_name, email: person.email, phone: person.phone, driver_license: person.drivers_license });
  const paths = [`/api/v1/17/customers?${asked}`, `/api/v1/17/carts?phone_number=5035550177`, `/api/v1/17/customers?last_name=Quillon&last_name=Quillon`,
    `/api/v1/99/customers?${asked}`, `/api/v1/17/orders/discount?code=Quillon`, `/customers/search?api_key=Quillon&customer_id=${customer.customer_id}`, `/api/v1/17/customers?phone=Quillon%zz`];
  const found = await rig.daemon.call({ path: paths[0] });
  assert.deepEqual(found.json.customers.map((one) => one.customer_id), [customer.customer_id]);
  const answers = [];
  for (const path of paths) answers.push(await rig.daemon.call({ path }), await request({ port: rig.daemon.port, path: `${path}&token=${rig.daemon.terminals[0].token}` }));
  assert.ok(answers.every(({ status }, n) => n % 2 === 0 || status === 401 || status === 400), 'a token in the URL opened something');
  await rig.daemon.call({ path: paths[0], headers: { authorization: 'Bearer wrong' } });

  const order = await post('/api/v1/17/orders', { order: { customer_id: customer.customer_id, items: [{ product_id: 7, quantity: 2 }] } });
  assert.equal(order.status, 200, order.text);
  await until('head office has it', async () => (await rig.daemon.status()).head_office.waiting === 0);
  await assertSameState(rig);
  const [[orders]] = await rig.postgres.sql('SELECT count(*) FROM hq.orders', rig.database);
  assert.equal(orders, '1');

  const { text: metrics } = await request({ socketPath: rig.daemon.socket, path: '/metrics' });
  const refusals = answers.filter(({ status }) => status >= 400).map(({ text }) => text).join('\n');
  for (const secret of ['Zaphira', 'Quillon', 'zaphira', '5550177', '555 0177', '998877', 'engines', rig.daemon.terminals[0].token]) {
    assert.ok(!rig.daemon.logText().includes(secret), `the log tells ${secret}`);
    assert.ok(!metrics.includes(secret), `the figures tell ${secret}`);
    assert.ok(!refusals.includes(secret), `a refusal repeats ${secret}`);
  }
  assert.match(rig.daemon.logText(), /ready/, 'the log is there at all');
});
