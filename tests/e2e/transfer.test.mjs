// Customers come in by the thousand and leave again, with tillgated and tillgatectl killed in the middle: nobody is lost, nobody is there twice.
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customersInStore, play } from './stage.mjs';
import { Process, until } from '../../scripts/rig/process.mjs';
import { binary } from '../../scripts/rig/binaries.mjs';

const rows = Number(process.env.ROWS ?? 40_000);
const badEvery = 1000;

const fileOf = (count) => {
  const lines = ['First Name;Last Name;DOB;Phone;Notes'];
  for (let i = 1; i <= count; ++i) lines.push(`Zoë ${i};"O'Neil; ${i}";${i % badEvery === 0 ? 'never' : '12/31/1990'};+1415${String(5_000_000 + i)};"=cmd|' /C'!A0`.concat('\n', `line two ""${i}"""`));
  return `\ufeff${lines.join('\r\n')}\r\n`;
};
// The report's lines as arrays; it has no line breaks or commas inside of what is looked at here.
const linesOf = (report) => report.trim().split('\r\n').slice(1).map((line) => line.split(','));
const countOf = (report) => linesOf(report).reduce((count, [, , status]) => ({ ...count, [status]: (count[status] ?? 0) + 1 }), {});

function ctlOf(rig, name, args) {
  const ctl = new Process(name, { log: join(rig.daemon.folder, `${name}.log`) });
  ctl.start(binary('tillgatectl'), ['--socket', rig.daemon.socket, ...args]);
  return ctl;
}

play(`Row31: ${rows} rows are imported while both sides are killed`, { timeout: 240_000 }, async (rig, t) => {
  const file = join(rig.daemon.folder, 'customers.csv');
  const report = join(rig.daemon.folder, 'report.csv');
  const folder = join(rig.daemon.dataDir, 'imports');
  writeFileSync(file, fileOf(rows));
  const args = ['import', file, '--dates', 'month_first', '--skip-bad', '--report', report];
  const job = () => {
    const name = readdirSync(folder).find((each) => each.endsWith('.json'));
    return JSON.parse(readFileSync(join(folder, name), 'utf8'));
  };

  // Killed while the file comes up, while rows are judged, and three times while they are written.
  let kills = 0;
  for (const [what, isThere] of [['the file comes', (j) => j.state === 'receiving' || j.state === 'checking'], ['rows are written', (j) => j.state === 'writing' && j.rows > 0],
    ['more are written', (j) => j.rows > rows / 3], ['most are written', (j) => j.rows > rows / 2]]) {
    const ctl = ctlOf(rig, `import-${++kills}`, args);
    await until(what, () => { try { const j = job(); return isThere(j) || j.state === 'done'; } catch { return false; } }, { every: 5, deadline: 60_000 });
    if (kills % 2 === 1) await ctl.kill9();
    await rig.daemon.kill9();
    await rig.daemon.start();
    if (kills % 2 === 0) await ctl.kill9();
  }
  t.diagnostic(`killed at row ${job().rows}, state ${job().state}`);
  assert.equal(statSync(folder).mode & 0o777, 0o700);
  const code = await rig.daemon.ctl(args).then(() => 0, (error) => error.code);
  assert.equal(code, 65, 'some rows were bad');
  const good = rows - rows / badEvery;
  assert.deepEqual(countOf(readFileSync(report, 'utf8')), { created: good, bad: rows / badEvery });
  assert.equal(readdirSync(folder).filter((name) => name.endsWith('.rows')).length, 0, 'the file is gone');

  const customers = await customersInStore(rig);
  assert.equal(customers.length, good);
  assert.equal(new Set(customers.map(({ first_name }) => first_name)).size, good, 'nobody is there twice');
  assert.equal(customers[0].notes, "=cmd|' /C'!A0\nline two \"1\"");
  const ids = new Set(linesOf(readFileSync(report, 'utf8')).map(([, , , id]) => id).filter(Boolean));
  assert.ok(customers.every(({ id }) => ids.has(id)), 'the report names each');

  // Once more, by the same file: nobody is new.
  await rig.daemon.ctl(args).then(() => 0, (error) => error.code);
  assert.deepEqual(countOf(readFileSync(report, 'utf8')), { unchanged: good, bad: rows / badEvery });
  assert.equal((await customersInStore(rig)).length, good);

  // And at head office, once each.
  await until('head office has them', async () => (await rig.daemon.status()).head_office.waiting === 0, { deadline: 120_000 });
  assert.deepEqual(await rig.postgres.sql('SELECT count(*) FROM hq.customers', rig.database), [[String(good)]]);
  for (const { log } of [rig.daemon.process]) assert.ok(!/O'Neil|cmd\|/.test(readFileSync(log, 'utf8')), 'no value in the log');
});

play('Row31 Row36: what is exported is imported elsewhere, and one customer gets everything', {}, async (rig) => {
  const file = join(rig.daemon.folder, 'few.csv');
  writeFileSync(file, fileOf(50));
  assert.match(await rig.daemon.ctl(['import', file, '--dates', 'month_first', '--dry-run']), /Dry run, nothing was written: 50 rows are good, 0 are bad/);
  assert.match(await rig.daemon.ctl(['import', file, '--dates', 'month_first']), /50 rows: 50 created, 0 unchanged, 0 bad/);

  const exported = join(rig.daemon.folder, 'all.csv');
  await rig.daemon.ctl(['export', '--reason', 'migration', '--with-numbers', '--out', exported]);
  assert.equal(statSync(exported).mode & 0o777, 0o600);
  const text = readFileSync(exported, 'utf8');
  assert.ok(!/(^|,)"?[=+@-]/m.test(text.replaceAll(/\n(?=line two)/g, ' ')), 'no cell is a formula');
  const lines = await rig.daemon.ctl(['export', '--reason', 'migration', '--format', 'jsonl']);
  assert.equal(lines.trim().split('\n').length, 50);
  assert.match(await rig.daemon.ctl(['import', exported]), /50 rows: 50 created/);

  const [{ id }] = await customersInStore(rig);
  const subject = JSON.parse(await rig.daemon.ctl(['subject-export', id, '--reason', 'asked']));
  assert.equal(subject.is_whole, true);
  assert.equal(subject.customer.id, id);
  assert.equal(subject.history[0].reason, 'import');

  const failure = (args) => rig.daemon.ctl(args).then(() => assert.fail('it must be refused'), (error) => error);
  writeFileSync(file, 'first_name,Score\nZoë,9\n');
  const { code, stderr } = await failure(['import', file]);
  assert.equal(code, 65);
  assert.match(stderr, /Column 2 .*It reads "Score"/);
  assert.match(stderr, /No column holds last_name/);
  writeFileSync(file, Buffer.from('first_name,last_name\nZo\xeb,Quill\n', 'latin1'));
  const latin = await failure(['import', file]);
  assert.match(latin.stdout, /Line 2 is not UTF-8/);
  assert.equal((await failure(['export'])).code !== 0, true, 'a reason is needed');
  assert.match((await failure(['import', join(rig.daemon.folder, 'nothing.csv')])).message, /cannot read/);
});
