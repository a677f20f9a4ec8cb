// `make run`: starts the small world, gives the tour, then keeps it running to play with until Ctrl-C.
//   TOUR=once  tour, then end; exit 0 only if nothing was lost or doubled    TOUR=off  no tour
//   KEEP=1  leave the folder behind    SEED=n  the same chance again    TOUR_CANARY=lose  the comparison must fail
import { Rig } from '../rig/rig.mjs';
import { uuidV7 } from '../rig/random.mjs';
import { killEverything, sleep } from '../rig/process.mjs';
import { bold, dim, endProgress, print, red, secondsText } from './screen.mjs';
import { nextSteps } from './next.mjs';
import { plan, tour } from './story.mjs';

const mode = process.env.TOUR ?? 'on';
const restartsMax = 50;
let rig = null;
let isLeaving = false;
let isIdle = false;

async function leave(code) {
  if (isLeaving) return;
  isLeaving = true;
  try { await rig?.dispose(); } catch (error) { print(red(`  while stopping: ${error.message}`)); }
  if (rig && process.env.KEEP === '1') print(`  Everything is still in ${rig.folder}`);
  process.exit(code);
}

function interrupted(code) {
  if (isLeaving) {  // asked twice: at once, then
    killEverything();
    process.exit(code);
  }
  endProgress();
  print();
  print('  Stopping everything that was started.');
  leave(isIdle ? 0 : code);
}
process.on('SIGINT', () => interrupted(130));
process.on('SIGTERM', () => interrupted(143));
process.on('SIGHUP', () => interrupted(129));

async function step(name, act) {
  const began = Date.now();
  await act();
  print(`  ${name.padEnd(58)}${dim(secondsText(Date.now() - began).padStart(10))}`);
}

async function start() {
  print();
  print(`  ${bold('Tillgate')}  ${dim(`a private world in ${rig.folder}`)}`);
  print();
  await step('PostgreSQL cluster made and started', async () => { await rig.postgres.create(); await rig.postgres.start(); await rig.postgres.createDatabase(rig.database); });
  await step(`mosquitto with TLS and client certificates on ${rig.broker.port}`, () => rig.broker.start());
  await step(`tillgate-hq on ${rig.office.port}`, () => rig.office.start());
  await step(`tillgated on ${rig.daemon.port}`, () => rig.daemon.start());
}

async function createOne() {
  const answer = await rig.daemon.call({ method: 'POST', path: '/api/v1/customers', body: { first_name: 'Ada', last_name: 'Brightwater' },
    headers: { 'content-type': 'application/json', 'idempotency-key': uuidV7() } });
  if (answer.status !== 201) throw new Error(`tillgated answered ${answer.status} to a new customer`);
  return answer.json.customer.id;
}

// What systemd would do. Whoever plays with kill -9 sees it come back.
async function supervise(name, part) {
  for (let restarts = 0; restarts < restartsMax && !isLeaving; ++restarts) {
    const { code, signal } = await part.process.ended;
    if (isLeaving) return;
    print(`  ${name} ended (${signal ?? `exit ${code}`}); it comes back in a second`);
    await sleep(1000);
    if (isLeaving) return;
    try {
      await part.start();
      print(`  ${name} is back, process ${part.process.pid}`);
    } catch (error) { print(red(`  ${error.message}`)); }
  }
}

async function invite() {
  const id = await createOne();
  print();
  print(`  ${bold('What to try next')}  ${dim('(paste into another terminal)')}`);
  for (const { title, lines } of nextSteps(rig, id)) {
    print();
    print(`  ${dim(`# ${title}`)}`);
    for (const line of lines) print(`  ${line}`);
  }
  print();
  print(`  ${dim('# Break something; what dies here is started again')}`);
  print(`  kill -9 ${rig.daemon.process.pid}   ${dim('# tillgated')}`);
  print(`  kill -9 ${rig.broker.process.pid}   ${dim('# the broker')}`);
  print();
  print('  Running until Ctrl-C.');
  isIdle = true;
  supervise('tillgated', rig.daemon);
  supervise('the broker', rig.broker);
  supervise('tillgate-hq', rig.office);
  setInterval(() => {}, 1 << 30);
}

async function main() {
  rig = await Rig.create({
    folder: process.argv[2] ?? null, terminals: plan.terminals,
    daemon: { reconnectFirst: '2s', reconnectMax: '5s', ackTimeout: '10s' }, office: { reconnectFirst: '1s', reconnectMax: '2s' },
  });
  await start();
  const isGood = mode === 'off' || (await tour(rig));
  if (mode === 'once') return leave(isGood ? 0 : 1);
  return invite();
}

main().catch((error) => {
  if (isLeaving) return;
  print();
  print(red(`  ${error.message}`));
  leave(1);
});
