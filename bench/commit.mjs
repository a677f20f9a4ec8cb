// How fast commands become durable, without HTTP: the real store against what SQLite itself can do with the same rows.
import { call, slowFlush } from './programs.mjs';

const secondsMax = 3;
const raw = (group) => ({ folder, state, env = {} }) =>
  call('bench_commit', ['raw', '--folder', folder, '--source', state.source, '--group', group, '--seconds', secondsMax], { env });
const store = ({ folder, sizes, seed }) =>
  call('bench_commit', ['ours', '--folder', folder, '--rows', sizes.rows, '--seed', seed, '--waiting', sizes.waiting]);

// A database whose rows the raw variants write again.
export async function makeSource({ folder, sizes, seed }) {
  await call('bench_commit', ['ours', '--folder', folder, '--rows', sizes.rows, '--seed', seed, '--waiting', 256]);
  return { source: folder };
}

export const rawGrouped = raw(100);
export const rawSingle = raw(1);
export const slowly = (measure) => (ctx) => measure({ ...ctx, env: slowFlush() });

export default {
  name: 'commit',
  says: 'Durable creates without HTTP: validation, ledger, chain, answers and sealing in the store, 256 waiting at once; against SQLite with the same rows, schema, indexes and pragmas, 100 and 1 to a commit.',
  sizes: { rows: 30_000, waiting: 256 },
  smoke: { rows: 300 },
  setup: makeSource,
  variants: { store, 'SQLite by 100': rawGrouped, 'SQLite by 1': rawSingle },
};
