// A backup as a technician meets it: taken while the store works, put in place of what was lost, and whoever was erased since stays
// erased, in the store and in every byte of its files.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { play } from './stage.mjs';
import { binary } from '../../scripts/rig/binaries.mjs';
import { run, until } from '../../scripts/rig/process.mjs';

const canary = 'Zq7CANARYerased';
const ctl = (args) => run(binary('tillgatectl'), args).then((text) => ({ code: 0, text }), (error) => ({ code: error.code, text: `${error.stdout}${error.stderr}` }));

play('Row35 Row76: a backup is taken at work and restored, and the erased stay erased', { daemon: { roles: ['staff', 'manager'] } }, async (rig) => {
  const { daemon } = rig;
  const manager = daemon.terminals.find(({ role }) => role === 'manager') ?? daemon.terminals[0];
  const create = async (body, key) => {
    const made = await daemon.call({ method: 'POST', path: '/api/v1/customers', headers: { 'content-type': 'application/json', 'idempotency-key': key }, body });
    assert.equal(made.status, 201, made.text);
    return made.json.customer;
  };
  const restore = (file, ...more) => ctl(['restore', file, '--store', 'store-001', '--data-dir', daemon.dataDir, '--pii-key-file', daemon.settings.pii, '--index-key-file', daemon.settings.index, ...more]);
  const erased = await create({ first_name: canary, last_name: 'Example', notes: `${canary} notes` }, 'k1');
  const kept = await create({ first_name: 'Kept', last_name: 'Example' }, 'k2');

  rig.hire(2);
  const said = await daemon.ctl(['backup']);
  await rig.sendHome();
  assert.match(said, /^store-001-\d{8}T\d{9}Z\.backup: /);
  const status = await daemon.status();
  assert.ok(status.storage.last_backup_at);
  // What a technician carries away.
  const usb = join(daemon.folder, 'usb');
  mkdirSync(usb);
  for (const name of readdirSync(join(daemon.dataDir, 'backups'))) copyFileSync(join(daemon.dataDir, 'backups', name), join(usb, name));
  const file = join(usb, said.split(':')[0]);
  assert.ok(!readFileSync(file, 'latin1').includes(canary), 'sealed');

  const younger = await create({ first_name: 'Younger', last_name: 'Example' }, 'k3');
  await until('head office has it', async () => (await daemon.status()).head_office.waiting === 0, { deadline: 60_000 });
  const gone = await daemon.call({ method: 'DELETE', path: `/api/v1/customers/${erased.id}`, headers: { 'idempotency-key': 'k4', 'if-match': '*' } }, manager);
  assert.equal(gone.status, 200, gone.text);
  const running = await restore(file);
  assert.equal(running.code, 75, running.text);
  assert.match(running.text, /stop tillgated first/);
  await daemon.stop();
  for (const folder of ['.', 'backups'])
    assert.ok(readFileSync(join(daemon.dataDir, folder, 'erased.list'), 'utf8').includes(erased.id), `on the list in ${folder} after an orderly stop`);

  // The control: the same scan finds the erased in the backup once it is opened, restored where nobody knows of the erasure.
  const elsewhere = join(daemon.folder, 'elsewhere');
  mkdirSync(elsewhere);
  const keys = ['--pii-key-file', daemon.settings.pii, '--index-key-file', daemon.settings.index];
  rmSync(join(usb, 'erased.list'));
  const refused = await ctl(['restore', file, '--store', 'store-001', '--data-dir', elsewhere, ...keys]);
  assert.equal(refused.code, 65, refused.text);
  assert.match(refused.text, /nothing here says who was erased/);
  const careless = await ctl(['restore', file, '--store', 'store-001', '--data-dir', elsewhere, '--no-erased-list', ...keys]);
  assert.equal(careless.code, 0, careless.text);
  const bytesIn = (folder) => readdirSync(folder).filter((name) => /^tillgate\.db(-wal)?$/.test(name)).map((name) => readFileSync(join(folder, name), 'latin1')).join('');
  assert.ok(bytesIn(elsewhere).includes(canary), 'the control scan finds the canary');

  // The database is lost; the list beside it is not.
  const lost = readdirSync(daemon.dataDir).filter((name) => name.startsWith('tillgate.db') && !name.endsWith('.lock'));
  for (const name of lost) rmSync(join(daemon.dataDir, name));
  const altered = join(usb, 'altered.backup');
  const bytes = readFileSync(file);
  bytes[bytes.length >> 1] ^= 1;
  writeFileSync(altered, bytes);
  const damaged = await restore(altered);
  assert.equal(damaged.code, 65, damaged.text);
  assert.match(damaged.text, /altered/);
  assert.ok(!existsSync(join(daemon.dataDir, 'tillgate.db')));
  const restored = await restore(file, '--json');
  assert.equal(restored.code, 0, restored.text);
  assert.equal(JSON.parse(restored.text).erased_anew, 1);
  assert.ok(!bytesIn(daemon.dataDir).includes(canary), 'no byte of the erased is in what is put in place');

  await daemon.start();
  const read = (id) => daemon.call({ path: `/api/v1/customers/${id}` });
  assert.equal((await read(erased.id)).status, 410);
  assert.equal((await read(kept.id)).json.customer.first_name, 'Kept');
  assert.equal((await read(younger.id)).status, 404, 'younger than the backup');
  await create({ first_name: 'After', last_name: 'Restore' }, 'k5');
  await until('head office goes on with it', async () => (await daemon.status()).head_office.waiting === 0, { deadline: 60_000 });
  const rows = await rig.postgres.sql(`SELECT count(*) FROM hq.customers WHERE id = '${younger.id}'`, rig.database);
  assert.equal(Number(rows[0][0]), 1, 'head office still has what was younger than the backup');
  assert.ok(!bytesIn(daemon.dataDir).includes(canary));
});

play('a restore that was interrupted is not taken for an empty store', {}, async (rig) => {
  const { daemon } = rig;
  await daemon.ctl(['backup']);
  await daemon.stop();
  const database = join(daemon.dataDir, 'tillgate.db');
  renameSync(database, `${database}.replaced-20261128T061500Z`);
  writeFileSync(`${database}.restore-begun`, 'tillgate.db.replaced-20261128T061500Z\n');
  const { code, stderr } = await daemon.once(['--config', daemon.config]).then(() => ({ code: 0 }), (error) => error);
  assert.equal(code, 78);
  assert.match(stderr, /run the same tillgatectl restore again/);
  assert.ok(!existsSync(database));
});
