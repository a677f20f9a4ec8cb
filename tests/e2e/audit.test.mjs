// The audit trail as an auditor meets it: sound while it is as it was written, and not after an older file was put back.
import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { play } from './stage.mjs';
import { binary } from '../../scripts/rig/binaries.mjs';
import { run, sleep, until } from '../../scripts/rig/process.mjs';

const verify = (args) => run(binary('tillgatectl'), ['audit', 'verify', ...args]).then((text) => ({ code: 0, text }), (error) => ({ code: error.code, text: error.stdout + error.stderr }));

play('Row38: head office anchors the audit trail, and an older file that was put back is found', {}, async (rig) => {
  const writeSome = async () => {
    rig.hire(2);
    await sleep(400);
    await rig.sendHome();
    await rig.settle();
    await until('nothing waits', async () => (await rig.daemon.status()).head_office.waiting === 0, { deadline: 20_000 });
  };
  const keepCopy = (name) => {
    const folder = join(rig.daemon.folder, name);
    mkdirSync(folder);
    for (const ending of ['', '-wal']) {
      const file = join(rig.daemon.dataDir, `tillgate.db${ending}`);
      if (existsSync(file)) copyFileSync(file, join(folder, `tillgate.db${ending}`));
    }
    return join(folder, 'tillgate.db');
  };
  await writeSome();
  await rig.daemon.stop();
  const older = keepCopy('older');
  await rig.daemon.start();
  await writeSome();
  const anchor = (await rig.office.command(['anchor', '--org', rig.daemon.org, '--store', rig.daemon.store])).trim();
  assert.match(anchor, /^\d+:[0-9a-f]{64}$/);

  const live = await verify(['--anchor', anchor, '--json']);
  assert.equal((await rig.daemon.ctl(['audit', 'verify', '--anchor', anchor])).split(':')[0], 'sound');
  assert.notEqual(live.code, 0, 'at the default socket nobody answers');

  const open = await verify(['--copy', join(rig.daemon.dataDir, 'tillgate.db')]);
  assert.equal(open.code, 66);
  assert.match(open.text, /has this database open/);
  await rig.daemon.stop();
  const newer = await verify(['--copy', keepCopy('newer'), '--anchor', anchor]);
  assert.equal(newer.code, 0, newer.text);
  assert.match(newer.text, /1 anchors? met/);
  const putBack = await verify(['--copy', older, '--anchor', anchor]);
  assert.equal(putBack.code, 1, putBack.text);
  assert.match(putBack.text, /NOT SOUND/);
  assert.match(putBack.text, /an older file was put back/);
  assert.equal((await verify(['--copy', older])).code, 0, 'the file alone cannot tell');

  const { code } = await rig.office.command(['anchor', '--org', 'demo', '--store', 'nobody']).then(() => ({ code: 0 }), (error) => error);
  assert.equal(code, 1);
  await rig.daemon.start();
});
