// What the drain and footprint benches play on: authority, broker, PostgreSQL, and a store filled beforehand, of which each
// variant gets a copy. The parts are the rig's; what is here is how long a part took to reach its goal.
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { spawn } from 'node:child_process';
import { Authority } from '../scripts/rig/certs.mjs';
import { Broker } from '../scripts/rig/broker.mjs';
import { Daemon } from '../scripts/rig/daemon.mjs';
import { HeadOffice } from '../scripts/rig/headoffice.mjs';
import { Postgres } from '../scripts/rig/postgres.mjs';
import { binary } from '../scripts/rig/binaries.mjs';
import { freePort } from '../scripts/rig/ports.mjs';
import { writeKey } from '../scripts/rig/secrets.mjs';
import { call } from './programs.mjs';

export const org = 'demo';
export const store = 'store-001';
export const storeName = `tillgate/v1/${org}/${store}`;
const quick = { reconnectFirst: '50ms', reconnectMax: '100ms' };
const minutes = 60_000;

export class Site {
  static async create(folder, { withPostgres = true } = {}) {
    const site = new Site();
    site.folder = folder;
    site.databases = 0;
    const ca = site.authority = await Authority.create(join(folder, 'tls'));
    site.ca = ca.cert;
    site.storeCert = await ca.issue('store', storeName);
    site.officeCert = await ca.issue('head-office', 'head-office');
    const brokerCert = await ca.issue('broker', 'broker', { names: 'IP:127.0.0.1,DNS:localhost' });
    site.broker = new Broker({ folder: join(folder, 'broker'), port: await freePort(), ca: ca.cert, ...brokerCert });
    site.keys = [writeKey(join(folder, 'pii-key')), writeKey(join(folder, 'index-key'))];
    if (withPostgres) {
      site.postgres = new Postgres({ folder: join(folder, 'postgres'), port: await freePort() });
      await site.postgres.create();
      await site.postgres.start();
    }
    return site;
  }

  // A store as terminals would have filled it; `state` "queued": all of it waits for head office, "acked": none.
  fill(file, { customers, seed, state }) {
    mkdirSync(join(file, '..'), { recursive: true, mode: 0o700 });
    return call('bench_store', ['fill', file, store, ...this.keys, customers, seed, state], { deadline: 20 * minutes });
  }

  async database() {
    const name = `bench_${++this.databases}`;
    await this.postgres.createDatabase(name);
    return { name, conninfo: this.postgres.conninfo(name), drop: () => this.postgres.sql(`DROP DATABASE ${name} WITH (FORCE)`, 'postgres') };
  }

  async office(folder, database) {
    return HeadOffice.create({ folder: join(folder, 'office'), port: await freePort(), brokerPort: this.broker.port, ca: this.ca,
      ...this.officeCert, postgres: this.postgres, database, ...quick });
  }

  // A daemon on a copy of a filled database, or on the file itself where it lies in the daemon's place already.
  async daemon(folder, { from = null, terminals = 8 } = {}) {
    const daemon = await Daemon.create({ folder: join(folder, 'daemon'), port: await freePort(), brokerPort: this.broker.port, ca: this.ca,
      ...this.storeCert, org, store, terminals, ...quick });
    if (from) copyFileSync(from, join(daemon.dataDir, 'tillgate.db'));
    return daemon;
  }

  asOffice(port = this.broker.port) { return [port, this.ca, this.officeCert.cert, this.officeCert.key, 'head-office']; }
  asStore(port = this.broker.port) { return [port, this.ca, this.storeCert.cert, this.storeCert.key, storeName]; }

  async dispose() {
    await Promise.all([this.broker.stop(), this.postgres?.stop()]);
    this.postgres?.dispose();
  }
}

// A program of ours that says "ready" on stderr, then one line of JSON when it is done.
export function begin(program, args, deadline = 10 * minutes) {
  if (!existsSync(binary(program))) throw new Error(`${program} is not built`);
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', binary(program), ...args.map(String)], { stdio: ['ignore', 'pipe', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), deadline);
  let out = '';
  let errors = '';
  let isReady;
  const ready = new Promise((resolve) => { isReady = resolve; });
  child.stdout.on('data', (bytes) => { out += bytes; });
  child.stderr.on('data', (bytes) => { errors += bytes; if (errors.includes('ready\n')) isReady(); });
  const done = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      if (code === 0) return resolve(JSON.parse(out));
      reject(new Error(`${program} ${args[0]} ended with ${code}: ${errors.trim()}`));
    });
  });
  const failed = done.then(() => { throw new Error(`${program} ended before it was ready`); });
  failed.catch(() => {});
  return { ready: Promise.race([ready, failed]), done, stop: () => child.kill('SIGKILL') };
}
