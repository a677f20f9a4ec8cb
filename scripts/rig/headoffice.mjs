// tillgate-hq: head office's receiver, on a database of the private cluster.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Process, run, until } from './process.mjs';
import { request } from './http.mjs';
import { binary } from './binaries.mjs';
import { makeToken } from './secrets.mjs';

export class HeadOffice {
  static async create({ folder, name = 'hq-1', port, brokerPort, ca, cert, key, postgres, database, topicRoot = 'tillgate/v1',
    reconnectFirst = '200ms', reconnectMax = '500ms', logLevel = 'info' }) {
    const office = new HeadOffice();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    Object.assign(office, { name, port, postgres, database, folder, ...(await makeToken()), decisions: await makeToken() });
    office.config = join(folder, `${name}.yaml`);
    writeFileSync(office.config, `database: "${postgres.conninfo(database)}"
topic_root: ${topicRoot}
broker:
  host: 127.0.0.1
  port: ${brokerPort}
  client_id: ${name}
  ca_file: ${ca}
  cert_file: ${cert}
  key_file: ${key}
http:
  listen: 127.0.0.1
  port: ${port}
  token_hash: ${office.hash}
  decisions_token_hash: ${office.decisions.hash}
reconnect:
  first: ${reconnectFirst}
  max: ${reconnectMax}
log:
  level: ${logLevel}
`, { mode: 0o600 });
    office.process = new Process(name, { log: join(folder, `${name}.log`) });
    return office;
  }

  launch() { this.process.start(binary('tillgate-hq'), ['serve', '--config', this.config]); }

  async ready(deadline = 30_000) {
    await until(`${this.name} is ready`, async () => (await request({ port: this.port, path: '/ready', deadline: 1000 })).status === 200,
      { owner: this.process, deadline, every: 50 });
  }

  async start() {
    this.launch();
    await this.ready();
  }

  stop(options) { return this.process.stop(options); }
  kill9() { return this.process.kill9(); }
  logText() { return this.process.logText(); }
  command(args) { return run(binary('tillgate-hq'), [...args, '--config', this.config]); }

  // What has been committed, as PostgreSQL says: customers and changes of one instant. Asked one after the other they would belong
  // to two, and a batch that is committed in between would look like a customer who does not show their last change.
  async committed() {
    const rows = await this.postgres.sql(
      `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
       SELECT 'customer', id, email, first_name, last_name, notes FROM hq.customers;
       SELECT 'change', change_id, key, kind, store, epoch, seq, round(extract(epoch FROM received_at) * 1000) FROM hq.changes WHERE state <> 'parked' ORDER BY store, seq;
       COMMIT`, this.database);
    const customers = [];
    const changes = [];
    for (const [what, ...row] of rows) {
      if (what === 'customer') {
        const [id, email, first_name, last_name, notes] = row;
        customers.push({ id, email, first_name, last_name, notes });
      } else {
        const [change_id, key, kind, store, epoch, seq, received] = row;
        changes.push({ change_id, key, kind, store, epoch, seq: Number(seq), received_at: received === '' ? null : Number(received) });
      }
    }
    return { customers, changes };
  }

  // One figure of this instance's /metrics; labels as they stand there.
  async metric(nameAndLabels) {
    const { text } = await request({ port: this.port, path: '/metrics', deadline: 2000, headers: { authorization: `Bearer ${this.token}` } });
    const line = text.split('\n').find((each) => each.startsWith(nameAndLabels + ' '));
    return line ? Number(line.slice(nameAndLabels.length + 1)) : 0;
  }

  async changeCount() {
    return Number((await this.postgres.sql('SELECT count(*) FROM hq.changes', this.database))[0][0]);
  }
}
