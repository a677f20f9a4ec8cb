// A pretended shop terminal: writes customers over HTTP, one request at a time, and never gives up on one whose outcome it does
// not know: the same request again, with the same Idempotency-Key, until there is an answer.
import { Agent } from 'node:http';
import { randomUUID } from 'node:crypto';
import { request } from './http.mjs';
import { inventPerson } from './people.mjs';
import { sleep } from './process.mjs';
import { uuidV7 } from './random.mjs';

const isNoAnswer = (status) => status >= 500 || status === 429;
const rememberedMax = 64;
const retryMsMax = 150;

export class Terminal {
  constructor({ id, token, port, journal, random, patchShare = 0.1, requestDeadline = 10_000 }) {
    Object.assign(this, { id, token, port, journal, random, patchShare, requestDeadline });
    this.agent = new Agent({ keepAlive: true, maxSockets: 1 });
    this.known = [];  // {id, etag} of customers of ours, for patches
    this.isWaiting = false;  // a request is on its way
    this.isStopped = false;  // no new operation
    this.isAbandoned = false;  // no further attempt either
    this.counts = { started: 0, created: 0, patched: 0, refused: 0, unknown: 0 };
  }

  // Writes until told to stop; `pace()` answers the milliseconds to rest between two operations.
  async run({ pace = () => 0 } = {}) {
    while (!this.isStopped) {
      await this.writeOne();
      const rest = pace();
      if (rest > 0) await sleep(rest * this.random.between(0.5, 1.5));
    }
    this.agent.destroy();
  }

  stop() { this.isStopped = true; }
  abandon() { this.isStopped = this.isAbandoned = true; }

  async writeOne() {
    const subject = this.known.length > 0 && this.random.chance(this.patchShare) ? this.random.pick(this.known) : null;
    return subject ? this.patch(subject) : this.create();
  }

  async create() {
    const op = randomUUID();
    const fields = inventPerson(this.random, op);
    const answer = await this.perform({ op, kind: 'create', method: 'POST', path: '/api/v1/customers', type: 'application/json', fields });
    if (!answer) return null;
    ++this.counts.created;
    const subject = { id: answer.json?.customer?.id, etag: answer.headers.etag };
    if (this.known.length < rememberedMax) this.known.push(subject);
    else this.known[this.random.below(rememberedMax)] = subject;
    return subject;
  }

  async patch(subject) {
    const op = randomUUID();
    const answer = await this.perform({
      op, kind: 'update', method: 'PATCH', path: `/api/v1/customers/${subject.id}`, type: 'application/merge-patch+json',
      fields: { notes: `op-${op}` }, id: subject.id, headers: { 'if-match': subject.etag },
    });
    if (answer) {
      ++this.counts.patched;
      subject.etag = answer.headers.etag;
    } else {
      this.known = this.known.filter((other) => other !== subject);
    }
    return answer;
  }

  // The answer, or null where it was refused or we were told to abandon it.
  async perform({ op, kind, method, path, type, fields, id, headers = {} }) {
    const key = uuidV7();
    const about = { terminal: this.id, op, kind };
    ++this.counts.started;
    for (let attempt = 1; !this.isAbandoned; ++attempt) {
      this.journal.write({ t: Date.now(), ...about, what: 'invoke', attempt, key, id, fields, ifMatch: headers['if-match'] });
      this.isWaiting = true;
      let answer = null;
      let why = null;
      try {
        answer = await request({
          port: this.port, agent: this.agent, method, path, body: fields, deadline: this.requestDeadline,
          headers: { authorization: `Bearer ${this.token}`, 'content-type': type, 'idempotency-key': key,
            prefer: 'allow-duplicate', // invented customers have few names, and whoever invents them knows that they are many
            ...headers },
        });
        if (isNoAnswer(answer.status)) why = `status ${answer.status}`;
      } catch (error) {
        why = error.code ?? error.message;
      }
      this.isWaiting = false;
      const t = Date.now();
      if (why === null && answer.status >= 200 && answer.status < 300) {
        this.journal.write({ t, ...about, what: 'ok', status: answer.status, id: answer.json?.customer?.id ?? id, etag: answer.headers.etag,
          replayed: answer.headers['idempotent-replayed'] === 'true' });
        return answer;
      }
      if (why === null) {
        ++this.counts.refused;
        this.journal.write({ t, ...about, what: 'refused', status: answer.status, code: answer.json?.code ?? null, key });
        return null;
      }
      ++this.counts.unknown;
      this.journal.write({ t, ...about, what: 'unknown', why, key });
      await sleep(this.random.between(10, Math.min(retryMsMax, 20 * attempt)));
    }
    return null;
  }
}
