// The store talks to our broker or to nobody. Each kind of wrong certificate has a log line of its own.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { assertClean, play } from './stage.mjs';
import { Authority, expired } from '../../scripts/rig/certs.mjs';
import { sleep, until } from '../../scripts/rig/process.mjs';

const loopback = { names: 'IP:127.0.0.1,DNS:localhost' };

play('Row49: a broker with the wrong certificate gets nothing, and the log says why', {}, async (rig) => {
  const stranger = await Authority.create(join(rig.folder, 'stranger'), 'Some other CA');
  const wrong = [
    { what: 'another CA', cert: await stranger.issue('broker', 'broker', loopback), line: /not issued by our CA/ },
    { what: 'expired', cert: await rig.authority.issue('expired', 'broker', { ...loopback, ...expired() }), line: /has expired/ },
    { what: 'another name', cert: await rig.authority.issue('elsewhere', 'broker', { names: 'DNS:elsewhere.example.invalid' }), line: /wrong host name/ },
  ];
  const seen = [];
  for (const { what, cert, line } of wrong) {
    await rig.broker.stop();
    rig.broker.showCertificate(cert);
    const logBefore = rig.daemon.logText().length;
    const arrivedBefore = await rig.office.changeCount();
    await rig.broker.start();
    const found = await until(`the log names the fault (${what})`, () => rig.daemon.logText().slice(logBefore).split('\n').find((text) => line.test(text)),
      { deadline: 20_000, owner: rig.daemon.process });
    seen.push(found.replace(/.*reason=/, ''));
    rig.hire(1);
    await sleep(300);
    await rig.sendHome();  // the terminal does not notice
    assert.equal(await rig.office.changeCount(), arrivedBefore, `nothing goes to a broker with a wrong certificate (${what})`);
    assert.equal((await rig.daemon.status()).head_office.state, 'offline');
  }
  assert.equal(new Set(seen).size, wrong.length, `each fault has a line of its own: ${seen.join(' | ')}`);

  await rig.broker.stop();
  rig.broker.showCertificate(rig.brokerCert);
  await rig.broker.start();
  assertClean(await rig.settle());
});
