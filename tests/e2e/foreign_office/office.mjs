// A head office written from docs/protocol.md and docs/asyncapi.yaml alone: it receives what stores send, checks every chain, merges
// and acknowledges. Nothing of this repository is imported but the AsyncAPI file, which says where messages go. What it holds is in
// memory; `backup()` and `restore()` are its disk.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { blake2b } from '@noble/hashes/blake2b';
import { bytesToHex, hexToBytes } from '@noble/hashes/utils';
import { decompress } from 'fzstd';
import mqtt from 'mqtt';
import { parse } from 'yaml';

export const asyncApi = parse(readFileSync(new URL('../../../docs/asyncapi.yaml', import.meta.url), 'utf8'));

const nothing = '0'.repeat(64);
const bytesMax = 1024 * 1024;
const hash = (...parts) => blake2b.create({ dkLen: 32 }).update(Buffer.concat(parts.map((part) => Buffer.from(part)))).digest();
const rowDigest = (before, envelope, payloadHash) => bytesToHex(hash(hexToBytes(before), hash(envelope), payloadHash));
const address = (channel, { root, org, store }) => asyncApi.channels[channel].address.replace('{root}', root).replace('{org}', org).replace('{store}', store);

// Lines ended by LF, each kept as the bytes that it is: hashes are over these.
function linesOf(bytes) {
  const lines = [];
  for (let from = 0; from < bytes.length;) {
    const end = bytes.indexOf(10, from);
    if (end < 0) throw new Error('the last line has no end');
    lines.push(bytes.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

export function readBatch(message, properties) {
  const isPacked = properties?.userProperties?.['content-encoding'] === 'zstd';
  const bytes = isPacked ? Buffer.from(decompress(message)) : message;
  if (bytes.length > bytesMax) throw new Error('a batch unpacks to more than a receiver takes');
  const [first, ...rest] = linesOf(bytes);
  const header = JSON.parse(first);
  if (rest.length !== 2 * (header.last - header.first + 1)) throw new Error('a batch has other rows than its header says');
  const rows = [];
  let digest = header.prev;
  for (let at = 0; at < rest.length; at += 2) {
    const envelope = JSON.parse(rest[at]);
    const payload = JSON.parse(rest[at + 1]);
    const isBlank = payload.payload_hash !== undefined;
    digest = rowDigest(digest, rest[at], isBlank ? hexToBytes(payload.payload_hash) : hash(rest[at + 1]));
    if (envelope.seq !== header.first + at / 2) throw new Error('rows are not in order');
    rows.push({ envelope, payload: isBlank ? null : payload, digest });
  }
  if (digest !== header.digest) throw new Error('the chain of a batch does not hold');
  return { header, rows };
}

// Versions compare by hlc, then by the bytes of origin; what has the same version, by the hash of its value.
function isAbove(one, other) {
  if (!other) return true;
  if (one.version !== other.version) return Buffer.compare(Buffer.from(one.version), Buffer.from(other.version)) > 0;
  return Buffer.compare(Buffer.from(hash(one.value ?? '')), Buffer.from(hash(other.value ?? ''))) > 0;
}

// One store as it is held here: its epochs, each with where it began and the digests of its rows, and its records.
class Store {
  constructor(name) { Object.assign(this, { name, epochs: new Map(), changes: new Map(), records: new Map(), erased: new Set(), incidents: [], isAgain: 0 }); }

  digestAt(epoch, seq) {
    const held = this.epochs.get(epoch);
    if (!held) return undefined;
    if (seq > held.root.seq) return held.digests.get(seq);
    return seq === held.root.seq ? held.root.digest : this.digestAt(held.root.replaces, seq);
  }

  // What is to be acknowledged: {seq, digest, gap}.
  receive({ header, rows }) {
    const { epoch, root, first, last } = header;
    if (!this.epochs.has(epoch)) {
      if (!root) return { seq: null, gap: true };
      if (root.replaces !== null && this.digestAt(root.replaces, root.seq) !== root.digest) return { seq: null, gap: true };
      const replaced = this.epochs.get(root.replaces);
      if (replaced && root.seq < replaced.cursor) this.incidents.push({ kind: 'branch', epoch, replaces: root.replaces, at: root.seq, held: replaced.cursor });
      this.epochs.set(epoch, { root, cursor: root.seq, digests: new Map() });
    }
    const held = this.epochs.get(epoch);
    if (first > held.cursor + 1) return { seq: held.cursor, digest: this.digestAt(epoch, held.cursor), gap: true };
    const known = [{ seq: first - 1, digest: header.prev }, ...rows.map(({ envelope, digest }) => ({ seq: envelope.seq, digest }))];
    for (const row of known.filter(({ seq }) => seq <= held.cursor && seq >= held.root.seq)) {
      const ours = this.digestAt(epoch, row.seq);
      if (ours === row.digest) continue;
      this.incidents.push({ kind: 'fork', epoch, at: row.seq });
      return { seq: row.seq, digest: ours, gap: false };
    }
    for (const { envelope, payload, digest } of rows) {
      if (envelope.seq <= held.cursor) continue;
      held.digests.set(envelope.seq, digest);
      held.cursor = envelope.seq;
      this.apply(envelope, payload);
    }
    return { seq: held.cursor, digest: this.digestAt(epoch, held.cursor), gap: false };
  }

  apply(envelope, payload) {
    this.isAgain += this.changes.has(envelope.change_id) ? 1 : 0;
    this.changes.set(envelope.change_id, envelope.entity);
    if (!payload) return;
    if (envelope.entity === 'person' && envelope.kind === 'erase') {
      for (const key of payload.keys) { this.erased.add(key); this.records.delete(key); }
    }
    if (envelope.entity !== 'customer' || this.erased.has(envelope.key)) return;
    const leaves = this.records.get(envelope.key) ?? new Map();
    this.records.set(envelope.key, leaves);
    const write = (name, value) => {
      const leaf = { value, version: payload.versions?.[name] ?? envelope.version };
      if (isAbove(leaf, leaves.get(name))) leaves.set(name, leaf);
    };
    for (const [field, value] of Object.entries(payload.set ?? {})) write(field, value);
    for (const [tag, isThere] of Object.entries(payload.tags ?? {})) write(`tags.${tag}`, isThere ? 'true' : 'false');
    for (const [account, id] of Object.entries(payload.pos_links ?? {})) write(`pos_links.${account}`, id);
  }
}

export class Office {
  constructor({ root = 'tillgate/v1', org, onMessage = () => {} }) {
    Object.assign(this, { root, org, onMessage, stores: new Map(), hoEpoch: randomUUID(), isMute: false, faults: [], ignoreNext: 0 });
  }

  async start({ url, ca, cert, key, clientId }) {
    const [caText, certText, keyText] = [ca, cert, key].map((file) => readFileSync(file));
    this.client = mqtt.connect(url, { protocolVersion: 5, clean: true, clientId, ca: caText, cert: certText, key: keyText, reconnectPeriod: 300,
      properties: { sessionExpiryInterval: 0 } });
    this.client.on('error', () => {});  // it connects again by itself
    this.client.on('message', (topic, message, packet) => {
      try {
        this.hear(topic, message, packet);
      } catch (error) {
        this.faults.push(`${topic}: ${error.message}`);
      }
    });
    const topics = [address('status', { root: this.root, org: this.org, store: '+' }), `$share/headoffice/${address('upBatch', { root: this.root, org: this.org, store: '+' })}`];
    await new Promise((resolve, reject) => this.client.subscribe(topics, { qos: 1 }, (error) => (error ? reject(error) : resolve())));
  }

  stop() { return this.client?.endAsync(true); }

  store(name) {
    if (!this.stores.has(name)) this.stores.set(name, new Store(name));
    return this.stores.get(name);
  }

  hear(topic, message, packet) {
    this.onMessage({ topic, message, properties: packet.properties, isRetained: packet.retain });
    const [name, ...what] = topic.slice(`${this.root}/${this.org}/`.length).split('/');
    const store = this.store(name);
    if (what.join('/') === 'status') {
      store.status = JSON.parse(message);
      // Whoever comes online is told where it stands. What was said while nobody listened is gone.
      if (store.status.online && store.epochs.has(store.status.epoch)) this.acknowledge(store, store.status.epoch, { ...this.position(store, store.status.epoch), gap: packet.retain });
      return;
    }
    const batch = readBatch(message, packet.properties);
    if (this.ignoreNext > 0) { --this.ignoreNext; return; }
    this.acknowledge(store, batch.header.epoch, store.receive(batch));
  }

  position(store, epoch) {
    const { cursor } = store.epochs.get(epoch);
    return { seq: cursor, digest: store.digestAt(epoch, cursor) };
  }

  acknowledge(store, epoch, { seq, digest, gap }) {
    if (this.isMute) return;
    const ack = { v: 1, store: store.name, epoch, ho_epoch: this.hoEpoch, seq, ...(seq === null ? {} : { digest }), gap, now: new Date().toISOString() };
    const topic = address('downAck', { root: this.root, org: this.org, store: store.name });
    this.onMessage({ topic, message: Buffer.from(JSON.stringify(ack)) });
    this.client.publish(topic, JSON.stringify(ack), { qos: 1, properties: { messageExpiryInterval: 600 } });
  }

  backup() { return structuredClone([...this.stores].map(([name, store]) => [name, { ...store }])); }

  // Another life of this office: what came in since the backup is gone, and stores have to be asked.
  restore(backup) {
    this.hoEpoch = randomUUID();
    this.stores = new Map(backup.map(([name, held]) => [name, Object.assign(new Store(name), structuredClone(held))]));
    for (const store of this.stores.values())
      for (const epoch of store.epochs.keys()) this.acknowledge(store, epoch, { ...this.position(store, epoch), gap: true });
  }
}
