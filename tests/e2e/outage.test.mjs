// The line to head office is down. The store goes on selling; afterwards everything arrives once.
import assert from 'node:assert/strict';
import { assertClean, assertSameState, play } from './stage.mjs';
import { sleep, until } from '../../scripts/rig/process.mjs';

play('Row47 Row78: the broker is away: writes go on, wait, and drain', {}, async (rig, t) => {
  rig.hire(4);
  await sleep(500);
  await rig.broker.stop();
  await sleep(500);  // what was on its way has landed
  const before = await rig.office.changeCount();
  const unknownBefore = rig.total('unknown');
  const writtenBefore = rig.total('created');
  await until('a thousand customers are written meanwhile', () => rig.total('created') - writtenBefore >= 1000, { deadline: 60_000, owner: rig.daemon.process });
  assert.equal(await rig.office.changeCount(), before, 'nothing can have arrived');
  assert.equal(rig.total('unknown'), unknownBefore, 'terminals must not notice');

  const since = Date.now();
  await rig.broker.start();
  await rig.sendHome();
  assertClean(await rig.settle());
  t.diagnostic(`drained in ${Date.now() - since} ms`);
  await assertSameState(rig);
});

// With persistence off a killed broker forgets all of it: sessions, messages on their way, the retained status.
play('the broker dies in the middle of a drain and forgets everything', {}, async (rig, t) => {
  await rig.broker.kill9();
  rig.hire(4);
  await until('a backlog of more than one window', () => rig.total('created') >= 2500, { deadline: 60_000, owner: rig.daemon.process });
  for (let round = 1; round <= 4; ++round) {
    const before = await rig.office.changeCount();
    await rig.broker.start();
    await until('the drain has begun', async () => (await rig.office.changeCount()) > before, { every: 5, deadline: 30_000, owner: rig.daemon.process });
    await rig.broker.kill9();
    t.diagnostic(`round ${round}: killed with ${await rig.office.changeCount()} of ${rig.total('created') + rig.total('patched')} at head office`);
  }
  await rig.broker.start();
  await rig.sendHome();
  assertClean(await rig.settle());
  await assertSameState(rig);
  const [[online]] = await rig.postgres.sql(`SELECT online FROM hq.stores WHERE store = 'store-001'`, rig.database);
  assert.equal(online, 't', 'the status came back though the broker forgot it');
});
