// Somebody with a valid certificate says nonsense on the wire, in both directions: nobody falls over, no cursor moves by it, and
// what terminals write arrives all the same.
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assertClean, assertSameState, play } from './stage.mjs';
import { run, sleep } from '../../scripts/rig/process.mjs';

const topics = 'tillgate/v1/demo';

// Publishes as the holder of this certificate; the broker takes the name in it as user and client id.
async function say(rig, { cert, key }, topic, payload, options = []) {
  const file = join(rig.folder, 'said');
  writeFileSync(file, payload);
  await run('mosquitto_pub', ['-h', '127.0.0.1', '-p', String(rig.broker.port), '--cafile', rig.authority.cert, '--cert', cert, '--key', key,
    '-V', 'mqttv5', '-q', '1', '-t', topic, '-f', file, ...options]);
}

// A zstd frame that says it is 8 GiB of zeros.
const bomb = Buffer.from('28b52ffdc0000000000200000003000010', 'hex');

function nonsense(random) {
  const noise = Buffer.from(Array.from({ length: 3000 }, () => random.below(256)));
  const deep = '['.repeat(60_000);
  return [Buffer.alloc(0), noise, deep, '{', '{}\n', 'null', '\u0000', '{"v":1}'.repeat(9000), '{"v":2,"now":"2026-01-01T00:00:00.000Z"}', Buffer.alloc(1_100_000, 0x20), bomb];
}

play('nonsense on down/ack moves nothing in the store', {}, async (rig) => {
  // A second instance's certificate: head office's rights, without being head office.
  const other = await rig.authority.issue('head-office-2', 'head-office-2');
  rig.hire(2, { patchShare: 0.2 });
  await sleep(800);
  const now = new Date().toISOString();
  const ack = (changes) => JSON.stringify({ v: 1, store: 'store-001', epoch: randomUUID(), ho_epoch: randomUUID(), seq: 3, digest: 'ab'.repeat(32), gap: false, now, ...changes });
  const acks = [ack({}), ack({ store: 'store-002' }), ack({ seq: -1 }), ack({ seq: 1e300 }), ack({ seq: '3' }), ack({ digest: 'ab' }), ack({ epoch: 'x' }), ack({ now: '1970-01-01' }),
    ack({ seq: Number.MAX_SAFE_INTEGER }), ack({ extra: 'x'.repeat(50_000) })];
  for (const payload of [...nonsense(rig.random), ...acks]) await say(rig, other, `${topics}/store-001/down/ack`, payload);
  for (const payload of nonsense(rig.random)) await say(rig, other, `${topics}/store-001/down/ack`, payload, ['-D', 'publish', 'user-property', 'content-encoding', 'zstd']);
  assert.ok(rig.daemon.process.isRunning(), 'tillgated runs on');
  assert.match(rig.daemon.logText(), /an acknowledgement from head office cannot be read/, 'it has heard them');
  await rig.sendHome();
  assertClean(await rig.settle());
  await assertSameState(rig);
  const log = rig.daemon.logText().split('\n');
  assert.ok(log.length < 400, `${log.length} lines of log for some thirty messages`);
});

play('nonsense on up/batch and status stops nobody at head office', {}, async (rig) => {
  // Another store, with its own topics and nobody else's.
  const stranger = await rig.authority.issue('stranger', `${topics}/store-666`);
  rig.hire(2, { patchShare: 0.2 });
  await sleep(800);
  const mine = `${topics}/store-666`;
  const header = (changes) => JSON.stringify({ v: 1, org: 'demo', store: 'store-666', epoch: randomUUID(), root: null, first: 1, last: 1, prev: '00'.repeat(32), digest: 'ab'.repeat(32),
    now: new Date().toISOString(), ...changes });
  const batches = [header({}), `${header({})}\n{}\n{}\n`, `${header({ last: 1e15 })}\n`, `${header({ store: 'store-001' })}\n`, `${header({ org: 'other' })}\n`, `${header({ first: -5 })}\n`,
    `${header({ last: 0 })}\n`, `${header({ note: 'x'.repeat(60_000) })}\n`];
  for (const payload of [...nonsense(rig.random), ...batches]) await say(rig, stranger, `${mine}/up/batch`, payload);
  for (const payload of nonsense(rig.random)) {
    await say(rig, stranger, `${mine}/up/batch`, payload, ['-D', 'publish', 'user-property', 'content-encoding', 'zstd']);
    if (payload.length > 0) await say(rig, stranger, `${mine}/status`, payload, ['-r']);
  }
  // Under another store's topic the broker takes nothing from it.
  await say(rig, stranger, `${topics}/store-001/up/batch`, `${header({ store: 'store-001' })}\n`).catch(() => {});
  assert.ok(rig.office.process.isRunning(), 'tillgate-hq runs on');
  assert.match(rig.office.logText(), /a batch cannot be read/, 'it has heard them');
  await rig.sendHome();
  assertClean(await rig.settle());
  await assertSameState(rig);
  const strange = await rig.postgres.sql(`SELECT count(*) FROM hq.changes WHERE store = 'store-666'`, rig.database);
  assert.equal(strange[0][0], '0', 'nothing of it was committed');
});
