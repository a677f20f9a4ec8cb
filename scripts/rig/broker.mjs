// A private mosquitto on the sample configuration in systemd/mosquitto/: TLS with client certificates, the certificate's common
// name is user and client id. It keeps nothing on disk, on purpose: the ledgers are the queue, a broker may forget everything.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Process, until } from './process.mjs';

const sample = fileURLToPath(new URL('../../systemd/mosquitto/', import.meta.url));

export function isListening(port) {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => { socket.destroy(); resolve(true); });
    socket.once('error', () => resolve(false));
  });
}

// The sample with our port and files in place of its own; every other line of it counts here too.
function configuration({ port, ca, cert, key, acl, isTelling }) {
  const ours = { listener: `${port} 127.0.0.1`, cafile: ca, certfile: cert, keyfile: key, acl_file: acl };
  const missing = new Set(Object.keys(ours));
  const text = readFileSync(join(sample, 'tillgate.conf'), 'utf8').split('\n').map((line) => {
    const word = line.split(' ')[0];
    if (!(word in ours)) return line;
    missing.delete(word);
    return `${word} ${ours[word]}`;
  });
  if (missing.size > 0) throw new Error(`the sample broker configuration lacks ${[...missing].join(', ')}`);
  // Started by root mosquitto would become its own user and could not read our keys.
  const user = process.getuid() === 0 ? ['user root'] : [];
  return [...user, 'persistence false', 'log_dest stderr', ...(isTelling ? ['log_type all'] : []), 'log_timestamp_format %Y-%m-%dT%H:%M:%S', ...text, ''].join('\n');
}

export class Broker {
  // `isTelling`: its log names every message that passes.
  constructor({ folder, port, ca, cert, key, name = 'mosquitto', isTelling = false }) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    Object.assign(this, { folder, port, ca, isTelling, config: join(folder, 'mosquitto.conf'), acl: join(folder, 'acl') });
    copyFileSync(join(sample, 'acl'), this.acl);
    this.showCertificate({ cert, key });
    this.process = new Process(name, { log: join(folder, 'mosquitto.log') });
  }

  // Counts from the next start on.
  showCertificate({ cert, key }) {
    writeFileSync(this.config, configuration({ port: this.port, ca: this.ca, cert, key, acl: this.acl, isTelling: this.isTelling }), { mode: 0o600 });
  }

  async start() {
    this.process.start('mosquitto', ['-c', this.config]);
    await until(`the broker listens on port ${this.port}`, () => isListening(this.port), { owner: this.process, deadline: 10_000 });
  }

  stop() { return this.process.stop(); }
  kill9() { return this.process.kill9(); }
}
