// Head office's database is away for long, measured by every timeout on the way: nothing is acknowledged, nothing is lost.
import assert from 'node:assert/strict';
import { assertClean, assertSameState, play } from './stage.mjs';
import { sleep, until } from '../../scripts/rig/process.mjs';

play('PostgreSQL is down for many ack timeouts, then back', { daemon: { ackTimeout: '1s' } }, async (rig) => {
  rig.hire(4, { pace: () => 10 });
  await sleep(1000);
  await rig.postgres.stop();
  const answered = () => rig.total('created') + rig.total('patched');
  const before = answered();
  const unknownBefore = rig.total('unknown');
  await sleep(8000);
  assert.ok(answered() - before > 50, 'the store goes on');
  assert.equal(rig.total('unknown'), unknownBefore, 'terminals must not notice');
  assert.ok(rig.office.process.isRunning(), `tillgate-hq waits for its database:\n${rig.office.process.lastLines()}`);
  const { head_office } = await rig.daemon.status();
  assert.ok(head_office.waiting > 0, 'what head office has not committed is shown as waiting');

  await rig.postgres.start();
  await rig.office.ready();
  await rig.sendHome();
  assertClean(await rig.settle());
  await assertSameState(rig);
  await until('nothing is shown as waiting', async () => (await rig.daemon.status()).head_office.waiting === 0, { deadline: 20_000 });
});

play('tillgate-hq itself is away for many ack timeouts while the broker is up', { daemon: { ackTimeout: '1s' } }, async (rig) => {
  rig.hire(2, { pace: () => 20 });
  await sleep(1000);
  await rig.office.stop();
  await sleep(11_000);
  const { head_office } = await rig.daemon.status();
  assert.ok(head_office.waiting > 0, 'what nobody at head office has committed is shown as waiting');
  const silences = rig.daemon.logText().match(/head office is silent/g) ?? [];
  assert.equal(silences.length, 1, 'one line when head office falls silent, none per attempt');
  assert.match((await rig.daemon.status()).alarms.join(), /head office acknowledges nothing/);
  await rig.office.start();
  await rig.sendHome();
  assertClean(await rig.settle());
  await assertSameState(rig);
});

// Nothing is written after they are back, so that no later batch shows the gap: only their greeting can.
for (const [what, part] of [['head office', (rig) => rig.office], ['its database', (rig) => rig.postgres]]) {
  play(`what was sent while ${what} was away goes again at once, not after the ack timeout`, { daemon: { ackTimeout: '600s' } }, async (rig) => {
    rig.hire(2, { pace: () => 20 });
    await sleep(1000);
    await part(rig).stop();
    await sleep(1500);
    await rig.sendHome();
    assert.ok((await rig.daemon.status()).head_office.waiting > 0, 'something waits');
    await part(rig).start();
    await until('nothing is shown as waiting', async () => (await rig.daemon.status()).head_office.waiting === 0, { deadline: 30_000 });
    assertClean(await rig.settle());
  });
}
