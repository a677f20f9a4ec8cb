// The protocol is public: a head office that knows its document alone receives, acknowledges and comes to hold what the store holds;
// and whatever passes on the wire is as docs/asyncapi.yaml says.
import test from 'node:test';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { few, play, customersInStore } from './stage.mjs';
import { faultsOf } from './json_schema.mjs';
import { sleep, until } from '../../scripts/rig/process.mjs';

const packages = new URL('foreign_office/node_modules', import.meta.url);
const lacks = existsSync(packages) ? null : 'its packages are not installed: npm --prefix tests/e2e/foreign_office ci';
const { Office, asyncApi, readBatch } = lacks ? {} : await import('./foreign_office/office.mjs');

// A store without any head office but this one.
async function begin(rig, t) {
  const heard = [];
  const office = new Office({ org: 'demo', onMessage: (message) => heard.push(message) });
  const { cert, key } = await rig.authority.issue('foreign', 'head-office');
  await rig.broker.start();
  await office.start({ url: `mqtts://127.0.0.1:${rig.broker.port}`, ca: rig.authority.cert, cert, key, clientId: 'head-office' });
  t.after(() => office.stop());
  await rig.daemon.start();
  return { office, heard };
}

const store = (office) => office.store('store-001');
const allSent = (rig, deadline = 30_000) => until('nothing waits in the store', async () => {
  return (await rig.daemon.status()).head_office.waiting === 0;
}, { deadline, every: 50 });

async function write(rig, milliseconds = 800) {
  rig.hire(3, { patchShare: 0.4 });
  await sleep(milliseconds);
  await rig.sendHome();
}

// What both sides show alike: numbers are sealed on the wire.
const plain = ['first_name', 'middle_name', 'last_name', 'suffix', 'birthday', 'gender', 'phone', 'email', 'notes', 'type', 'status', 'verification', 'home_store',
  ...['street1', 'street2', 'city', 'region', 'postal_code', 'country'].map((name) => `address.${name}`), ...['region', 'country', 'expires'].map((name) => `licence.${name}`)];
const leafOf = (customer, name) => name.split('.').reduce((node, part) => node?.[part], customer) ?? null;

async function assertSame(rig, office) {
  const customers = await customersInStore(rig);
  const { records } = store(office);
  assert.ok(customers.length > 0);
  const wrong = [];
  for (const customer of customers) {
    const leaves = records.get(customer.id);
    if (!leaves) { wrong.push(`${customer.id} is not here`); continue; }
    for (const name of plain) {
      const here = leaves.get(name)?.value ?? null;
      if (leafOf(customer, name) !== here) wrong.push(`${customer.id} ${name}: ${here} here, ${leafOf(customer, name)} there`);
    }
  }
  assert.deepEqual(few(wrong), []);
  assert.equal(records.size, customers.length);
  assert.deepEqual(office.faults, []);
}

function foreign(name, act) {
  if (lacks) return test(name, { skip: lacks }, () => {});
  return play(name, { isStarted: false, daemon: { ackTimeout: '1s', roles: ['manager'] } }, act);
}

foreign('a head office from the document alone holds what the store holds', async (rig, t) => {
  const { office, heard } = await begin(rig, t);
  await write(rig);
  await allSent(rig);
  await assertSame(rig, office);

  // Batches that never arrived are asked for again.
  office.ignoreNext = 3;
  await write(rig);
  await allSent(rig);
  await assertSame(rig, office);
  const acks = heard.filter(({ topic }) => topic.endsWith('/down/ack')).map(({ message }) => JSON.parse(message));
  assert.ok(acks.some(({ gap, seq }) => gap && seq !== null), 'it met a gap');

  // A broker that forgets everything, and a store that dies.
  await rig.broker.kill9();
  await write(rig);
  await rig.daemon.kill9();
  await rig.broker.start();
  await rig.daemon.start();
  await write(rig);
  await allSent(rig);
  await assertSame(rig, office);
  assert.equal(store(office).epochs.size, 2, 'a start is another epoch');

  assertAsDocumented(heard);
});

foreign('a head office that was restored gets back what it lost', async (rig, t) => {
  const { office } = await begin(rig, t);
  await write(rig);
  await allSent(rig);
  const backup = office.backup();
  await write(rig);
  await allSent(rig);
  const before = store(office).changes.size;
  office.restore(backup);
  assert.ok(store(office).changes.size < before, 'it lost something');
  await until('everything is here again', () => store(office).changes.size === before, { deadline: 30_000 });
  await write(rig);
  await allSent(rig);
  await assertSame(rig, office);
});

foreign('an erased customer is gone here too, and does not come back', async (rig, t) => {
  const { office } = await begin(rig, t);
  await write(rig);
  const [customer] = await customersInStore(rig);
  const erased = await rig.daemon.call({ method: 'DELETE', path: `/api/v1/customers/${customer.id}`, headers: { 'content-type': 'application/json', 'if-match': '*', 'idempotency-key': 'erase-1' },
    body: { reason: 'asked' } });
  assert.equal(erased.status, 200, erased.text);
  await allSent(rig);
  assert.ok(store(office).erased.has(customer.id));
  assert.ok(!store(office).records.has(customer.id));
  await assertSame(rig, office);
});

// Rows that are not ours: somebody else had this epoch. The store goes on under another one, and says the rest again.
foreign('a fork is answered, and nothing has a second effect', async (rig, t) => {
  const { office, heard } = await begin(rig, t);
  await write(rig);
  await allSent(rig);
  const epochs = () => [...store(office).epochs.keys()];
  const [old] = epochs();
  office.isMute = true;
  await write(rig, 300);
  await sleep(300);
  office.isMute = false;
  const { cursor, digests } = store(office).epochs.get(old);
  office.acknowledge(store(office), old, { seq: cursor, digest: digests.get(cursor).replace(/^./, (c) => (c === '0' ? '1' : '0')), gap: false });
  await until('the store goes on in another epoch', () => epochs().length === 2, { deadline: 30_000 });
  await write(rig, 300);
  await allSent(rig);
  assert.ok(store(office).isAgain > 0, 'changes came again under the new epoch');
  assert.ok(store(office).incidents.some(({ kind }) => kind === 'branch'));
  await assertSame(rig, office);
  assertAsDocumented(heard);
});

// What passed is what the AsyncAPI document says, message by message and line by line.
function assertAsDocumented(heard) {
  const { schemas } = asyncApi.components;
  const counts = { status: 0, batch: 0, ack: 0, rows: 0, packed: 0 };
  const faults = [];
  const check = (value, schema, what) => faults.push(...faultsOf(value, schema, asyncApi).map((fault) => `${what}: ${fault}`));
  for (const { topic, message, properties, isRetained } of heard) {
    if (topic.endsWith('/status')) {
      ++counts.status;
      check(JSON.parse(message), schemas.Status, 'status');
    } else if (topic.endsWith('/down/ack')) {
      ++counts.ack;
      check(JSON.parse(message), schemas.Ack, 'ack');
    } else {
      assert.ok(topic.endsWith('/up/batch'), topic);
      ++counts.batch;
      assert.equal(isRetained, false, 'nothing but status is retained');
      assert.equal(properties.contentType, asyncApi.components.messages.batch.contentType);
      assert.ok(properties.messageExpiryInterval > 0 && properties.messageExpiryInterval <= asyncApi.operations.storeSendsBatch.bindings.mqtt.messageExpiryInterval);
      counts.packed += properties.userProperties?.['content-encoding'] === 'zstd' ? 1 : 0;
      const { header, rows } = readBatch(message, properties);
      check(header, schemas.BatchHeader, 'header');
      for (const { envelope, payload } of rows) {
        ++counts.rows;
        check(envelope, schemas.Envelope, `envelope ${envelope.entity}`);
        if (payload) check(payload, schemas.Payload, `payload ${envelope.entity}`);
      }
    }
  }
  assert.deepEqual(few([...new Set(faults)]), []);
  for (const [name, count] of Object.entries(counts)) assert.ok(count > 0, `no ${name} passed`);
}
