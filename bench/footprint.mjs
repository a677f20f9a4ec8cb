// What a store's box must hold: memory, start-up, disk and flash, and whether terminals notice a backlog that drains.
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import { sleep, until } from '../scripts/rig/process.mjs';
import { uuidV7 } from '../scripts/rig/random.mjs';
import { call } from './programs.mjs';
import { Site } from './site.mjs';

const minutes = 60_000;
const customers = Number(process.env.CUSTOMERS ?? 1_000_000);
const settleMs = 3000;

function procNumber(pid, file, name) {
  const line = readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\n').find((each) => each.startsWith(`${name}:`));
  return Number(line.match(/\d+/)[0]);
}
const residentMiB = (daemon) => procNumber(daemon.process.pid, 'status', 'VmRSS') / 1024;
const peakMiB = (daemon) => procNumber(daemon.process.pid, 'status', 'VmHWM') / 1024;

// What the disk under `folder` has been sent, by everybody: the kernel's figure for one process counts whole folios of the page cache,
// of which a page of 1 KiB can dirty a large one. Where the folder is on no block device, that figure is all there is.
function flashBytes(daemon, folder) {
  const { dev } = statSync(folder);
  const counters = `/sys/dev/block/${(dev >> 8) & 0xfff}:${(dev & 0xff) | ((dev >> 12) & 0xfff00)}/stat`;
  if (!existsSync(counters)) return procNumber(daemon.process.pid, 'io', 'write_bytes');
  execFileSync('sync');
  return Number(readFileSync(counters, 'utf8').trim().split(/\s+/)[6]) * 512;
}

// Customers whom nobody has yet, as the text that a terminal sends; in their order, over and over.
class Bodies {
  constructor(lines) { this.lines = lines; this.taken = 0; }
  static async create({ folder, sizes, seed }) {
    const file = join(folder, 'bodies.jsonl');
    await call('bench_store', ['bodies', sizes.bodies, seed + 2, file]);
    return new Bodies(readFileSync(file, 'utf8').trimEnd().split('\n'));
  }
  next() { return this.lines[this.taken++ % this.lines.length]; }
}

async function setup(ctx) {
  const site = await Site.create(ctx.folder);
  try {
    const bodies = await Bodies.create(ctx);
    const queued = join(ctx.folder, 'queued', 'tillgate.db');
    await site.fill(queued, { customers: ctx.sizes.customers, seed: ctx.seed, state: 'queued' });
    const acked = join(ctx.folder, 'acked', 'tillgate.db');
    mkdirSync(join(ctx.folder, 'acked'), { mode: 0o700 });
    copyFileSync(queued, acked);
    await site.fill(acked, { customers: 0, seed: ctx.seed + 1, state: 'acked' });  // all of it committed at head office
    return { site, queued, acked, bodies };
  } catch (error) {
    await site.dispose();
    throw error;
  }
}

async function startMs(daemon) {
  const began = performance.now();
  await daemon.start();
  return performance.now() - began;
}

// Idle after a clean stop, then after SIGKILL with something in the WAL. The broker is away: nothing is sent, all stays queued.
async function atRest(ctx, from) {
  const daemon = await ctx.state.site.daemon(ctx.folder, { from });
  try {
    const cleanStartMs = await startMs(daemon);
    await sleep(settleMs);
    const idleMiB = residentMiB(daemon);
    await create(daemon, ctx.state.bodies);
    await daemon.kill9();
    const crashStartMs = await startMs(daemon);
    return { cleanStartMs, crashStartMs, idleMiB };
  } finally {
    await daemon.stop();
  }
}

// One customer from one terminal; answers the milliseconds it took.
async function create(daemon, bodies, { agent, terminal } = {}) {
  const key = uuidV7();
  const began = performance.now();
  const answer = await daemon.call({ method: 'POST', path: '/api/v1/customers', agent, body: bodies.next(),
    headers: { 'content-type': 'application/json', 'idempotency-key': key, prefer: 'allow-duplicate' }, deadline: 60_000 }, terminal);
  if (answer.status !== 201) throw new Error(`a create was answered ${answer.status}: ${answer.text}`);
  return performance.now() - began;
}

// `clients` at work until `isOver`, each with a pause between two requests; their waits in milliseconds.
async function work(daemon, bodies, { clients, random, pauseMs = 0, isOver }) {
  const waits = [];
  await Promise.all(Array.from({ length: clients }, async (_, n) => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver(waits.length)) {
      waits.push(await create(daemon, bodies, { agent, terminal: daemon.terminals[n % daemon.terminals.length] }));
      if (pauseMs > 0) await sleep(pauseMs * random.between(0.5, 1.5));
    }
    agent.destroy();
  }));
  return waits;
}

const quantile = (values, share) => [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];

async function underLoad(ctx) {
  const daemon = await ctx.state.site.daemon(ctx.folder, { from: ctx.state.acked });
  try {
    await daemon.start();
    const before = flashBytes(daemon, ctx.folder);
    const began = performance.now();
    const waits = await work(daemon, ctx.state.bodies, { clients: 24, isOver: (count) => count >= ctx.sizes.writes });
    const perSecond = waits.length / ((performance.now() - began) / 1000);
    await sleep(settleMs);  // what is in the WAL goes into the database file in idle time
    const flashPerCustomerBytes = (flashBytes(daemon, ctx.folder) - before) / waits.length;
    const loadMiB = peakMiB(daemon);
    return { loadMiB, perSecond, p99: quantile(waits, 0.99), flashPerCustomerBytes };
  } finally {
    await daemon.stop();
  }
}

// Now and then a write: each pays its own commit and its share of checkpoints.
async function loneWrites(ctx) {
  const daemon = await ctx.state.site.daemon(ctx.folder, { from: ctx.state.acked });
  try {
    await daemon.start();
    await sleep(500);
    const before = flashBytes(daemon, ctx.folder);
    for (let n = 0; n < ctx.sizes.lone; ++n) {
      await create(daemon, ctx.state.bodies);
      await sleep(120);
    }
    const flashBytesEach = (flashBytes(daemon, ctx.folder) - before) / ctx.sizes.lone;
    return { flashEachBytes: flashBytesEach };
  } finally {
    await daemon.stop();
  }
}

async function onDisk(ctx) {
  const { acked } = ctx.state;
  const sizes = await call('bench_store', ['sizes', acked], { deadline: 10 * minutes });
  const of = (start) => Object.entries(sizes).filter(([name]) => name.startsWith(start)).reduce((sum, [, bytes]) => sum + bytes, 0);
  const each = (bytes) => bytes / ctx.sizes.customers;
  return { recordBytes: each(of('customers') + of('ids')), historyBytes: each(of('ledger')),
    allBytes: each(statSync(acked).size) };
}

// A backlog goes up to a real head office while eight terminals work as in a busy store.
async function whileDraining(ctx) {
  const { site, queued } = ctx.state;
  const database = await site.database();
  const office = await site.office(ctx.folder, database.name);
  const daemon = await site.daemon(ctx.folder, { from: queued });
  try {
    await site.broker.start();
    await office.start();
    await daemon.start();
    const begun = await until('the backlog moves', async () => {
      const { waiting } = (await daemon.status()).head_office;
      return waiting < ctx.sizes.customers && waiting > 0 ? waiting : 0;
    }, { every: 5, deadline: 60_000 });
    const end = performance.now() + ctx.sizes.drainMs;
    const waits = await work(daemon, ctx.state.bodies, { clients: 8, random: ctx.random, pauseMs: 50, isOver: () => performance.now() > end });
    const { waiting } = (await daemon.status()).head_office;
    const drained = begun + waits.length - waiting;
    return { p50: quantile(waits, 0.5), p99: quantile(waits, 0.99), worst: Math.max(...waits), perSecond: drained / (ctx.sizes.drainMs / 1000),
      drainMiB: peakMiB(daemon) };
  } finally {
    await daemon.stop();
    await office.stop();
    await site.broker.stop();
    await database.drop();
  }
}

export default {
  name: 'footprint',
  says: `Memory, start-up, disk and flash of a store with ${customers} customers; terminals while as many changes drain.`,
  sizes: { customers, bodies: 60_000, writes: 20_000, lone: 40, drainMs: 15_000 },
  smoke: { customers: 2000, bodies: 2000, writes: 300, lone: 5, drainMs: 200 },
  setup,
  variants: {
    idle: (ctx) => atRest(ctx, ctx.state.acked),
    queued: (ctx) => atRest(ctx, ctx.state.queued),
    load: underLoad,
    lone: loneWrites,
    disk: onDisk,
    draining: whileDraining,
  },
  teardown: ({ state }) => state.site.dispose(),
  goals: [
    { id: 'G8', says: 'MiB resident, idle', figure: ['idle', 'idleMiB'], atMost: 25 },
    { id: 'G8', says: 'MiB resident, all queued', figure: ['queued', 'idleMiB'], atMost: 32 },
    { id: 'G8', says: 'MiB at most, 24 clients at full load', figure: ['load', 'loadMiB'], atMost: 64 },
    { id: 'G8', says: 'ms from start to ready after a clean stop, all queued', figure: ['queued', 'cleanStartMs'], atMost: 300 },
    { id: 'G8', says: 'ms from start to ready after SIGKILL, all queued', figure: ['queued', 'crashStartMs'], atMost: 5000 },
    { id: 'G9', says: 'bytes on disk per customer with its indexes', figure: ['disk', 'recordBytes'], atMost: 900 },
    { id: 'G9', says: 'bytes written to flash for a lone write', figure: ['lone', 'flashEachBytes'], atMost: 12 * 1024 },
    { id: 'G9', says: 'bytes written to flash per customer at load: three times what it takes on disk', figure: ['load', 'flashPerCustomerBytes'], atMost: 3 * 1827 },
    { id: 'G10', says: 'ms, p99 of terminals while a backlog drains', figure: ['draining', 'p99'], atMost: 50 },
  ],
};
