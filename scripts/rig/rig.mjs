// A whole small world in one private folder: authority, broker, PostgreSQL, head office, one store with its terminals.
// The tour and the end-to-end tests are plays on this stage.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Authority } from './certs.mjs';
import { Broker } from './broker.mjs';
import { Daemon } from './daemon.mjs';
import { HeadOffice } from './headoffice.mjs';
import { Journal, readJournals } from './journal.mjs';
import { Postgres } from './postgres.mjs';
import { Random, seedFromEnvironment } from './random.mjs';
import { Terminal } from './terminal.mjs';
import { check } from './checker.mjs';
import { freePort } from './ports.mjs';
import { freshFolder, removeFolder } from './folder.mjs';
import { killEverything, sleep, until } from './process.mjs';

process.on('exit', killEverything);

export class Rig {
  // `offices`: how many tillgate-hq share the load; `daemon`, `office`, `broker`: settings of theirs. KEEP=1 leaves the folder behind.
  static async create({ folder = null, ...options } = {}) {
    const rig = new Rig();
    rig.folder = folder ?? freshFolder();
    rig.random = new Random(seedFromEnvironment());
    rig.crew = [];
    rig.offices = [];
    try {
      await rig.prepare(options);
    } catch (error) {
      await rig.dispose();
      throw error;
    }
    return rig;
  }

  // Folders, certificates, ports, configurations. Nothing is started.
  async prepare({ offices = 1, terminals = 8, daemon = {}, office = {}, broker = {} }) {
    this.journals = join(this.folder, 'terminals');
    mkdirSync(this.journals, { mode: 0o700, recursive: true });

    const ca = this.authority = await Authority.create(join(this.folder, 'tls'));
    this.storeCert = await ca.issue('store', 'tillgate/v1/demo/store-001');
    this.brokerCert = await ca.issue('broker', 'broker', { names: 'IP:127.0.0.1,DNS:localhost' });

    const brokerPort = await freePort();
    this.broker = new Broker({ folder: join(this.folder, 'broker'), port: brokerPort, ca: ca.cert, ...this.brokerCert, ...broker });
    this.postgres = new Postgres({ folder: join(this.folder, 'postgres'), port: await freePort() });
    this.database = 'headoffice';
    for (let n = 1; n <= offices; ++n) {
      // The broker takes the name in the certificate as client id, so each instance has its own.
      const commonName = n === 1 ? 'head-office' : `head-office-${n}`;
      const officeCert = await ca.issue(commonName, commonName);
      this.offices.push(await HeadOffice.create({ folder: join(this.folder, 'headoffice'), name: `hq-${n}`, port: await freePort(), brokerPort,
        ca: ca.cert, ...officeCert, postgres: this.postgres, database: this.database, ...office }));
    }
    this.daemon = await Daemon.create({ folder: join(this.folder, 'store-001'), port: await freePort(), brokerPort, ca: ca.cert, ...this.storeCert,
      terminals, ...daemon });
  }

  get office() { return this.offices[0]; }

  async startBackground() {
    await this.postgres.create();
    await Promise.all([this.broker.start(), this.postgres.start()]);
    await this.postgres.createDatabase(this.database);
  }

  async start() {
    await this.startBackground();
    for (const office of this.offices) await office.start();
    await this.daemon.start();
  }

  // Terminals at work; each writes its own journal. Answers at once.
  hire(count, { pace, patchShare, requestDeadline } = {}) {
    for (let n = 0; n < count; ++n) {
      const { id, token } = this.daemon.terminals[n];
      const journal = new Journal(join(this.journals, `${id}.jsonl`));
      const terminal = new Terminal({ id, token, port: this.daemon.port, journal, random: this.random.fork(), patchShare, requestDeadline });
      terminal.work = terminal.run({ pace });
      terminal.work.catch((error) => { terminal.failure = error; });
      this.crew.push(terminal);
    }
    return this.crew;
  }

  total(count) { return this.crew.reduce((sum, terminal) => sum + terminal.counts[count], 0); }
  waiting() { return this.crew.filter((terminal) => terminal.isWaiting).length; }

  // No new operation; those begun are asked for until they are answered.
  async sendHome(deadline = 60_000) {
    this.crew.forEach((terminal) => terminal.stop());
    const timer = setTimeout(() => this.crew.forEach((terminal) => terminal.abandon()), deadline);
    await Promise.allSettled(this.crew.map((terminal) => terminal.work));
    clearTimeout(timer);
    const failure = this.crew.find((terminal) => terminal.failure)?.failure;
    for (const terminal of this.crew) terminal.journal.close();
    this.crew = [];
    if (failure) throw failure;
  }

  async report(options = {}) {
    return check({ lines: readJournals(this.journals), ...(await this.office.committed()), ...options });
  }

  // Waits until head office holds everything that was answered, or until nothing has moved for `patience`: then the report says
  // what is missing.
  async settle({ deadline = 60_000, patience = 20_000, every = 250 } = {}) {
    const end = Date.now() + deadline;
    let report = await this.report();
    let movedAt = Date.now();
    while (report.committed < report.answered && Date.now() < end && Date.now() - movedAt < patience) {
      await sleep(every);
      const next = await this.report();
      if (next.committed !== report.committed) movedAt = Date.now();
      report = next;
    }
    return report;
  }

  until(what, probe, options) { return until(what, probe, options); }

  async dispose() {
    this.crew.forEach((terminal) => { terminal.abandon(); terminal.agent.destroy(); });
    await this.daemon?.stop({ deadline: 10_000 });
    await Promise.all(this.offices.map((office) => office.stop()));
    await Promise.all([this.broker?.stop(), this.postgres?.stop()]);
    this.postgres?.dispose();
    if (this.daemon?.extraFolder) removeFolder(this.daemon.extraFolder);
    if (process.env.KEEP !== '1') removeFolder(this.folder);
  }
}
