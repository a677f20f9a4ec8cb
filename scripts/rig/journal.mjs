// A terminal's own account of what it did: one JSON line before a request leaves, one after its outcome is known. The checker
// believes these lines and PostgreSQL, and nothing the programs under test say about themselves.
//   {t, terminal, op, kind, what: "invoke", attempt, key, id?, fields, ifMatch?}   about to be sent
//   {t, terminal, op, kind, what: "ok", status, id, etag, replayed}                        2xx
//   {t, terminal, op, kind, what: "refused", status, code}                                  a definite no
//   {t, terminal, op, kind, what: "unknown", why}                                           no answer, or one that says neither yes nor no
import { closeSync, openSync, readFileSync, readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export class Journal {
  constructor(file) {
    this.file = file;
    this.descriptor = openSync(file, 'a', 0o600);
  }

  write(line) {
    writeSync(this.descriptor, `${JSON.stringify(line)}\n`);
  }

  close() {
    if (this.descriptor !== null) closeSync(this.descriptor);
    this.descriptor = null;
  }
}

export function readJournals(folder) {
  const lines = [];
  for (const name of readdirSync(folder).filter((file) => file.endsWith('.jsonl')).sort()) {
    for (const text of readFileSync(join(folder, name), 'utf8').split('\n')) {
      if (text !== '') lines.push(JSON.parse(text));
    }
  }
  return lines;
}
