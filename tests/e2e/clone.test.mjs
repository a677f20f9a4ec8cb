// A disk is copied and both copies are used in turn: no write of either is lost, and people are told.
import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { assertClean, play } from './stage.mjs';
import { sleep, until } from '../../scripts/rig/process.mjs';

async function work(rig) {
  rig.hire(2, { patchShare: 0.2 });
  await sleep(800);
  await rig.sendHome();
  assertClean(await rig.settle());
}

async function continueOn(rig, dataDir) {
  await rig.daemon.stop();
  rig.daemon.dataDir = dataDir;
  rig.daemon.writeConfig();
  await rig.daemon.start();
}

play('two copies of one disk, used in turn', {}, async (rig) => {
  const original = rig.daemon.dataDir;
  const copy = `${original}-copy`;
  await work(rig);
  await rig.daemon.stop();
  cpSync(original, copy, { recursive: true });
  await continueOn(rig, original);
  await work(rig);
  await continueOn(rig, copy);
  await work(rig);
  await continueOn(rig, original);
  await work(rig);

  const incidents = async () => rig.postgres.sql(`SELECT kind FROM hq.incidents`, rig.database);
  await until('head office names a clone', async () => (await incidents()).some(([kind]) => kind === 'clone'), { deadline: 15_000 });
  const shown = await rig.office.command(['incidents']);
  assert.match(shown, /clone/, 'the command line shows it too');
});

play('an older backup is put back', {}, async (rig) => {
  const original = rig.daemon.dataDir;
  const backup = `${original}-backup`;
  await work(rig);
  await rig.daemon.stop();
  cpSync(original, backup, { recursive: true });
  await continueOn(rig, original);
  await work(rig);
  await continueOn(rig, backup);
  await work(rig);
  // What the backup did not have is at head office still; what was written on top of the backup is there too.
  assertClean(await rig.settle());
});
