// docs/sequences.md, played with the real parts: its arrows are what was seen, no more and no less.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { play } from './stage.mjs';
import { until } from '../../scripts/rig/process.mjs';
import { uuidV7 } from '../../scripts/rig/random.mjs';

const text = readFileSync(new URL('../../docs/sequences.md', import.meta.url), 'utf8');

// The arrows of a section, by who can see them: T and U are ours to see, B the broker's, P PostgreSQL's.
function drawn(section) {
  const diagram = text.split(`\n## ${section}\n`)[1]?.split('\n## ')[0].match(/```mermaid\n([\s\S]*?)```/)?.[1];
  assert.ok(diagram, `docs/sequences.md has no diagram of ${section}`);
  const arrows = { terminals: [], broker: [], postgres: [] };
  for (const line of diagram.split('\n').map((each) => each.trim())) {
    if (/^(sequenceDiagram|participant \w|Note over .*|)$/.test(line)) continue;
    const [, from, to, what] = line.match(/^(\w)-?->>(\w): (.+)$/) ?? assert.fail(`not an arrow: ${line}`);
    const seenBy = from === 'B' || to === 'B' ? 'broker' : from === 'P' || to === 'P' ? 'postgres' : 'terminals';
    arrows[seenBy].push(`${from} ${to} ${what}`);
  }
  return arrows;
}

// Sends requests and writes down both ways.
class Terminals {
  constructor(rig) { Object.assign(this, { rig, arrows: [] }); }
  async ask(who, method, path, { body, headers = {}, tells = () => '' } = {}) {
    this.arrows.push(`${who} G ${method} ${path.replace(/\/[0-9a-f-]{36}/, '/{id}')}`);
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const answer = await this.rig.daemon.call({ method, path, body, headers: { ...headers, ...(body ? { 'content-type': type, 'idempotency-key': headers['idempotency-key'] ?? uuidV7() } : {}) } },
      this.rig.daemon.terminals[who === 'T' ? 0 : 1]);
    this.arrows.push(`G ${who} ${`${answer.status} ${tells(answer)}`.trim()}`);
    return answer;
  }
}

// What stands in a log behind what stood there before; the arrows that it tells of.
const brokerNames = (client) => (client.startsWith('tillgate/v1/') ? 'G' : 'H');
function brokerArrows(log) {
  return log.split('\n').flatMap((line) => {
    const [, how, client, topic] = line.match(/: (Received PUBLISH from|Sending PUBLISH to) (\S+) \(.*?'tillgate\/v1\/demo\/store-001\/([^']+)'/) ?? [];
    if (!how) return [];
    return [how.startsWith('Received') ? `${brokerNames(client)} B ${topic}` : `B ${brokerNames(client)} ${topic}`];
  });
}
function postgresArrows(log) {
  const writers = new Set();  // sessions that have written changes and not committed them
  return log.split('\n').flatMap((line) => {
    const [, session, statement] = line.match(/\[(\d+)\] LOG: +(?:execute [^:]+|statement): (.*)/) ?? [];
    if (statement?.startsWith('INSERT INTO hq.change_log')) {
      if (writers.has(session)) return [];
      writers.add(session);
      return ['H P INSERT hq.change_log'];
    }
    return statement === 'COMMIT' && writers.delete(session) ? ['H P COMMIT'] : [];
  });
}

// What is drawn was seen, in that order, and nothing that is not drawn. Some of it more than once where gateway and head office come
// back one after the other: a batch that nobody was there for is sent again.
function assertDrawn(seen, wanted, who) {
  assert.deepEqual([...new Set(seen)].sort(), [...new Set(wanted)].sort(), `what ${who} saw`);
  let at = 0;
  for (const arrow of seen) if (arrow === wanted[at]) ++at;
  assert.equal(at, wanted.length, `${who} saw them in another order: ${seen.join(', ')}`);
}

function sequence(section, act, { hasOffice = true } = {}) {
  play(`Row77: the sequence ${section} is as it is drawn`, { terminals: 2, broker: { isTelling: true } }, async (rig, t) => {
    await rig.postgres.sql(`ALTER SYSTEM SET log_statement = 'all'`, rig.database);
    await rig.postgres.sql('SELECT pg_reload_conf()', rig.database);
    await until('statements are logged', async () => { await rig.postgres.sql('SELECT 42', rig.database); return rig.postgres.process.logText().includes('SELECT 42'); });
    const quiet = () => until('nothing is under way', async () => { const { head_office: at } = await rig.daemon.status(); return at.state === 'online' && at.waiting === 0 && at.in_flight_batches === 0; });
    await quiet();
    const terminals = new Terminals(rig);
    const begins = { broker: 0, postgres: 0 };
    const fromHere = () => { begins.broker = rig.broker.process.logText().length; begins.postgres = rig.postgres.process.logText().length; };
    fromHere();
    await act(rig, terminals, { quiet, fromHere });
    const wanted = drawn(section);
    assert.deepEqual(terminals.arrows, wanted.terminals, 'what the terminals saw');
    if (!hasOffice) return;
    const broker = brokerArrows(rig.broker.process.logText().slice(begins.broker));
    const postgres = postgresArrows(rig.postgres.process.logText().slice(begins.postgres));
    t.diagnostic(`${terminals.arrows.length} arrows of terminals, ${broker.length} of the broker, ${postgres.length} of PostgreSQL`);
    assertDrawn(broker, wanted.broker, 'the broker');
    assertDrawn(postgres, wanted.postgres, 'PostgreSQL');
  });
}

const person = { first_name: 'Ann', last_name: 'Quill' };
const C = '/api/v1/customers';
const sync = ({ json }) => json.sync.head_office;

sequence('Create', async (rig, terminals, { quiet }) => {
  // No acknowledgement before the commit: as long as PostgreSQL cannot commit, none is seen.
  const gate = rig.postgres.sql(`BEGIN; LOCK TABLE hq.change_log IN ACCESS EXCLUSIVE MODE; SELECT pg_sleep(2); COMMIT`, rig.database);
  await until('the table is locked', async () => (await rig.postgres.sql(`SELECT 1 FROM pg_locks WHERE relation = 'hq.change_log'::regclass AND mode = 'AccessExclusiveLock' AND granted`, rig.database)).length > 0);
  const acks = () => brokerArrows(rig.broker.process.logText()).filter((arrow) => arrow.endsWith('down/ack')).length;
  const before = acks();
  const made = await terminals.ask('T', 'POST', C, { body: person });
  await until('head office has the batch', async () => (await rig.postgres.sql(`SELECT 1 FROM pg_locks WHERE relation = 'hq.change_log'::regclass AND NOT granted`, rig.database)).length > 0);
  assert.equal(acks(), before, 'acknowledged before the commit');
  await gate;
  await quiet();
  await terminals.ask('T', 'GET', `${C}/${made.json.customer.id}`, { tells: sync });
});

sequence('Sync', async (rig, terminals, { quiet, fromHere }) => {
  await rig.broker.stop();
  await until('cut off', async () => (await rig.daemon.status()).head_office.state === 'offline');
  fromHere();
  const made = await terminals.ask('T', 'POST', C, { body: person });
  const path = `${C}/${made.json.customer.id}`;
  await terminals.ask('T', 'PATCH', path, { body: { notes: 'met at the counter' }, headers: { 'if-match': made.headers.etag } });
  await terminals.ask('T', 'GET', path, { tells: sync });
  await rig.broker.start();
  await quiet();
  await terminals.ask('T', 'GET', path, { tells: sync });
});

sequence('Replay', async (rig, terminals, { quiet, fromHere }) => {
  await rig.broker.stop();
  await until('cut off', async () => (await rig.daemon.status()).head_office.state === 'offline');
  fromHere();
  const headers = { 'idempotency-key': uuidV7() };
  const replayed = (answer) => (answer.headers['idempotent-replayed'] === 'true' ? 'replayed' : '');
  const first = await terminals.ask('T', 'POST', C, { body: person, headers, tells: replayed });
  await rig.daemon.kill9();
  await rig.daemon.start();
  const again = await terminals.ask('T', 'POST', C, { body: person, headers, tells: replayed });
  assert.equal(again.text, first.text, 'word for word');
  await rig.broker.start();
  await quiet();
  const [[customers]] = await rig.postgres.sql('SELECT count(*) FROM hq.customers', rig.database);
  assert.equal(customers, '1');
});

sequence('Conflict', async (rig, terminals) => {
  const made = await rig.daemon.call({ method: 'POST', path: C, body: person, headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7() } });
  const path = `${C}/${made.json.customer.id}`;
  const mine = await terminals.ask('T', 'GET', path);
  const theirs = await terminals.ask('U', 'GET', path);
  assert.equal(mine.headers.etag, theirs.headers.etag);
  await terminals.ask('T', 'PATCH', path, { body: { phone: '503 555 0142' }, headers: { 'if-match': mine.headers.etag } });
  const stale = await terminals.ask('U', 'PATCH', path, { body: { phone: '503 555 0177' }, headers: { 'if-match': theirs.headers.etag }, tells: ({ json }) => json.code ?? '' });
  assert.equal(stale.json.your_version, theirs.headers.etag);
  assert.equal(stale.json.current.phone, '503 555 0142');
  await terminals.ask('U', 'PATCH', path, { body: { phone: '503 555 0177' }, headers: { 'if-match': stale.json.current_version } });
}, { hasOffice: false });
