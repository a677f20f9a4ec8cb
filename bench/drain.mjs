// A backlog drains: N changes lie in a store, the broker comes up, head office commits and acknowledges them. Beside it, in the
// same round, what the parts can do alone and what people use instead (a mosquitto bridge with its queue).
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process, until } from '../scripts/rig/process.mjs';
import { freePort } from '../scripts/rig/ports.mjs';
import { isListening } from '../scripts/rig/broker.mjs';
import { call } from './programs.mjs';
import { Site, begin, org, store, storeName } from './site.mjs';

const minutes = 60_000;
const changes = Number(process.env.CHANGES ?? 100_000);
const perSecond = (changes, { startMs, endMs }) => changes / Math.max((endMs - startMs) / 1000, 0.001);

async function setup(ctx) {
  const site = await Site.create(ctx.folder);
  try {
    const file = join(ctx.folder, 'queued', 'tillgate.db');
    await site.fill(file, { customers: ctx.sizes.changes, seed: ctx.seed, state: 'queued' });
    const batches = join(ctx.folder, 'batches');
    const by100 = join(ctx.folder, 'batches-100');
    const packed = await call('bench_store', ['batches', file, org, store, 500, batches]);
    const hundreds = await call('bench_store', ['batches', file, org, store, 100, by100]);
    ctx.say(`${packed.changes} changes, ${Math.round(packed.plainBytes / packed.changes)} bytes each, ${packed.batches} batches`);
    return { site, file, batches, batchCount: packed.batches, hundreds };
  } catch (error) {
    await site.dispose();
    throw error;
  }
}

// The store's own programs, and head office's, on a broker that comes up when all else waits for it.
async function drainToOffice(ctx) {
  const { site, file } = ctx.state;
  const database = await site.database();
  const office = await site.office(ctx.folder, database.name);
  const daemon = await site.daemon(ctx.folder, { from: file });
  try {
    office.launch();
    await daemon.start();
    // The receiver first, as with the bridge: a batch that finds nobody costs a timeout, which is not what is measured here.
    daemon.process.signal('SIGSTOP');
    await site.broker.start();
    await office.ready();
    daemon.process.signal('SIGCONT');
    // Finding the broker is not draining: the clock starts when the store's line is up, as the bridge's does with its first message.
    let since = null;
    await until('the store knows that all is committed', async () => {
      const { head_office: there } = await daemon.status();
      if (there.state === 'online') since ??= there.since;
      if (since && there.since !== since) throw new Error('the line fell while the backlog drained');
      return there.waiting === 0 && there.head_seq === ctx.sizes.changes;
    }, { deadline: 10 * minutes, every: 20, owner: daemon.process });
    const endMs = Date.now();
    const startMs = Date.parse(since);
    const [[held]] = await site.postgres.sql("SELECT count(*) FROM hq.change_log WHERE state = 'applied'", database.name);
    if (Number(held) !== ctx.sizes.changes) throw new Error(`head office holds ${held} changes of ${ctx.sizes.changes}`);
    return { perSecond: perSecond(ctx.sizes.changes, { startMs, endMs }) };
  } finally {
    await daemon.stop();
    await office.stop();
    await site.broker.stop();
    await database.drop();
  }
}

async function drainToSubscriber(ctx) {
  const { site, file } = ctx.state;
  const daemon = await site.daemon(ctx.folder, { from: file });
  const peer = begin('bench_wire', ['ack', ...site.asOffice(), org, store, ctx.sizes.changes]);
  try {
    await daemon.start();
    await site.broker.start();
    const result = await peer.done;
    return { perSecond: perSecond(ctx.sizes.changes, result), bytesPerChange: result.bytes / ctx.sizes.changes };
  } finally {
    peer.stop();
    await daemon.stop();
    await site.broker.stop();
  }
}

async function rawMqtt(ctx, how) {
  const { site, batches, batchCount } = ctx.state;
  await site.broker.start();
  const peer = begin('bench_wire', ['count', ...site.asOffice(), `${storeName}/up/batch`, batchCount]);
  try {
    await peer.ready;
    const { startMs } = await begin('bench_wire', [how, ...site.asStore(), `${storeName}/up/batch`, batches]).done;
    const { endMs } = await peer.done;
    return { perSecond: perSecond(ctx.sizes.changes, { startMs, endMs }) };
  } finally {
    peer.stop();
    await site.broker.stop();
  }
}

async function rows(ctx, args) {
  const database = await ctx.state.site.database();
  try {
    const result = await begin('bench_rows', args(database.conninfo)).done;
    return { perSecond: perSecond(ctx.sizes.changes, result) };
  } finally {
    await database.drop();
  }
}

// A mosquitto in the store with an unlimited queue, filled while the broker at head office is away.
async function withBridge(ctx, receive) {
  const { site, batches } = ctx.state;
  const port = await freePort();
  const config = join(ctx.folder, 'bridge.conf');
  writeFileSync(config, `${process.getuid() === 0 ? 'user root\n' : ''}listener ${port} 127.0.0.1
allow_anonymous true
persistence false
max_queued_messages 0
max_inflight_messages 100
connection up
address 127.0.0.1:${site.broker.port}
remote_clientid ${storeName}
bridge_protocol_version mqttv50
bridge_cafile ${site.ca}
bridge_certfile ${site.storeCert.cert}
bridge_keyfile ${site.storeCert.key}
cleansession false
notifications false
try_private false
restart_timeout 1
topic change out 1 "" ${storeName}/up/
`, { mode: 0o600 });
  const bridge = new Process('bridge', { log: join(ctx.folder, 'bridge.log') });
  bridge.start('mosquitto', ['-c', config]);
  // The sample broker drops what a slow receiver leaves queued beyond 10,000 messages, which a ledger sends again and a bridge
  // does not: for the bridge the queue there is unlimited too.
  const sample = readFileSync(site.broker.config, 'utf8');
  writeFileSync(site.broker.config, sample.replace(/^max_queued_messages.*/m, 'max_queued_messages 0').replace(/^max_queued_bytes.*/m, ''), { mode: 0o600 });
  let peer = null;
  try {
    await until('the bridge listens', () => isListening(port), { owner: bridge });
    await begin('bench_wire', ['each', port, '-', '-', '-', 'till', 'change', batches]).done;
    // The receiver first, or what the bridge brings at once finds nobody: it is stopped until the receiver is there.
    bridge.signal('SIGSTOP');
    await site.broker.start();
    peer = receive(`${storeName}/up/change`);
    await peer.ready;
    bridge.signal('SIGCONT');
    return { perSecond: perSecond(ctx.sizes.changes, await peer.done) };
  } finally {
    peer?.stop();
    await bridge.kill9();
    await site.broker.stop();
    writeFileSync(site.broker.config, sample, { mode: 0o600 });
  }
}

async function bridgeToOffice(ctx) {
  const { site } = ctx.state;
  const database = await site.database();
  try {
    return await withBridge(ctx, (topic) => begin('bench_rows', ['subscribe', database.conninfo, ...site.asOffice(), topic, ctx.sizes.changes]));
  } finally {
    await database.drop();
  }
}

export default {
  name: 'drain',
  says: `${changes} changes, queued while the line was down, reach head office: a bare subscriber, and committed and acknowledged.`,
  sizes: { changes },
  smoke: { changes: 500 },
  setup,
  variants: {
    office: drainToOffice,
    postgres: (ctx) => rows(ctx, (conninfo) => ['insert', conninfo, ctx.state.batches]),
    receiving: (ctx) => rows(ctx, (conninfo) => ['receive', conninfo, org, store, ctx.state.batches]),
    'bridge-office': bridgeToOffice,
    subscriber: drainToSubscriber,
    // All bytes ready: what broker and TLS can carry. Each batch compressed when its turn comes: what any sender can reach.
    mqtt: (ctx) => rawMqtt(ctx, 'send'),
    'mqtt-packing': (ctx) => rawMqtt(ctx, 'pack'),
    bridge: (ctx) => withBridge(ctx, (topic) => begin('bench_wire', ['count', ...ctx.state.site.asOffice(), topic, ctx.sizes.changes])),
    // Batches of 100 as they go into MQTT packets: payload, and per batch topic, properties and fixed header.
    'wire-100': async ({ state }) => ({ bytesPerChange: (state.hundreds.packedBytes + state.hundreds.batches * framing) / state.hundreds.changes }),
  },
  teardown: ({ state }) => state.site.dispose(),
  goals: [
    { id: 'G4', says: 'to a subscriber, against the same batches published bare', ratio: ['subscriber', 'mqtt'], atLeast: 0.65 },
    { id: 'G4', says: 'to a subscriber, against the same batches packed and published bare', ratio: ['subscriber', 'mqtt-packing'], atLeast: 0.65 },
    { id: 'G4', says: 'to a subscriber, against a mosquitto bridge', ratio: ['subscriber', 'bridge'], atLeast: 5 },
    { id: 'G5', says: 'to committed and acknowledged, against PostgreSQL alone', ratio: ['office', 'postgres'], atLeast: 0.8 },
    { id: 'G5', says: 'to committed and acknowledged, against a bridge that feeds the same tables', ratio: ['office', 'bridge-office'], atLeast: 1 },
    { id: 'G6', says: 'bytes on the wire per change at batches of 100', figure: ['wire-100', 'bytesPerChange'], atMost: 120 },
  ],
};

// PUBLISH header, topic, packet id, content type, content-encoding, expiry.
const framing = 5 + 2 + `${storeName}/up/batch`.length + 2 + 3 + 'application/vnd.tillgate.batch+x-ndjson;v=1'.length + 2
  + 5 + 'content-encoding'.length + 'zstd'.length + 5;
