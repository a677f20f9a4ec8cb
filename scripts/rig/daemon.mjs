// One store's tillgated: its configuration, its start, its death, its return.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Process, run, until } from './process.mjs';
import { request } from './http.mjs';
import { binary } from './binaries.mjs';
import { makeToken, writeKey } from './secrets.mjs';

const socketPathMax = 100;  // sockaddr_un ends at 108

export class Daemon {
  // Without `brokerPort` it has no head office. `roles`: of its terminals, in their order; the others are staff.
  static async create({ folder, dataDir = join(folder, 'data'), port, brokerPort = null, brokerHost = '127.0.0.1', ca, cert, key, org = 'demo', store = 'store-001', terminals = 8, roles = [],
    reconnectFirst = '200ms', reconnectMax = '500ms', ackTimeout = '5s', topicRoot = 'tillgate/v1', logLevel = 'info', extra = '' }) {
    const daemon = new Daemon();
    for (const part of [folder, dataDir, join(folder, 'run'), join(folder, 'secrets')]) mkdirSync(part, { recursive: true, mode: 0o700 });
    let socket = join(folder, 'run', 'admin.sock');
    if (socket.length > socketPathMax) socket = join(daemon.extraFolder = mkdtempSync(join(tmpdir().length < 60 ? tmpdir() : '/tmp', 'tillgate-')), 'admin.sock');
    Object.assign(daemon, { folder, port, socket, org, store, terminals: [], dataDir });
    for (let n = 1; n <= terminals; ++n) daemon.terminals.push({ id: `till-${n}`, role: roles[n - 1] ?? 'staff', ...(await makeToken()) });
    const pii = writeKey(join(folder, 'secrets', 'pii-key'));
    const index = writeKey(join(folder, 'secrets', 'index-key'));
    daemon.settings = { brokerHost, brokerPort, ca, cert, key, reconnectFirst, reconnectMax, ackTimeout, topicRoot, logLevel, pii, index, extra };
    daemon.config = join(folder, 'tillgated.yaml');
    daemon.writeConfig();
    daemon.process = new Process('tillgated', { log: join(folder, 'tillgated.log') });
    return daemon;
  }

  // Changed settings count from the next start on.
  writeConfig(changes = {}) {
    const s = Object.assign(this.settings, changes);
    const terminals = this.terminals.map(({ id, role, hash }) => `  - id: ${id}\n    role: ${role}\n    token_hash: ${hash}\n`).join('');
    const uplink = s.brokerPort === null ? '' : `uplink:
  host: ${s.brokerHost}
  port: ${s.brokerPort}
  ca_file: ${s.ca}
  cert_file: ${s.cert}
  key_file: ${s.key}
  topic_root: ${s.topicRoot}
  keepalive: 20s
  reconnect_first: ${s.reconnectFirst}
  reconnect_max: ${s.reconnectMax}
`;
    writeFileSync(this.config, `store:
  org: ${this.org}
  id: ${this.store}
  data_dir: ${this.dataDir}
  runtime_dir: ${join(this.folder, 'run')}
http:
  listen: 127.0.0.1
  port: ${this.port}
  admin_socket: ${this.socket}
terminals:
${terminals}${uplink}replication:
  window: 8
  ack_timeout: ${s.ackTimeout}
security:
  key_id: k1
  pii_key_file: ${s.pii}
  index_key_file: ${s.index}
log:
  level: ${s.logLevel}
${s.extra}`, { mode: 0o600 });
  }

  // Only starts it; see ready().
  launch() { this.process.start(binary('tillgated'), ['--config', this.config]); }

  async ready(deadline = 30_000) {
    await until('tillgated is ready', async () => (await request({ port: this.port, path: '/ready', deadline: 1000 })).status === 200,
      { owner: this.process, deadline, every: 20 });
  }

  async start() {
    this.launch();
    await this.ready();
  }

  stop(options) { return this.process.stop(options); }
  kill9() { return this.process.kill9(); }

  call(options, terminal = this.terminals[0]) {
    return request({ port: this.port, ...options, headers: { authorization: `Bearer ${terminal.token}`, ...options.headers } });
  }

  async status() { return (await this.call({ path: '/api/v1/status' })).json; }

  ctl(args) { return run(binary('tillgatectl'), ['--socket', this.socket, ...args]); }
  once(args) { return run(binary('tillgated'), args); }
  logText() { return this.process.logText(); }
}
