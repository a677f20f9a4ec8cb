// A private PostgreSQL cluster in a folder of its own, on loopback, with a password. It refuses to run as root, so root lends
// it the user postgres (which its package brings).
import { accessSync, chmodSync, chownSync, constants, existsSync, mkdirSync, readdirSync, writeFileSync, appendFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Process, run, runSync, until } from './process.mjs';
import { freshFolder, removeFolder } from './folder.mjs';

function binaries() {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a)) : [];
  for (const folder of versions.map((version) => `/usr/lib/postgresql/${version}/bin`)) {
    if (existsSync(join(folder, 'postgres'))) return folder;
  }
  try { return runSync('pg_config', ['--bindir']).trim(); } catch { /* below */ }
  throw new Error('no PostgreSQL server found (package postgresql)');
}

const isRoot = process.getuid() === 0;

function asPostgres(command, args) {
  return isRoot ? ['setpriv', ['--reuid', 'postgres', '--regid', 'postgres', '--init-groups', '--', command, ...args]] : [command, args];
}

export class Postgres {
  // `folder` belongs to us; the cluster lies in a folder of the database's user inside it, or beside it where the way is barred.
  constructor({ folder, port }) {
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    this.port = port;
    this.bin = binaries();
    this.password = randomBytes(12).toString('hex');
    this.home = join(folder, 'cluster');
    this.borrowed = null;
    mkdirSync(this.home, { mode: 0o700 });
    if (isRoot) {
      this.uid = Number(runSync('id', ['-u', 'postgres']));
      this.gid = Number(runSync('id', ['-g', 'postgres']));
      chownSync(this.home, this.uid, this.gid);
      try {
        runSync(...asPostgres('test', ['-w', this.home]));
      } catch {
        this.borrowed = this.home = freshFolder({ below: '/tmp', prefix: 'tillgate-postgres-' });
        chownSync(this.home, this.uid, this.gid);
        chmodSync(this.home, 0o700);
      }
    }
    accessSync(this.home, constants.R_OK);
    this.data = join(this.home, 'data');
    this.process = new Process('postgres', { log: join(folder, 'postgres.log'), user: isRoot ? 'postgres' : null, deathSignal: 'QUIT', cwd: this.home });
  }

  async create() {
    const secret = join(this.home, 'password');
    writeFileSync(secret, `${this.password}\n`, { mode: 0o600 });
    if (isRoot) chownSync(secret, this.uid, this.gid);
    await run(...asPostgres(join(this.bin, 'initdb'), ['-D', this.data, '-U', 'tillgate', '-A', 'scram-sha-256', `--pwfile=${secret}`,
      '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync']), { cwd: this.home });
    appendFileSync(join(this.data, 'postgresql.conf'), `
listen_addresses = '127.0.0.1'
port = ${this.port}
unix_socket_directories = ''
max_connections = 40
shared_buffers = 32MB
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = off
`);
  }

  async start() {
    this.process.start(join(this.bin, 'postgres'), ['-D', this.data]);
    await until('PostgreSQL takes connections', () => this.sql('SELECT 1', 'postgres'), { owner: this.process, deadline: 30_000, every: 100 });
  }

  // Fast shutdown: connections are cut, everything committed stays.
  stop() { return this.process.stop({ signal: 'SIGINT', deadline: 20_000 }); }
  kill9() { return this.process.stop({ signal: 'SIGQUIT', deadline: 5_000 }); }

  conninfo(database) {
    return `host=127.0.0.1 port=${this.port} user=tillgate password=${this.password} dbname=${database} connect_timeout=5`;
  }

  url(database) {
    return `postgresql://tillgate:${this.password}@127.0.0.1:${this.port}/${database}`;
  }

  // Rows as lists of texts. Asked through psql, so that no code of ours stands between the check and the database.
  async sql(statement, database) {
    const out = await run(join(this.bin, 'psql'), ['-XAtq', '-F', '\x1f', '-v', 'ON_ERROR_STOP=1', '-d', this.conninfo(database), '-c', statement]);
    return out.split('\n').filter((line) => line !== '').map((line) => line.split('\x1f'));
  }

  async createDatabase(name) {
    await this.sql(`CREATE DATABASE ${name}`, 'postgres');
  }

  dispose() {
    if (this.borrowed) removeFolder(this.borrowed);
  }
}
