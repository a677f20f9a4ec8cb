// A certificate authority of our own and what it signs: ECDSA P-256, made with the openssl command.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './process.mjs';

const text = (date) => date.toISOString().replace(/[-:T]/g, '').replace(/\..*/, 'Z');
const day = 24 * 3600 * 1000;

export class Authority {
  constructor(folder, name) {
    Object.assign(this, { folder, name, cert: join(folder, 'ca.crt'), key: join(folder, 'ca.key'), issued: 0 });
  }

  static async create(folder, name = 'Tillgate rig CA') {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const authority = new Authority(folder, name);
    await run('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30',
      '-subj', `/CN=${name}`, '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign',
      '-keyout', authority.key, '-out', authority.cert]);
    writeFileSync(join(folder, 'index.txt'), '');
    writeFileSync(join(folder, 'ca.cnf'), `[ca]
default_ca = own
[own]
new_certs_dir = ${folder}
database = ${join(folder, 'index.txt')}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
`);
    return authority;
  }

  // `names` is a subjectAltName list ("IP:127.0.0.1,DNS:localhost") for servers, empty for clients. The common name may hold
  // slashes ("tillgate/v1/demo/store-001"): the broker takes it as the user name.
  async issue(file, commonName, { names = '', from = new Date(Date.now() - day), to = new Date(Date.now() + 14 * day) } = {}) {
    const key = join(this.folder, `${file}.key`);
    const cert = join(this.folder, `${file}.crt`);
    const request = join(this.folder, `${file}.csr`);
    const extensions = join(this.folder, `${file}.ext`);
    writeFileSync(extensions, [
      'basicConstraints = critical, CA:FALSE',
      'keyUsage = critical, digitalSignature',
      `extendedKeyUsage = ${names ? 'serverAuth' : 'clientAuth'}`,
      ...(names ? [`subjectAltName = ${names}`] : []), ''].join('\n'));
    await run('openssl', ['req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes',
      '-subj', `/CN=${commonName.replaceAll('/', '\\/')}`, '-keyout', key, '-out', request]);
    await run('openssl', ['ca', '-batch', '-notext', '-config', join(this.folder, 'ca.cnf'), '-cert', this.cert, '-keyfile', this.key,
      '-in', request, '-out', cert, '-extfile', extensions, '-startdate', text(from), '-enddate', text(to)]);
    return { cert, key };
  }
}

export const expired = () => ({ from: new Date(Date.now() - 10 * day), to: new Date(Date.now() - 2 * day) });
