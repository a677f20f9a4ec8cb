// A private mosquitto: TLS with client certificates, the certificate's common name is the user, the ACL of the sample in
// systemd/mosquitto/. No persistence on purpose: the ledgers are the queue, a broker may forget everything at any time.
import { copyFileSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Process, until } from './process.mjs';

const sampleAcl = fileURLToPath(new URL('../../systemd/mosquitto/acl', import.meta.url));

// The same rules as the sample, for a tree that has none yet.
const acl = (root) => `user head-office
topic read ${root}/+/+/up/#
topic read ${root}/+/+/status
topic write ${root}/+/+/down/#

pattern write %u/up/#
pattern write %u/status
pattern read %u/down/#
`;

export function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}

export class Broker {
  constructor({ folder, port, ca, cert, key, topicRoot = 'tillgate/v1', name = 'mosquitto' }) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.port = port;
    this.config = join(folder, 'mosquitto.conf');
    const rules = join(folder, 'acl');
    if (existsSync(sampleAcl) && topicRoot === 'tillgate/v1') copyFileSync(sampleAcl, rules);
    else writeFileSync(rules, acl(topicRoot), { mode: 0o600 });
    // Started by root mosquitto would become its own user and could not read our keys.
    const user = process.getuid() === 0 ? 'user root\n' : '';
    writeFileSync(this.config, `${user}listener ${port} 127.0.0.1
cafile ${ca}
certfile ${cert}
keyfile ${key}
require_certificate true
use_identity_as_username true
tls_version tlsv1.2
allow_anonymous false
acl_file ${rules}
persistence false
max_packet_size 1179648
log_dest stderr
log_timestamp_format %Y-%m-%dT%H:%M:%S
connection_messages true
`, { mode: 0o600 });
    this.process = new Process(name, { log: join(folder, 'mosquitto.log') });
  }

  async start() {
    this.process.start('mosquitto', ['-c', this.config]);
    await until(`the broker listens on port ${this.port}`, () => isListening(this.port), { owner: this.process, deadline: 10_000 });
  }

  stop() { return this.process.stop(); }
  kill9() { return this.process.kill9(); }
}
