// kill -9 at random points, again and again, while terminals write: what was answered is there, once, in the right state.
import { assertClean, assertSameState, play } from './stage.mjs';
import { sleep } from '../../scripts/rig/process.mjs';

const rounds = Number(process.env.ROUNDS ?? 50);

play(`tillgated is killed ${rounds} times with requests in flight`, { timeout: 240_000 }, async (rig, t) => {
  rig.hire(4, { patchShare: 0.2, requestDeadline: 5000 });
  let inFlight = 0;
  let beforeReady = 0;
  for (let round = 0; round < rounds; ++round) {
    if (rig.random.chance(0.2)) {  // while it is still getting up
      if (rig.daemon.process.isRunning()) await rig.daemon.kill9();
      rig.daemon.launch();
      await sleep(rig.random.between(0, 80));
      ++beforeReady;
    } else {
      if (!rig.daemon.process.isRunning()) rig.daemon.launch();
      await rig.daemon.ready();
      await sleep(rig.random.between(5, 200));
    }
    inFlight += rig.waiting();
    await rig.daemon.kill9();
  }
  await rig.daemon.start();
  await rig.sendHome();
  const report = await rig.settle();
  t.diagnostic(`${rounds} kills, ${beforeReady} of them before it was ready, ${inFlight} requests in flight; ${report.written} written, ${report.askedAgain} asked again`);
  assertClean(report);
  await assertSameState(rig);
});
