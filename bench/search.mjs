// How soon somebody is found among many, alone and while customers are created, and what the index costs on disk. The queries are
// data/queries.txt, made by `bench_search queries --seed 7`. SEARCH_CUSTOMERS sets the size of the town: the goals are about 1000000,
// which takes ten minutes to fill.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { call } from './programs.mjs';

const queries = fileURLToPath(new URL('data/queries.txt', import.meta.url));
const hour = 3_600_000;
const seed = 7; // the queries are about this town

const ask = (ctx, rate, only) =>
  call('bench_search', ['ask', '--database', ctx.state.database, '--queries', queries, '--seed', seed, '--rate', rate, '--only', only]);
const peer = (ctx, how) => call('bench_search', ['peer', '--peer', ctx.state.peer, '--queries', queries, '--how', how], { deadline: hour });

export default {
  name: 'search',
  says: 'Customers found by 2,000 queries: beginnings, frequent names, slips, exchanged names, telephones, mail, nobody; and names alone beside what else finds them.',
  sizes: { customers: Number(process.env.SEARCH_CUSTOMERS ?? 100_000) },
  smoke: { customers: 10_000 },
  setup: async (ctx) => {
    const state = { database: join(ctx.folder, 'store.db'), peer: join(ctx.folder, 'peer.db') };
    const args = ['fill', '--database', state.database, '--peer', state.peer, '--customers', ctx.sizes.customers, '--seed', seed];
    return { ...state, filled: await call('bench_search', args, { deadline: hour }) };
  },
  variants: {
    index: async ({ state }) => state.filled,
    ours: (ctx) => ask(ctx, 0, 'all'),
    writing: (ctx) => ask(ctx, 100, 'all'),
    'ours-names': (ctx) => ask(ctx, 0, 'names'),
    like: (ctx) => peer(ctx, 'like'),
    trigrams: (ctx) => peer(ctx, 'fts'),
    'trigrams-rank': (ctx) => peer(ctx, 'fts-rank'),
  },
  goals: [
    { id: 'G7', says: 'p50 of any search', figure: ['ours', 'p50'], atMost: 3 },
    { id: 'G7', says: 'p99 of any search', figure: ['ours', 'p99'], atMost: 25 },
    { id: 'G7', says: 'p50 while 100 customers a second are created', figure: ['writing', 'p50'], atMost: 3 },
    { id: 'G7', says: 'p99 while 100 customers a second are created', figure: ['writing', 'p99'], atMost: 25 },
    { id: 'G7', says: 'names, slowest, against trigrams put in order', ratio: ['ours-names', 'trigrams-rank'], of: 'p99', atMost: 0.5 },
    { id: 'G9', says: 'bytes of index per customer', figure: ['index', 'perCustomerBytes'], atMost: 250 },
  ],
};
