// A change that head office cannot merge: seen, tried again, done without, from the command line and over HTTP, with a trace of who and why.
import assert from 'node:assert/strict';
import { play } from './stage.mjs';
import { request } from '../../scripts/rig/http.mjs';
import { until } from '../../scripts/rig/process.mjs';
import { uuidV7 } from '../../scripts/rig/random.mjs';

play('parked changes are decided about', {}, async (rig) => {
  const sql = (text) => rig.postgres.sql(text, rig.database);
  const create = async (name) => {
    const answer = await rig.daemon.call({ method: 'POST', path: '/api/v1/customers', body: { first_name: name, last_name: 'Bell' },
      headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7(), prefer: 'allow-duplicate' } });
    assert.equal(answer.status, 201, answer.text);
  };
  // Somebody at head office has planted a rule of their own.
  await sql("ALTER TABLE hq.customer_state ADD CONSTRAINT planted CHECK (fields->>'first_name' NOT LIKE 'Zq7%')");
  for (const name of ['Zq7one', 'Zq7two', 'Good']) await create(name);
  const parked = async () => JSON.parse(await rig.office.command(['parked', 'list', '--json'])).parked;
  await until('two changes are parked', async () => (await parked()).length === 2, { deadline: 20_000 });
  const [one, two] = await parked();
  assert.equal(one.code, 'refused');
  const shown = await rig.office.command(['parked', 'list']);
  assert.match(shown, /^ID +STORE +CODE/);
  assert.ok(shown.includes('23514') && !shown.includes('Zq7'), shown);

  const failing = async (args) => rig.office.command(args).then((text) => assert.fail(text), (error) => error.message);
  assert.match(await failing(['parked', 'retry', one.id, '--reason', 'ticket 12']), /exit 3\)/);
  assert.match(await failing(['parked', 'drop', '99-99', '--reason', 'ticket 12']), /exit 1\)[^]*there is no parked change 99-99/);
  assert.match(await failing(['parked', 'drop', one.id]), /exit 2\)/);
  assert.ok((await rig.office.command(['parked', 'show', one.id, '--reason', 'ticket 12'])).includes('Zq7one'));

  await sql('ALTER TABLE hq.customer_state DROP CONSTRAINT planted');
  const call = (options) => request({ port: rig.office.port, ...options, headers: { authorization: `Bearer ${options.token ?? rig.office.decisions.token}`, 'content-type': 'application/json' } });
  assert.equal((await request({ port: rig.office.port, path: '/api/v1/parked' })).status, 401);
  assert.deepEqual((await call({ path: '/api/v1/parked?limit=1' })).json.next, one.id);
  assert.equal((await call({ method: 'POST', path: `/api/v1/parked/${one.id}/retry`, body: {} })).status, 422);
  assert.equal((await call({ token: rig.office.token, path: '/api/v1/parked' })).status, 200, 'whoever watches may list');
  for (const what of ['show', 'retry', 'drop'])
    assert.equal((await call({ token: rig.office.token, method: 'POST', path: `/api/v1/parked/${one.id}/${what}`, body: { reason: 'ticket 12' } })).status, 403, what);
  assert.equal((await call({ path: '/api/v1/parked?dropped=1' })).status, 422);
  const tried = await call({ method: 'POST', path: `/api/v1/parked/${one.id}/retry`, body: { reason: 'ticket 12' } });
  assert.deepEqual([tried.status, tried.json], [200, { id: one.id, applied: true }]);
  assert.match(await rig.office.command(['parked', 'drop', two.id, '--reason', 'a test']), /dropped/);
  assert.equal((await call({ method: 'POST', path: `/api/v1/parked/${two.id}/drop`, body: { reason: 'again' } })).status, 404);
  assert.deepEqual(await parked(), []);
  assert.deepEqual((await call({ path: '/api/v1/parked?dropped=true' })).json.parked.map(({ id }) => id), [two.id]);
  assert.equal(Number((await sql('SELECT count(*) FROM hq.customers'))[0][0]), 2);
  const decisions = await sql('SELECT action, outcome FROM hq.decisions ORDER BY id');
  assert.deepEqual(decisions, [['retry', 'parked'], ['show', 'shown'], ['retry', 'applied'], ['drop', 'dropped']]);
});
