// Child processes of the rig: started, watched, killed by process id, never by name. Each one is started through setpriv, so
// that the kernel ends it when we die in whatever way: nothing is ever left running.
import { spawn, execFileSync, execFile } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export { sleep };

const running = new Set();

// One child. `log` is the file that gets its stdout and stderr; `user` a name to become (only root can).
export class Process {
  constructor(name, { log, user = null, env = {}, cwd = '/', deathSignal = 'KILL' }) {
    Object.assign(this, { name, log, user, env, cwd, deathSignal, child: null, exit: null });
  }

  start(command, args) {
    if (this.isRunning()) throw new Error(`${this.name} is running already`);
    const identity = this.user ? ['--reuid', this.user, '--regid', this.user, '--init-groups'] : [];
    const output = openSync(this.log, 'a');
    this.exit = null;
    // A session of its own: Ctrl-C at the terminal reaches us alone, and we stop things in their order.
    const child = spawn('setpriv', [...identity, '--pdeathsig', this.deathSignal, '--', command, ...args], {
      stdio: ['ignore', output, output], detached: true, cwd: this.cwd, env: { ...process.env, ...this.env },
    });
    closeSync(output);
    this.child = child;
    running.add(this);
    this.ended = new Promise((resolve) => {
      const done = (code, signal) => {
        running.delete(this);
        if (this.child === child) this.exit = { code, signal };
        resolve({ code, signal });
      };
      child.once('exit', done);
      child.once('error', (error) => done(null, String(error.message)));
    });
    return this;
  }

  get pid() { return this.child?.pid; }
  isRunning() { return this.child !== null && this.exit === null; }

  signal(name) {
    if (this.isRunning() && this.pid) process.kill(this.pid, name);
  }

  async kill9() {
    this.signal('SIGKILL');
    return this.ended;
  }

  // Asks, waits, and in the end insists. Answers how it ended and how long that took.
  async stop({ signal = 'SIGTERM', deadline = 10_000 } = {}) {
    if (!this.isRunning()) return { ...this.exit, ms: 0, wasForced: false };
    const began = Date.now();
    this.signal(signal);
    const timer = new AbortController();
    const ended = await Promise.race([this.ended, sleep(deadline, null, { signal: timer.signal }).catch(() => null)]);
    timer.abort();
    if (ended) return { ...ended, ms: Date.now() - began, wasForced: false };
    return { ...(await this.kill9()), ms: Date.now() - began, wasForced: true };
  }

  logText() {
    try { return readFileSync(this.log, 'utf8'); } catch { return ''; }
  }

  lastLines(count = 15) {
    return this.logText().trimEnd().split('\n').slice(-count).map((line) => `    ${line}`).join('\n');
  }
}

// The last resort when we are told to go at once.
export function killEverything() {
  for (const process_ of running) {
    try { process_.signal('SIGKILL'); } catch { /* it has just ended */ }
  }
}

// Waits for `probe` to answer something truthy, at most `deadline` milliseconds; `what` names it in the error. Where `owner`
// ends meanwhile there is nothing to wait for.
export async function until(what, probe, { deadline = 15_000, every = 50, owner = null } = {}) {
  const end = Date.now() + deadline;
  let last;
  for (;;) {
    try {
      const answer = await probe();
      if (answer) return answer;
    } catch (error) { last = error; }
    if (owner && !owner.isRunning()) {
      const { code, signal } = owner.exit ?? {};
      throw new Error(`${owner.name} ended (${signal ?? `exit ${code}`}) while we waited until ${what}; its last lines:\n${owner.lastLines()}`);
    }
    if (Date.now() > end) {
      const reason = last ? ` (${last.message})` : '';
      const lines = owner ? `; last lines of ${owner.name}:\n${owner.lastLines()}` : '';
      throw new Error(`not within ${deadline / 1000} s: ${what}${reason}${lines}`);
    }
    await sleep(every);
  }
}

// Runs a short command to its end and answers its stdout; an error carries its stderr.
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = execFile(command, args, { maxBuffer: 256 << 20, timeout: 60_000, ...options }, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      error.message = `${command} ${args[0] ?? ''} failed (${error.signal ?? `exit ${error.code}`}): ${String(stderr).trim()}`;
      error.stdout = stdout;
      error.stderr = stderr;
      reject(error);
    });
    if (options.input !== undefined) child.stdin.end(options.input);
    else child.stdin.end();
  });
}

export function runSync(command, args, options = {}) {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'], ...options });
}
