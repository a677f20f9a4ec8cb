// What the person in front of `make run` sees: 80 columns, colour and a live line only on a terminal.
const isTerminal = Boolean(process.stdout.isTTY) && process.env.TERM !== 'dumb';
const paint = (code) => (text) => (isTerminal && !process.env.NO_COLOR ? `\x1b[${code}m${text}\x1b[0m` : text);
export const bold = paint('1');
export const dim = paint('2');
export const green = paint('32');
export const red = paint('31');

const width = 80;
export const rule = '─'.repeat(width - 4);
export const number = (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
export const secondsText = (ms) => `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;

let hasLiveLine = false;
let beganAt = Date.now();
let lastSparse = 0;
let isSilent = false;

// The live line is over; what is printed stays.
export function endProgress() { isSilent = true; }

export function startClock() { beganAt = Date.now(); }

function clock() {
  const s = Math.floor((Date.now() - beganAt) / 1000);
  return `${String(Math.floor(s / 60)).padStart(2, '0')}:${String(s % 60).padStart(2, '0')}`;
}

export function print(text = '') {
  if (hasLiveLine) process.stdout.write('\r\x1b[K');
  hasLiveLine = false;
  process.stdout.write(`${text}\n`);
}

// A line that stays: what just happened.
export function event(text) { print(`  ${dim(clock())}  ${text}`); }

// How it goes. On a terminal one line that changes; elsewhere a line now and then.
export function progress(text) {
  if (isSilent) return;
  if (isTerminal) {
    process.stdout.write(`\r\x1b[K  ${dim(clock())}  ${dim(text.slice(0, width - 12))}`);
    hasLiveLine = true;
  } else if (Date.now() - lastSparse > 5000) {
    lastSparse = Date.now();
    print(`  ${clock()}  ${text}`);
  }
}

// Rows of [what, figure, note]; a null row is a rule.
export function table(title, rows) {
  print();
  print(`  ${bold(title)}`);
  print(`  ${dim(rule)}`);
  for (const row of rows) {
    if (row === null) { print(`  ${dim(rule)}`); continue; }
    const [what, figure, note = '', colour = (text) => text] = row;
    print(`  ${what.padEnd(28)}${colour(String(figure).padStart(9))}${note ? `   ${dim(note)}` : ''}`);
  }
  print(`  ${dim(rule)}`);
}
