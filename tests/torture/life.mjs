// One life of a store on a recorded disk: first start and first migration, terminals that write, idle moments (checkpoints), kills
// and orderly stops. Every line of the terminals' journal says how far the write log had come: what was answered before a log entry
// must be there after any cut behind that entry.
import { join } from 'node:path';
import { Daemon } from '../../scripts/rig/daemon.mjs';
import { Journal, readJournals } from '../../scripts/rig/journal.mjs';
import { Terminal } from '../../scripts/rig/terminal.mjs';
import { freePort } from '../../scripts/rig/ports.mjs';
import { sleep } from '../../scripts/rig/process.mjs';
import { RecordedDisk } from './disk.mjs';
import { readLog } from './write_log.mjs';

const terminalsAtWork = 4;
const rowsMax = 900;  // a start checks the chain of the last 1,000: of all there are

class MarkedJournal extends Journal {
  constructor(file, position) {
    super(file);
    this.position = position;
  }

  write(line) { super.write({ ...line, log: this.position() }); }
}

// What became of each request, in order of asking: {op, terminal, kind, key, id, fields, ifMatch, askedAt, answer: {at, status, id, etag} | null}
export function operationsOf(lines) {
  const operations = new Map();
  for (const line of lines) {
    if (line.what === 'invoke' && !operations.has(line.op)) {
      const { op, terminal, kind, key, id, fields, ifMatch, log } = line;
      operations.set(op, { op, terminal, kind, key, id, fields, ifMatch, askedAt: log, answer: null });
    }
    const operation = operations.get(line.op);
    if (line.what === 'ok' && !operation.answer) operation.answer = { at: line.log, status: line.status, id: line.id, etag: line.etag };
    if (line.what === 'refused') throw new Error(`a terminal was refused (${line.status} ${line.code}): the play is wrong`);
  }
  return [...operations.values()].sort((a, b) => a.askedAt - b.askedAt);
}

// `env`: of tillgated; the canaries' shim comes in here. Answers {disk, daemon, entries, operations}; the caller removes the disk.
export async function live({ folder, random, seconds, env = {} }) {
  const disk = new RecordedDisk(join(folder, 'disk'));
  await disk.start();
  const daemon = await Daemon.create({ folder: join(folder, 'store'), dataDir: join(disk.mountpoint, 'data'), port: await freePort(), terminals: terminalsAtWork });
  daemon.process.env = env;
  const crew = [];
  let report = { kills: 0, stops: 0 };
  try {
    await daemon.start();
    for (const { id, token } of daemon.terminals) {
      const journal = new MarkedJournal(join(folder, `${id}.jsonl`), () => disk.position);
      const terminal = new Terminal({ id, token, port: daemon.port, journal, random: random.fork(), patchShare: 0.35, requestDeadline: 5000 });
      terminal.work = terminal.run({ pace: () => random.between(0, 40) });
      crew.push(terminal);
    }
    report = await play({ daemon, crew, random, seconds });
    for (const terminal of crew) terminal.stop();
    await Promise.all(crew.map((terminal) => terminal.work));
    await daemon.stop();
  } finally {
    for (const terminal of crew) {
      terminal.abandon();
      terminal.agent.destroy();
      terminal.journal.close();
    }
    await daemon.process.kill9();
    await disk.stop();
  }
  return { ...report, disk, daemon, entries: readLog(disk.log), operations: operationsOf(readJournals(folder)) };
}

async function play({ daemon, crew, random, seconds }) {
  const end = Date.now() + seconds * 1000;
  const started = () => crew.reduce((sum, terminal) => sum + terminal.counts.started, 0);
  let kills = 0;
  let stops = 0;
  while (Date.now() < end && started() < rowsMax) {
    await sleep(random.between(200, 1200));
    const chance = random.next();
    if (chance < 0.2) {
      await daemon.kill9();
      ++kills;
      await daemon.start();
    } else if (chance < 0.35) {
      await daemon.stop();
      ++stops;
      await daemon.start();
    }
  }
  return { kills, stops };
}
