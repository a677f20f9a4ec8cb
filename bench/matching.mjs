// How well one person is recognised: the public Febrl sets where TILLGATE_FEBRL_DIR says they lie, and an invented town with families,
// twins and shared phones. Shares are in parts per million. docs/matching.md tells what is behind them.
import { call } from './programs.mjs';

const febrl = process.env.TILLGATE_FEBRL_DIR;
if (!febrl) console.log('matching: TILLGATE_FEBRL_DIR is not set; without the Febrl sets');

const publicSets = febrl
  ? {
      febrl1: () => call('bench_matching', ['febrl1', '--folder', febrl]),
      febrl4: () => call('bench_matching', ['febrl4', '--folder', febrl]),
    }
  : {};

export default {
  name: 'matching',
  says: 'Pairs of one person found, and how many of the pairs found are none; without social security numbers, which no shop has.',
  sizes: { households: 6000 },
  smoke: { households: 300 },
  variants: {
    ...publicSets,
    town: ({ seed, sizes }) => call('bench_matching', ['town', '--seed', seed, '--households', sizes.households]),
    speed: ({ seed }) => call('bench_matching', ['speed', '--seed', seed]),
  },
  goals: [
    ...Object.keys(publicSets).flatMap((set) => [
      { id: `${set} precision`, says: 'of a thousand pairs shown at most one is wrong', figure: [set, 'precisionPpm'], atLeast: 999_000 },
      { id: `${set} recall`, says: 'of a thousand pairs at most fifteen are missed', figure: [set, 'recallPpm'], atLeast: 985_000 },
    ]),
    { id: 'no false merge', says: 'of an invented town nobody is merged with another', figure: ['town', 'samePrecisionPpm'], atLeast: 1_000_000 },
    { id: 'M1', says: '500 candidates judged, with the derived forms, within a few ms', figure: ['speed', 'both500Ms'], atMost: 5 },
  ],
};
