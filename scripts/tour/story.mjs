// The tour: eight terminals write customers while the broker goes away for a while and tillgated is killed again and again.
// In the end every operation in the terminals' own files is looked for in PostgreSQL, id by id.
import { check, drainTime } from '../rig/checker.mjs';
import { readJournals } from '../rig/journal.mjs';
import { sleep, until } from '../rig/process.mjs';
import { bold, event, green, number, print, progress, red, secondsText, startClock, table } from './screen.mjs';

export const plan = {
  terminals: 8,
  customersMin: Number(process.env.TOUR_CUSTOMERS ?? 5000),
  perSecond: 220,
  outageMs: 22_000,
  outageMsMin: 20_000,
  queuedMin: 1000,
  killsMin: 2,
  rushMs: 300,
};

class Story {
  constructor(rig) {
    Object.assign(this, { rig, rest: (plan.terminals / plan.perSecond) * 1000, kills: [], atHeadOffice: 0, brokerIs: 'up', isOver: false });
  }

  // The live line; its last figure comes from PostgreSQL.
  async tell() {
    while (!this.isOver) {
      this.atHeadOffice = await this.rig.office.changeCount().catch(() => this.atHeadOffice);
      const answered = this.rig.total('created') + this.rig.total('patched');
      if (!this.isOver && this.rig.crew.length > 0)
        progress(`answered ${number(answered)}   at head office ${number(this.atHeadOffice)}   broker ${this.brokerIs}`);
      await sleep(400);
    }
  }

  // Every terminal writes without a pause for a moment, so that the blow lands in the middle of requests.
  async kill(when) {
    const { rig } = this;
    const usual = this.rest;
    this.rest = 0;
    await sleep(plan.rushMs);
    await until('a request is in flight', () => rig.waiting() > 0, { deadline: 10_000, every: 1 });
    const inFlight = rig.waiting();
    const began = Date.now();
    await rig.daemon.kill9();
    event(`SIGKILL for tillgated ${when}, ${inFlight} requests in flight`);
    await rig.daemon.start();
    this.rest = usual;
    this.kills.push(inFlight);
    event(`tillgated is back after ${secondsText(Date.now() - began)}; terminals ask again, same keys`);
  }

  async outage() {
    const { rig } = this;
    await rig.broker.stop();
    this.brokerIs = 'down';
    this.downAt = Date.now();
    const answeredBefore = rig.total('created') + rig.total('patched');
    const queued = () => rig.total('created') + rig.total('patched') - answeredBefore;
    event('broker stopped: the line to head office is dead, the store sells on');
    await sleep(plan.outageMs / 3);
    await this.kill('during the outage');
    await until('enough changes are queued', () => Date.now() - this.downAt >= plan.outageMs && queued() >= plan.queuedMin * 1.2,
      { deadline: 180_000, every: 100, owner: rig.daemon.process });
    this.upAt = Date.now();
    await rig.broker.start();
    this.brokerIs = 'up';
    event(`broker back after ${secondsText(this.upAt - this.downAt)}; about ${number(queued())} changes wait in the store`);
  }

  async killInTheDrain() {
    const { rig } = this;
    const before = await rig.office.changeCount();
    const hasMoved = async () => (await rig.office.changeCount()) > before;
    await until('the drain has begun', hasMoved, { deadline: 90_000, every: 20, owner: rig.daemon.process });
    await this.kill('in the middle of the drain');
  }

  async run() {
    const { rig } = this;
    startClock();
    rig.hire(plan.terminals, { pace: () => this.rest });
    const teller = this.tell();
    event(`${plan.terminals} terminals write customers over HTTP; one request in ten changes one`);
    try {
      await sleep(4000);
      await this.kill('while all is well');
      await sleep(2000);
      await this.outage();
      await this.killInTheDrain();
      await until('enough customers are written', () => rig.total('created') >= plan.customersMin + 100,
        { deadline: 300_000, every: 100, owner: rig.daemon.process });
      event('terminals stop; each waits for its last answer');
      await rig.sendHome(120_000);
      event('waiting until head office has everything');
      const last = await rig.settle({ deadline: 180_000, patience: 60_000 });
      event(`head office holds ${number(last.committed)} of ${number(last.answered)}; now the comparison`);
    } finally {
      this.isOver = true;
      await teller;
    }
  }
}

// The canary: a checker that cannot fail proves nothing. One row vanishes from the checker's own copy of what PostgreSQL said.
function withoutOne(customers, random) {
  const index = random.below(customers.length);
  return customers.filter((_, n) => n !== index);
}

export async function tour(rig) {
  print();
  print(`  ${bold('The tour')}: ${plan.terminals} terminals, a dead line, three kills; then we count.`);
  print(`  Seed ${rig.random.seed}. Reconnects come within 2 s to 5 s here; a fleet keeps 30 s, 45 s.`);
  print();
  const story = new Story(rig);
  await story.run();

  let { customers, changes } = await rig.office.committed();
  if (process.env.TOUR_CANARY === 'lose') customers = withoutOne(customers, rig.random);
  const report = check({ lines: readJournals(rig.journals), customers, changes });
  return present(story, report);
}

function present(story, report) {
  const waited = report.lags.filter((lag) => lag.answeredAt <= story.upAt && lag.receivedAt > story.upAt).length;
  const outageMs = story.upAt - story.downAt;
  const verdict = (list) => (list.length === 0 ? green : red);
  table('What the terminals wrote down, against PostgreSQL, id by id', [
    [`written by ${plan.terminals} terminals`, number(report.written), `${number(report.creates)} customers, ${number(report.updates)} changes to them`],
    ['answered 2xx', number(report.answered), report.refused ? `refused: ${report.refused}` : ''],
    ['answer cut off, asked again', number(report.askedAgain), 'with the same Idempotency-Key'],
    ['committed at head office', number(report.committed)],
    ['lost', number(report.lost.length), '', verdict(report.lost)],
    ['effects twice', number(report.twice.length), '', verdict(report.twice)],
    ...(report.broken.length ? [['done without a yes', number(report.broken.length), '', red]] : []),
    ...(report.open ? [['never answered', number(report.open), '', red]] : []),
    null,
    ['broker down', secondsText(outageMs), `${number(waited)} changes waited`],
    ['tillgated killed (SIGKILL)', String(story.kills.length), `${story.kills.join(', ')} requests in flight`],
    ['time to drain', secondsText(drainTime(report, story.upAt)), 'from broker back to the last one in'],
    ['longest lag', secondsText(report.longestLag), 'from 2xx to the row in PostgreSQL'],
  ]);
  const complaints = [...report.lost, ...report.twice, ...report.broken];
  for (const { op, why } of complaints.slice(0, 10)) print(`  ${red('!')} ${op}: ${why}`);
  if (complaints.length > 10) print(`  ${red('!')} and ${complaints.length - 10} more`);

  const short = [
    report.answeredCreates >= plan.customersMin || `only ${number(report.answeredCreates)} customers were written`,
    outageMs >= plan.outageMsMin || `the broker was down for ${secondsText(outageMs)} only`,
    waited >= plan.queuedMin || `only ${number(waited)} changes had to wait`,
    story.kills.filter((inFlight) => inFlight > 0).length >= plan.killsMin || 'tillgated was killed too rarely',
  ].filter((claim) => claim !== true);
  for (const why of short) print(`  ${red('!')} the tour proves less than it should: ${why}`);
  const isGood = report.isClean && short.length === 0;
  if (isGood) print(`  ${green('Nothing lost, nothing doubled.')}`);
  else if (!report.isClean) print(`  ${red('Not clean: see above.')}`);
  return isGood;
}
