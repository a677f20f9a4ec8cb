// The report of a torture run, written by the program and by nobody else.
const sum = (list, figure) => list.reduce((total, one) => total + one[figure], 0);
const bound = (n) => `below ${(300 / n).toPrecision(2)} %`;
const table = ([head, ...rows]) => [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

export function report({ hours, seed, machine, took, caught, lives, lanes }) {
  const cuts = sum(lives, 'cuts');
  const found = lives.flatMap((life) => life.findings);
  const rows = [['lane', 'tried', 'found something', 'rate, at 95 %', 'how']];
  rows.push(['power cuts, real ext4, real tillgated', `${cuts} cuts`, found.length, found.length === 0 ? bound(cuts) : '', `${lives.length} lives`]);
  for (const lane of lanes) rows.push([lane.name, `${lane.count} ${lane.unit}`, lane.findings.length, lane.findings.length === 0 ? bound(lane.count) : '', lane.says]);
  const parts = [
    '# Torture',
    'Written by `make torture`; never by hand. How it works: [simulation.md](../simulation.md).',
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB.toFixed(1)} GiB; ${machine.system}, Linux ${machine.kernel}; disks on ${machine.fileSystem}. `
      + `Commit ${machine.commit}, ${new Date().toISOString().slice(0, 10)}, HOURS=${hours}, SEED=${seed}, took ${Math.round(took / 60)} minutes.`,
    '## What was tried', table(rows),
    '## Power cuts on ext4',
    `${lives.length} lives of a store: ${sum(lives, 'requests')} requests, ${sum(lives, 'answered')} answered, ${sum(lives, 'kills')} kills, ${sum(lives, 'stops')} orderly stops, `
      + `${sum(lives, 'writes')} writes and ${sum(lives, 'flushes')} flushes recorded. Of ${cuts} cuts ${sum(lives, 'torn')} tore writes into sectors of 512 bytes; `
      + `${sum(lives, 'inFlight')} requests were in flight when the power went; ${sum(lives, 'mended')} times ext4 needed e2fsck to mount (a torn superblock). ${Math.round(sum(lives.map((life) => ({ ms: life.msPerCut * life.cuts })), 'ms') / Math.max(cuts, 1))} ms per cut.`,
    '## Canaries',
    table([['planted', 'caught after', 'as'], ...caught.map(({ name, cuts: needed, found: what }) => [name, what ? `${needed} cuts` : `**not in ${needed} cuts**`, what ? `${what.what}` : ''])]),
    '## Findings',
    found.length + lanes.flatMap((lane) => lane.findings).length === 0 ? 'None.' : [
      ...found.map(({ after, kind, isTorn, wrong }) => `* after ${after}, ${kind}${isTorn ? ', torn' : ''}: ${wrong.slice(0, 3).map(({ what, why }) => `${what}: ${why}`).join('; ')}`),
      ...lanes.flatMap((lane) => lane.findings.map((text) => `* ${lane.name}:\n\n\`\`\`\n${text}\n\`\`\``)),
    ].join('\n'),
  ];
  return `${parts.join('\n\n')}\n`;
}
