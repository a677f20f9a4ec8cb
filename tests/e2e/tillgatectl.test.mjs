// What a technician sees through the admin socket.
import assert from 'node:assert/strict';
import { play } from './stage.mjs';
import { sleep, until } from '../../scripts/rig/process.mjs';

play('tillgatectl shows the store at a glance, and the queue while the line is down', {}, async (rig) => {
  rig.hire(2);
  await sleep(500);
  await rig.sendHome();
  await rig.settle();
  await until('nothing waits', async () => (await rig.daemon.status()).head_office.waiting === 0, { deadline: 20_000 });
  const status = await rig.daemon.ctl(['status']);
  assert.match(status, /demo\/store-001/);
  assert.match(status, /online/);
  assert.match(status, /nothing: head office has committed everything/);

  assert.match(await rig.daemon.ctl(['scrub', '--last']), /No full check/);
  assert.match(await rig.daemon.ctl(['scrub']), /nothing: everything is as it was written/);
  assert.equal(JSON.parse(await rig.daemon.ctl(['scrub', '--last', '--json'])).last.found, 0);

  await rig.broker.stop();
  const before = await rig.office.changeCount();
  rig.hire(2);
  await sleep(500);
  await rig.sendHome();
  const report = await rig.report({ isPartial: true });
  const queue = JSON.parse(await rig.daemon.ctl(['queue', '--json']));
  const feed = queue.feeds.find((row) => row.feed === 'head_office');
  assert.equal(feed.waiting, report.answered - before, 'as many as the terminals were promised and head office does not have');
  assert.match(await rig.daemon.ctl(['queue']), /head_office/);
  assert.equal(JSON.parse(await rig.daemon.ctl(['status', '--json'])).head_office.state, 'offline');

  await rig.daemon.stop();
  const { code, stderr } = await rig.daemon.ctl(['status']).then(() => ({ code: 0 }), (error) => error);
  assert.equal(code, 69);
  assert.match(stderr, /Is tillgated running/);
});
