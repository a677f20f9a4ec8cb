// A fresh folder for one rig, below TMPDIR. Private, but with a way through for the database's user, which must reach its own.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export function freshFolder({ below = tmpdir(), prefix = 'tillgate-' } = {}) {
  const folder = mkdtempSync(join(below, prefix));
  chmodSync(folder, 0o711);
  return folder;
}

export function removeFolder(folder) {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
