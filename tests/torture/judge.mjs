// Judges one power cut: mounts what it left, starts the real tillgated on it and compares with what the terminals were told.
// Answers what is wrong, a list of {what, why}; empty: nothing was lost, halved, doubled or invented.
import { Agent } from 'node:http';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { request } from '../../scripts/rig/http.mjs';
import { complaintOfCheck, complaintOfExt4, mountAfterCut, unmount } from './disk.mjs';

const repeatedMax = 12;  // answered requests that are asked again; what was in flight is asked again without exception
const bare = (etag) => String(etag).replaceAll('"', '');

export class Judge {
  constructor({ daemon, operations, random }) {
    Object.assign(this, { daemon, operations, random });
    this.tokens = new Map(daemon.terminals.map(({ id, token }) => [id, token]));
  }

  // `position`: the place in the write log where the power failed.
  async judge(image, mountpoint, position, { isChecked = false } = {}) {
    const wrong = [];
    this.figures = { open: 0, isMended: false };
    try {
      this.figures.isMended = await mountAfterCut(image, mountpoint);
    } catch (error) {
      return [{ what: 'mount', why: error.message }];
    }
    const agent = new Agent({ keepAlive: true });
    try {
      rmSync(join(this.daemon.folder, 'run', 'storage-faults'), { force: true });  // it lives in memory: the power took it too
      this.daemon.process.env = {};
      await this.daemon.start();
      wrong.push(...await this.compare(agent, position), ...await this.scrub());
    } catch (error) {
      wrong.push({ what: 'start', why: error.message });
    } finally {
      agent.destroy();
      await this.daemon.process.kill9();
      const complaint = complaintOfExt4(mountpoint);
      if (complaint) wrong.push({ what: 'ext4', why: complaint });
      await unmount(mountpoint);
    }
    if (isChecked) {
      const complaint = await complaintOfCheck(image);
      if (complaint) wrong.push({ what: 'ext4', why: complaint });
    }
    return wrong;
  }

  // Everything in the file against its checksums; the tool ends with 1 where something was found.
  async scrub() {
    try {
      await this.daemon.ctl(['scrub', '--json']);
      return [];
    } catch (error) {
      const findings = JSON.parse(error.stdout || '{}').last?.findings ?? [error.message];
      return [{ what: 'halved', why: `the scrub found: ${findings.slice(0, 3).join('; ')}` }];
    }
  }

  async call(agent, { terminal, ...options }) {
    return request({ port: this.daemon.port, agent, ...options, headers: { authorization: `Bearer ${this.tokens.get(terminal)}`, ...options.headers } });
  }

  async compare(agent, position) {
    const asked = this.operations.filter((operation) => operation.askedAt < position);
    const answered = asked.filter((operation) => operation.answer && operation.answer.at <= position);
    const open = asked.filter((operation) => !(operation.answer && operation.answer.at <= position));
    this.figures.open = open.length;
    const found = await this.customers(agent);
    return [...this.records(asked, answered, open, found), ...await this.repeats(agent, answered, open), ...await this.totals(agent, asked)];
  }

  // id -> {email, etag} of all there are; each was compared with its checksum when it was read.
  async customers(agent) {
    const found = new Map();
    for (let cursor = ''; cursor !== null;) {
      const { status, json } = await this.call(agent, { terminal: this.daemon.terminals[0].id,
        path: `/api/v1/customers?limit=200&sort=created${cursor && `&cursor=${encodeURIComponent(cursor)}`}` });
      if (status !== 200) throw new Error(`the list is answered ${status}`);
      for (const { id, email, etag } of json.customers) found.set(id, { email, etag: bare(etag) });
      cursor = json.next_cursor;
    }
    return found;
  }

  // Each customer stands as it was last answered, or one request in flight further; none was invented.
  records(asked, answered, open, found) {
    const wrong = [];
    const states = new Map();  // id -> what it may look like
    for (const { answer } of answered) states.set(answer.id, [bare(answer.etag)]);  // in order: the last one stays
    const unknown = new Set();  // in flight and never answered: any look is right
    for (const { answer, id, kind } of open) {
      const of = answer?.id ?? id;
      if (answer) states.set(of, [...(states.get(of) ?? []), bare(answer.etag)]);
      else if (kind === 'update') unknown.add(of);
    }
    const emails = new Set(asked.filter(({ kind }) => kind === 'create').map(({ fields }) => fields.email));
    for (const [id, { email, etag }] of found) {
      if (!emails.has(email)) wrong.push({ what: 'invented', why: `customer ${id} was asked for by nobody` });
      else if (states.has(id) && !unknown.has(id) && !states.get(id).includes(etag) && !open.some((one) => one.kind === 'create' && one.fields.email === email))
        wrong.push({ what: 'lost', why: `customer ${id} does not stand as it was answered` });
    }
    for (const { op, kind, answer } of answered)
      if (kind === 'create' && !found.has(answer.id)) wrong.push({ what: 'lost', why: `${op}: customer ${answer.id} was answered and is not there` });
    return wrong;
  }

  async repeats(agent, answered, open) {
    const wrong = [];
    const some = [...answered.slice(-3), ...Array.from({ length: Math.min(repeatedMax, answered.length) }, () => this.random.pick(answered))];
    for (const operation of some) {
      const { status, id, etag, isReplay } = await this.repeat(agent, operation);
      const { answer } = operation;
      if (status !== answer.status || id !== answer.id || bare(etag) !== bare(answer.etag) || !isReplay)
        wrong.push({ what: 'doubled', why: `${operation.op}: a repeat was answered ${status}, not as the first time` });
    }
    for (const operation of open) {
      const first = await this.repeat(agent, operation);
      const second = await this.repeat(agent, operation);
      if (first.status < 200 || first.status > 299) wrong.push({ what: 'refused', why: `${operation.op}: in flight, asked again: ${first.status}` });
      else if (second.status !== first.status || second.id !== first.id || second.etag !== first.etag || !second.isReplay)
        wrong.push({ what: 'doubled', why: `${operation.op}: two repeats got two answers` });
    }
    return wrong;
  }

  async repeat(agent, { terminal, kind, key, id, fields, ifMatch }) {
    const isCreate = kind === 'create';
    const { status, json, headers } = await this.call(agent, {
      terminal, method: isCreate ? 'POST' : 'PATCH', path: isCreate ? '/api/v1/customers' : `/api/v1/customers/${id}`, body: fields,
      headers: { 'content-type': isCreate ? 'application/json' : 'application/merge-patch+json', 'idempotency-key': key, ...(ifMatch ? { 'if-match': ifMatch } : {}) },
    });
    return { status, id: json?.customer?.id, etag: headers.etag, isReplay: headers['idempotent-replayed'] === 'true' };
  }

  // By now all that was asked is done, each once: one ledger row for each request, one record for each create.
  async totals(agent, asked) {
    const { json } = await this.call(agent, { terminal: this.daemon.terminals[0].id, path: '/api/v1/status' });
    const creates = asked.filter(({ kind }) => kind === 'create').length;
    const { changes, customers } = json.storage;
    if (json.mode !== 'normal') return [{ what: 'start', why: `it serves in the mode ${json.mode}` }];
    if (json.alarms.length > 0) return [{ what: 'start', why: `it raises an alarm: ${json.alarms[0]}` }];
    if (changes === asked.length && customers === creates) return [];
    return [{ what: 'halved', why: `${changes} changes and ${customers} customers for ${asked.length} requests, ${creates} of them creates` }];
  }
}
