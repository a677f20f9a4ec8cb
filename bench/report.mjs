// Figures as text: a table for the screen, a section for RESULTS.md. Nobody writes RESULTS.md by hand.
import { existsSync, readFileSync } from 'node:fs';
import { spread, text } from './rounds.mjs';

const preamble = `# Results

Written by \`make bench\`; never by hand. Medians of interleaved rounds, smallest and largest in brackets. Absolute figures change
with the machine and with what else it does; the ratios are taken between neighbours in one round and are what the goals are about.
How to read it: [README.md](README.md), what was learned: [docs/performance.md](../docs/performance.md).
`;

const range = ({ median, min, max }) => (min === max ? text(median) : `${text(median)} (${text(min)}..${text(max)})`);
const bound = (goal) => (goal.atLeast !== undefined ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`);
const subject = (goal) => (goal.ratio ? `${goal.ratio[0]} / ${goal.ratio[1]}${goal.of ? `, ${goal.of}` : ''}` : `${goal.figure[0]}, ${goal.figure[1]}`);

function rowsOf({ results }) {
  const names = [...new Set(Object.values(results).flatMap((rounds) => Object.keys(rounds[0])))];
  const head = ['', ...names];
  const rows = Object.entries(results).map(([variant, rounds]) =>
    [variant, ...names.map((name) => (name in rounds[0] ? range(spread(rounds.map((figures) => figures[name]))) : '–'))]);
  return [head, ...rows];
}

const goalRows = ({ goals }) => [
  ['goal', 'says', 'measured as', 'wanted', 'measured', ''],
  ...goals.map((goal) => [goal.id, goal.says, subject(goal), bound(goal), range(goal.measured), goal.isMet ? 'met' : 'MISS']),
];

function aligned(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd()).join('\n');
}

const markdown = ([head, ...rows]) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

export function table(run) {
  const goals = run.goals.length > 0 ? `\n${aligned(goalRows(run))}\n` : '';
  return `\n${aligned(rowsOf(run))}\n${goals}`;
}

export function section({ bench, machine, flush, rounds, seed, results, goals }) {
  const on = [
    `${machine.cpu}, ${machine.cores} cores, ${text(machine.memoryGiB)} GiB`, `${machine.system}, Linux ${machine.kernel}`,
    `${machine.fileSystem} on ${machine.source}`,
  ].join('; ');
  const flushes = flush.map(({ perSecond, p50 }) => `${text(perSecond)}/s (p50 ${text(p50)} ms)`).join(' before, ');
  const parts = [
    `## ${bench.name}`, bench.says,
    `On ${on}. Raw fdatasync of 4 KiB: ${flushes} after. Load ${text(machine.load)}. Commit ${machine.commit}, ${new Date().toISOString().slice(0, 10)}, ${rounds} rounds, SEED=${seed}.`,
    ...(machine.isMemory ? ['**Measured in memory, not on a disk: flushes cost nothing here.**'] : []),
    markdown(rowsOf({ results })),
    ...(goals.length > 0 ? [markdown(goalRows({ goals }))] : []),
  ];
  return `${parts.join('\n\n')}\n`;
}

// The file's sections with the new ones in their places.
export function merged(file, sections) {
  const old = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const all = new Map();
  for (const part of old.split(/^(?=## )/m).slice(1)) all.set(/^## (.*)$/m.exec(part)[1], part);
  for (const [name, part] of sections) all.set(name, part);
  return [preamble, ...all.values()].map((part) => part.trimEnd()).join('\n\n') + '\n';
}
