// Which benches there are, in the order in which they run and stand in RESULTS.md: one module of this folder a line.
const modules = ['commit', 'http', 'drain', 'footprint', 'matching', 'search'];

// Those named, or all. A module holds one bench or a list of them; each is checked before anything runs.
export async function loadBenches(only) {
  const all = [];
  for (const module of modules) all.push(...[(await import(`./${module}.mjs`)).default].flat());
  const unknown = only.filter((name) => !all.some((bench) => bench.name === name));
  if (unknown.length > 0) throw new Error(`no bench ${unknown.join(', ')}; there are: ${all.map((bench) => bench.name).join(', ')}`);
  for (const bench of all) check(bench);
  return all.filter((bench) => only.length === 0 || only.includes(bench.name));
}

function check({ name, says, goals, variants, sizes, smoke }) {
  if (!name || !says || !variants || !sizes || !smoke) throw new Error(`bench ${name ?? '?'} lacks name, says, variants, sizes or smoke`);
  for (const goal of goals ?? []) {
    for (const variant of goal.ratio ?? [goal.figure?.[0]]) {
      if (!(variant in variants)) throw new Error(`${name}: goal ${goal.id} names a variant that is not there: ${variant}`);
    }
    if ((goal.atLeast === undefined) === (goal.atMost === undefined)) throw new Error(`${name}: goal ${goal.id} needs atLeast or atMost`);
  }
}
