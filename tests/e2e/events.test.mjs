// Live events of a real daemon: what is told is what was committed, across kills; who reads too slowly and who is one too many.
import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { few, play } from './stage.mjs';
import { request } from '../../scripts/rig/http.mjs';
import { sleep, until } from '../../scripts/rig/process.mjs';
import { uuidV7 } from '../../scripts/rig/random.mjs';

// A listener that takes events one by one; comes back by itself only when told to.
class Listener {
  constructor(daemon, { terminal = daemon.terminals[0], from = '127.0.0.1', last = null } = {}) {
    Object.assign(this, { events: [], status: null, isEnded: false, pings: 0 });
    const agent = new Agent({ localAddress: from });
    this.call = httpRequest({ host: '127.0.0.1', port: daemon.port, path: '/api/v1/events', agent,
      headers: { authorization: `Bearer ${terminal.token}`, ...(last ? { 'last-event-id': last } : {}) } });
    this.opened = new Promise((resolve) => {
      this.call.once('error', () => { this.isEnded = true; resolve(this); });
      this.call.once('response', (response) => {
        this.status = response.statusCode;
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part) => {
          text += part;
          for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) this.take(text.slice(0, end));
        });
        response.once('close', () => { this.isEnded = true; });
        response.on('error', () => { this.isEnded = true; });
        resolve(this);
      });
    });
    this.call.end();
  }
  take(block) {
    const fields = Object.fromEntries(block.split('\n').filter((line) => !line.startsWith(':')).map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
    if (fields.event) this.events.push({ ...fields, data: JSON.parse(fields.data) });
    else ++this.pings;
  }
  get last() { return this.events.findLast((event) => event.id)?.id; }
  close() { this.call.destroy(); }
}

const create = (rig, terminal) => rig.daemon.call({ method: 'POST', path: '/api/v1/customers', body: { first_name: 'Ann', last_name: 'Quill' },
  headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7() } }, terminal);

play('a listener that comes back after kills hears every change once, in order', { timeout: 180_000 }, async (rig, t) => {
  rig.hire(4, { patchShare: 0.3, pace: () => 2 });
  const heard = [];
  let resumed = 0;
  let last = null;
  for (let round = 0; round < 6; ++round) {
    const listener = await new Listener(rig.daemon, { last }).opened;
    assert.equal(listener.status, 200);
    await until('it was told something', () => listener.events.filter((event) => event.data.seq).length > 20, { owner: rig.daemon.process });
    await sleep(rig.random.between(10, 200));
    if (rig.random.chance(0.7)) {
      await rig.daemon.kill9();
      await until('the stream has ended', () => listener.isEnded);
      await rig.daemon.start();
    } else {
      listener.close();
    }
    assert.equal(listener.events[0].event, 'start', 'its position is known across a restart');
    if (last) { assert.equal(listener.events[0].id, last); ++resumed; }
    heard.push(...listener.events.slice(1).filter((event) => event.id));
    last = listener.last;
  }
  await rig.sendHome();
  const rest = await new Listener(rig.daemon, { last }).opened;
  const head = (await rig.daemon.status()).head_office.head_seq;
  await until('all is told', () => rest.last && Number(rest.last.split('-')[0]) === head);
  heard.push(...rest.events.slice(1).filter((event) => event.id));
  rest.close();
  const seqs = heard.map((event) => event.data.seq);
  const first = seqs[0];
  assert.deepEqual(few(seqs.filter((seq, n) => seq !== first + n)), [], 'missing, doubled or out of order');
  t.diagnostic(`${heard.length} events, resumed ${resumed} times`);

  // What was told is what head office has: the same rows about the same records.
  await rig.settle();
  const rows = await rig.postgres.sql('SELECT seq, left(digest, 16), key FROM hq.changes', rig.database);
  const there = new Map(rows.map(([seq, digest, key]) => [`${seq}-${digest}`, key]));
  assert.deepEqual(few(heard.filter(({ id, data }) => there.get(id) !== data.customer)), [], 'told otherwise than it was');
});

play('the line going and coming back is told', {}, async (rig) => {
  await until('online', async () => (await rig.daemon.status()).head_office.state === 'online');
  const listener = await new Listener(rig.daemon).opened;
  await until('it has begun', () => listener.events.length > 0);
  assert.equal(listener.events[0].data.head_office, 'online');
  await rig.broker.stop();
  await until('told that it is cut off', () => listener.events.at(-1).event === 'link' && listener.events.at(-1).data.head_office === 'offline');
  assert.equal((await create(rig)).status, 201);
  await until('told of the customer meanwhile', () => listener.events.some((event) => event.event === 'customer.created'));
  await rig.broker.start();
  await until('told that it is back', () => listener.events.some((event, n) => n > 1 && event.event === 'link' && event.data.head_office === 'online'), { deadline: 30_000 });
  listener.close();
});

play('a reader that takes nothing is closed, and costs the others nothing', { timeout: 180_000 }, async (rig, t) => {
  const listeners = async () => Number((await request({ socketPath: rig.daemon.socket, path: '/metrics' })).text.match(/^tillgate_event_streams (\d+)/m)[1]);
  const residentKiB = () => Number(readFileSync(`/proc/${rig.daemon.process.pid}/status`, 'utf8').match(/VmRSS:\s+(\d+)/)[1]);
  const slow = connect({ host: '127.0.0.1', port: rig.daemon.port });
  slow.on('error', () => {});
  slow.pause();
  slow.write(`GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${rig.daemon.terminals[0].token}\r\n\r\n`);
  const fast = await new Listener(rig.daemon, { terminal: rig.daemon.terminals[1] }).opened;
  await until('both listen', async () => (await listeners()) === 2);
  rig.hire(4, { patchShare: 0 });
  await until('work is under way', () => fast.events.length > 1000);
  const before = residentKiB();
  await until('the slow one is let go', async () => (await listeners()) === 1, { deadline: 120_000, every: 500, owner: rig.daemon.process });
  const grown = residentKiB() - before;
  await rig.sendHome();
  const head = (await rig.daemon.status()).head_office.head_seq;
  await until('the other one is told everything', () => fast.last.startsWith(`${head}-`));
  assert.ok(!fast.isEnded);
  const seqs = fast.events.slice(1).filter(({ id }) => id).map(({ data }) => data.seq);
  assert.deepEqual(few(seqs.filter((seq, n) => seq !== seqs[0] + n)), [], 'missing, doubled or out of order');
  t.diagnostic(`${fast.events.length} events to the other one; resident memory grew by ${Math.round(grown / 1024)} MiB meanwhile`);
  fast.close();
  slow.destroy();
});

play('the 65th listener is refused, and let in when another one leaves', { terminals: 10 }, async (rig) => {
  const listeners = [];
  // 32 connections from one address, 8 streams of one terminal.
  for (let n = 0; n < 64; ++n) listeners.push(await new Listener(rig.daemon, { terminal: rig.daemon.terminals[Math.floor(n / 8)], from: `127.0.0.${2 + Math.floor(n / 16)}` }).opened);
  assert.deepEqual([...new Set(listeners.map((listener) => listener.status))], [200]);
  const more = () => new Listener(rig.daemon, { terminal: rig.daemon.terminals[9], from: '127.0.0.9' }).opened;
  const refused = await more();
  assert.equal(refused.status, 503);
  listeners.pop().close();
  const admitted = await until('there is room again', async () => { const one = await more(); return one.status === 200 ? one : null; });
  // Told to all; then the daemon goes, and all streams with it, at once.
  assert.equal((await create(rig, rig.daemon.terminals[9])).status, 201);
  listeners.push(admitted);
  await until('everybody heard it', () => listeners.every((listener) => listener.events.some((event) => event.event === 'customer.created')));
  const { ms, code } = await rig.daemon.stop();
  assert.equal(code, 0);
  assert.ok(ms < 4000, `it took ${ms} ms to stop with 64 listeners`);
  await until('all have ended', () => listeners.every((listener) => listener.isEnded));
});
