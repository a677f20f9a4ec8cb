// Durable creates through HTTP, beside what the parts of the way can do alone and what a gateway in Node does.
import { existsSync } from 'node:fs';
import { globalAgent } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Authority } from '../scripts/rig/certs.mjs';
import { binary } from '../scripts/rig/binaries.mjs';
import { Daemon } from '../scripts/rig/daemon.mjs';
import { freePort } from '../scripts/rig/ports.mjs';
import { Process, until } from '../scripts/rig/process.mjs';
import { request } from '../scripts/rig/http.mjs';
import { makeToken } from '../scripts/rig/secrets.mjs';
import { makeSource, rawGrouped, rawSingle, slowly } from './commit.mjs';
import { call, slowFlush } from './programs.mjs';

const peer = fileURLToPath(new URL('peers/node-gateway/', import.meta.url));

async function prepare(ctx) {
  const authority = await Authority.create(join(ctx.folder, 'tls'));
  return { ...(await makeSource(ctx)), ca: authority.cert, ...(await authority.issue('store', 'tillgate/v1/demo/store-001')) };
}

function load({ sizes, seed }, { port, clients, token = 'none', what = 'create' }) {
  globalAgent.destroy();  // our own connection, kept from asking whether it is ready: 256 is also all that the gateway takes
  return call('bench_load', ['--port', port, '--clients', clients, '--run-ms', sizes.runMs, '--warm-ms', sizes.warmMs,
    '--seed', seed, '--token', token, '--what', what]);
}

// Head office cannot be reached, as in the hours that count: nothing is sent, everything is kept. So for the peer.
const gateway = ({ clients, what, isSlow = false }) => async (ctx) => {
  const { ca, cert, key } = ctx.state;
  const daemon = await Daemon.create({ folder: ctx.folder, port: await freePort(), brokerPort: await freePort(), ca, cert, key, terminals: 1, logLevel: 'error' });
  if (isSlow) daemon.process.env = slowFlush();
  try {
    await daemon.start();
    return await load(ctx, { port: daemon.port, clients, token: daemon.terminals[0].token, what });
  } finally {
    await daemon.stop();
  }
};

const parseOnly = ({ clients }) => async (ctx) => {
  const { token, hash } = await makeToken();
  const log = join(ctx.folder, 'parse-only.log');
  const server = new Process('bench_parse_only', { log }).start(binary('bench_parse_only'), ['--token-hash', hash]);
  try {
    const port = await until('the parse-only server listens', () => Number(server.logText()), { owner: server });
    return await load(ctx, { port, clients, token });
  } finally {
    await server.kill9();
  }
};

const nodeGateway = ({ clients, isSlow = false }) => async (ctx) => {
  const { token } = await makeToken();
  const port = await freePort();
  const server = new Process('node gateway', { log: join(ctx.folder, 'node-gateway.log'),
    env: { ...(isSlow ? slowFlush() : {}), PORT: String(port), TOKEN: token, DATABASE: join(ctx.folder, 'gateway.db'), BROKER: `mqtt://127.0.0.1:${await freePort()}` } });
  server.start(process.execPath, [join(peer, 'gateway.mjs')]);
  try {
    await until('the Node gateway answers', async () => (await request({ port, path: '/live', deadline: 1000 })).status === 200, { owner: server });
    return await load(ctx, { port, clients, token });
  } finally {
    await server.stop();
  }
};

const nodeIsMissing = () => (existsSync(join(peer, 'node_modules')) ? null : 'its packages are not installed (npm ci)');
const sizes = { rows: 30_000, runMs: 2000, warmMs: 300 };
const smoke = { rows: 200, runMs: 300, warmMs: 0 };

export default [{
  name: 'http',
  says: 'Durable creates through the whole gateway by 1, 32 and 256 clients, head office out of reach; against answering without a database, a bare ping, SQLite alone, and a gateway in Node.',
  sizes, smoke, setup: prepare, lacks: { 'Node gateway, 32': nodeIsMissing },
  variants: {
    'create, 256': gateway({ clients: 256 }),
    'parse only, 256': parseOnly({ clients: 256 }),
    'SQLite by 100': rawGrouped,
    'ping, 256': gateway({ clients: 256, what: 'ping' }),
    'create, 32': gateway({ clients: 32 }),
    'SQLite by 1': rawSingle,
    'Node gateway, 32': nodeGateway({ clients: 32 }),
    'create, 1': gateway({ clients: 1 }),
  },
  goals: [
    { id: 'G1', says: 'the whole way costs at most 70 % of what SQLite can', ratio: ['create, 256', 'SQLite by 100'], atLeast: 0.3 },
    { id: 'G1', says: 'durable costs at most a quarter of answering at all', ratio: ['create, 256', 'parse only, 256'], atLeast: 0.75 },
    { id: 'G2', says: 'grouping pays', ratio: ['create, 32', 'SQLite by 1'], atLeast: 2.5 },
    { id: 'G2', says: 'nobody waits long', figure: ['create, 32', 'p99'], atMost: 10 },
    { id: 'G3', says: 'faster than what one would write in Node', ratio: ['create, 32', 'Node gateway, 32'], atLeast: 6 },
  ],
}, {
  name: 'http-slow',
  says: 'The same where every flush takes 2 ms more (LD_PRELOAD over fsync and fdatasync), as on the card or eMMC of a store.',
  sizes, smoke, setup: prepare, lacks: { 'Node gateway, 32': nodeIsMissing },
  variants: {
    'create, 32': gateway({ clients: 32, isSlow: true }),
    'SQLite by 1': slowly(rawSingle),
    'Node gateway, 32': nodeGateway({ clients: 32, isSlow: true }),
    'create, 256': gateway({ clients: 256, isSlow: true }),
    'SQLite by 100': slowly(rawGrouped),
    'create, 1': gateway({ clients: 1, isSlow: true }),
  },
  goals: [
    { id: 'G2', says: 'grouping pays most where flushes are slow', ratio: ['create, 32', 'SQLite by 1'], atLeast: 10 },
    { id: 'G2', says: 'nobody waits long', figure: ['create, 32', 'p99'], atMost: 25 },
    { id: 'G3', says: 'faster than what one would write in Node', ratio: ['create, 32', 'Node gateway, 32'], atLeast: 12 },
  ],
}];
