// Two tillgate-hq share the load through the broker; the locked cursor decides between them.
import assert from 'node:assert/strict';
import { assertClean, assertSameState, play } from './stage.mjs';
import { sleep } from '../../scripts/rig/process.mjs';

play('two head-office instances side by side, one of them killed', { offices: 2 }, async (rig) => {
  const [first, second] = rig.offices;
  rig.hire(4, { patchShare: 0.3 });
  await sleep(3000);
  for (const office of [first, second])
    assert.ok(await office.metric('tillgate_hq_batches_total{verdict="apply"}') > 0, `${office.name} must carry its share`);
  await first.kill9();
  await sleep(2000);
  await first.start();
  await sleep(1000);
  await second.kill9();
  await sleep(1000);
  await rig.sendHome();
  assertClean(await rig.settle());
  await second.start();
  await assertSameState(rig);
  assert.ok(first.process.isRunning() && second.process.isRunning());
});
