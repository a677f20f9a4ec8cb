// Personal data and secrets stay out of logs, metrics, error bodies, process arguments and environment. Every field carries a
// canary; the same search must find the canaries where they belong, or its silence would prove nothing.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { play } from './stage.mjs';
import { until } from '../../scripts/rig/process.mjs';

const canaries = ['Zq7CANARYfirst', 'Zq7CANARYlast', 'zq7canarymail', '5558675309', 'Zq7CANARYnotes', 'Zq7CANARYstreet', 'ZQ7CANARYLICENCE', 'zq7canarytag'];
const variants = (text) => [text, Buffer.from(text).toString('base64').slice(2, -4), Buffer.from(text).toString('hex'), encodeURIComponent(text)];
const found = (canary, text) => variants(canary).some((each) => text.toLowerCase().includes(each.toLowerCase()));

const customer = {
  first_name: canaries[0], last_name: canaries[1], email: `${canaries[2]}@example.invalid`, phone: canaries[3], notes: canaries[4],
  address: { street1: canaries[5] }, licence: { number: canaries[6], region: 'CA' }, tags: [canaries[7]],
};

play('Row57: no canary leaves the places where it belongs', { daemon: { logLevel: 'debug' }, office: { logLevel: 'debug' } }, async (rig) => {
  const post = (body, key) => rig.daemon.call({ method: 'POST', path: '/api/v1/customers', headers: { 'content-type': 'application/json', 'idempotency-key': key }, body });
  const created = await post(customer, 'k1');
  assert.equal(created.status, 201, created.text);
  const path = `/api/v1/customers/${created.json.customer.id}`;
  const patch = (body, key, etag) => rig.daemon.call({ method: 'PATCH', path, headers: { 'content-type': 'application/merge-patch+json', 'idempotency-key': key, 'if-match': etag }, body });
  assert.equal((await patch({ notes: `${canaries[4]} again` }, 'k2', created.headers.etag)).status, 200);

  const refusals = [
    await post({ ...customer, birthday: canaries[0], gender: canaries[1] }, 'k3'),
    await post({ ...customer, [canaries[0]]: 1, licence: { number: [canaries[6]] } }, 'k4'),
    await post({ ...customer, suffix: canaries[0] }, 'k1'),
    await post(`{"first_name":"${canaries[0]}`, 'k5'),
    await post({ ...customer, phone: `x${canaries[3]}x`, email: `${canaries[2]} at home` }, 'k6'),
    await rig.daemon.call({ path: `${path}x` }),
    await rig.daemon.call({ path: `/api/v1/customers?email=${canaries[2]}` }),
  ];
  for (const { status } of refusals) assert.ok(status >= 400 && status < 500, `answered ${status}`);
  await until('head office has both changes', async () => (await rig.office.committed()).changes.length === 2, { deadline: 20_000 });

  const places = {
    'the log of tillgated': rig.daemon.logText(),
    'the log of tillgate-hq': rig.office.logText(),
    'the log of the broker': rig.broker.process.logText(),
  };
  refusals.forEach((refusal, n) => { places[`error body ${n}`] = refusal.text; });
  for (const [name, part] of [['tillgated', rig.daemon], ['tillgate-hq', rig.office]]) {
    for (const file of ['cmdline', 'environ']) places[`${file} of ${name}`] = readFileSync(`/proc/${part.process.pid}/${file}`, 'latin1');
  }
  places.status = (await rig.daemon.call({ path: '/api/v1/status' })).text;
  places.incidents = await rig.office.command(['incidents']);
  // A field's own name in the complaint is the caller's text too, cut to 40 plain characters; it is shown to the caller alone.
  delete places['error body 1'];
  const secrets = [...rig.daemon.terminals.map(({ token }) => token), rig.office.token, readFileSync(rig.daemon.settings.pii, 'utf8').trim()];
  for (const [place, text] of Object.entries(places)) {
    for (const canary of canaries) assert.ok(!found(canary, text), `${canary} in ${place}`);
    for (const secret of secrets) assert.ok(!text.includes(secret), `a secret in ${place}`);
  }

  // The control: the search sees what is there, and the licence number is sealed on its way and at head office.
  const seen = await rig.daemon.call({ path });
  for (const canary of canaries) assert.ok(found(canary, seen.text), `the control search must find ${canary}`);
  const [[state]] = await rig.postgres.sql(`SELECT state FROM hq.customer_state`, rig.database);
  assert.ok(found(canaries[0], state));
  assert.ok(!found(canaries[6], state), 'a licence number in the clear at head office');
});
