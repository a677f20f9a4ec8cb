// tillgated as a program: what it says about its configuration, and how it leaves.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { customersInStore, play } from './stage.mjs';
import { accounts } from '../../scripts/rig/checker.mjs';
import { readJournals } from '../../scripts/rig/journal.mjs';
import { sleep } from '../../scripts/rig/process.mjs';

const exitOf = (promise) => promise.then((stdout) => ({ code: 0, stdout, stderr: '' }), ({ code, stdout, stderr }) => ({ code, stdout, stderr }));

play('--check-config says yes to a good file and names the place in a bad one', { isStarted: false }, async (rig) => {
  assert.equal((await exitOf(rig.daemon.once(['--check-config', '--config', rig.daemon.config]))).code, 0);

  const text = readFileSync(rig.daemon.config, 'utf8');
  const bad = join(rig.folder, 'bad.yaml');
  writeFileSync(bad, text.replace('ack_timeout: 5s', 'ack_timout: 5s').replace('keepalive: 20s', 'keepalive: 20'));
  const refused = await exitOf(rig.daemon.once(['--check-config', '--config', bad]));
  assert.equal(refused.code, 78);
  const lineOf = (part) => readFileSync(bad, 'utf8').split('\n').findIndex((line) => line.includes(part)) + 1;
  assert.match(refused.stderr, new RegExp(`bad\\.yaml:${lineOf('ack_timout')}:\\d+:.*ack_timeout`), 'line, column and what was meant');
  assert.match(refused.stderr, new RegExp(`bad\\.yaml:${lineOf('keepalive')}:\\d+:.*keepalive`), 'a bare number is no duration');

  const { code } = await exitOf(rig.daemon.once(['--config', bad]));
  assert.equal(code, 78, 'it does not start on a bad file either');
});

play('--print-config prints a file that it reads back to the same', { isStarted: false }, async (rig) => {
  const printed = await rig.daemon.once(['--print-config', '--config', rig.daemon.config]);
  const copy = join(rig.folder, 'printed.yaml');
  writeFileSync(copy, printed);
  assert.equal(await rig.daemon.once(['--print-config', '--config', copy]), printed);
  assert.match(printed, /reconnect_max/);
});

play('SIGTERM under load: what was accepted is answered, then it leaves with 0', { terminals: 8 }, async (rig, t) => {
  rig.hire(8);
  await sleep(1000);
  const { code, signal, ms, wasForced } = await rig.daemon.stop({ deadline: 15_000 });
  t.diagnostic(`left after ${ms} ms`);
  await sleep(200);
  rig.crew.forEach((terminal) => terminal.abandon());
  await rig.sendHome();
  assert.deepEqual({ code, signal, wasForced }, { code: 0, signal: null, wasForced: false });
  assert.ok(ms < 10_000, `it took ${ms} ms`);

  // Whoever got no answer, or a no, must find no effect either.
  await rig.daemon.start();
  const emails = new Set((await customersInStore(rig)).map((customer) => customer.email));
  const all = accounts(readJournals(rig.journals)).filter((account) => account.kind === 'create');
  const answered = all.filter((account) => account.outcome === 'ok');
  const silent = all.filter((account) => account.outcome === 'open');
  assert.ok(answered.length > 50);
  assert.deepEqual(answered.filter((account) => !emails.has(account.fields.email)).map(({ op }) => op), [], 'answered, but not there');
  assert.deepEqual(silent.filter((account) => emails.has(account.fields.email)).map(({ op }) => op), [], 'done, but not answered');
});
