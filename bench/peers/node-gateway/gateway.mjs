// The gateway that a competent in-house developer would write in an afternoon: node:http, better-sqlite3, mqtt. Customer, outbox
// row and idempotency key go in one transaction at synchronous=FULL; the outbox is published at QoS 1 and emptied on PUBACK.
//   PORT TOKEN DATABASE BROKER
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import Database from 'better-sqlite3';
import mqtt from 'mqtt';

const { PORT, TOKEN, DATABASE, BROKER } = process.env;
const bodyBytesMax = 64 * 1024;
const inFlightMax = 50;

const db = new Database(DATABASE);
db.pragma('journal_mode = WAL');
db.pragma('synchronous = FULL');
db.exec(`
  CREATE TABLE IF NOT EXISTS customers (id TEXT PRIMARY KEY, email TEXT, phone TEXT, updated_at INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX IF NOT EXISTS customers_updated ON customers (updated_at);
  CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY AUTOINCREMENT, body TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS idempotency (key TEXT PRIMARY KEY, request BLOB NOT NULL, answer TEXT NOT NULL, created_at INTEGER NOT NULL);
`);
const findKey = db.prepare('SELECT request, answer FROM idempotency WHERE key = ?');
const insertKey = db.prepare('INSERT INTO idempotency (key, request, answer, created_at) VALUES (?, ?, ?, ?)');
const insertCustomer = db.prepare('INSERT INTO customers (id, email, phone, updated_at, body) VALUES (?, ?, ?, ?, ?)');
const insertOutbox = db.prepare('INSERT INTO outbox (body) VALUES (?)');
const nextOutbox = db.prepare('SELECT n, body FROM outbox WHERE n > ? ORDER BY n LIMIT ?');
const deleteOutbox = db.prepare('DELETE FROM outbox WHERE n = ?');

const save = db.transaction((key, request, customer) => {
  const known = findKey.get(key);
  if (known) return known.request.equals(request) ? JSON.parse(known.answer) : null;
  const body = JSON.stringify(customer);
  const now = Date.now();
  insertCustomer.run(customer.id, customer.email ?? null, customer.phone ?? null, now, body);
  insertOutbox.run(body);
  insertKey.run(key, request, body, now);
  return customer;
});

const texts = ['first_name', 'middle_name', 'last_name', 'suffix', 'gender', 'phone', 'email', 'birthday', 'notes'];
const groups = ['address', 'licence', 'medical', 'consent'];

// The first complaint, or null.
function faultIn(body) {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return 'not an object';
  for (const [name, value] of Object.entries(body)) {
    if (texts.includes(name)) {
      if (typeof value !== 'string' || value.length > 4000) return `${name} must be a text`;
    } else if (!groups.includes(name) || typeof value !== 'object' || value === null) return `unknown field ${name}`;
  }
  for (const name of ['first_name', 'last_name']) if (!body[name]?.trim()) return `${name} is required`;
  if (body.email !== undefined && !/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(body.email)) return 'email is malformed';
  if (body.phone !== undefined && !/^[+\-(). \d]{7,40}$/.test(body.phone)) return 'phone is malformed';
  if (body.birthday !== undefined && !(/^\d{4}-\d{2}-\d{2}$/.test(body.birthday) && !Number.isNaN(Date.parse(body.birthday)))) return 'birthday is no date';
  return null;
}

const broker = mqtt.connect(BROKER, { clientId: 'node-gateway', clean: false, queueQoSZero: false });
let published = 0;
let inFlight = 0;
function publish() {
  if (!broker.connected || inFlight >= inFlightMax) return;
  for (const { n, body } of nextOutbox.all(published, inFlightMax - inFlight)) {
    published = n;
    ++inFlight;
    broker.publish('customers', body, { qos: 1 }, (error) => {
      --inFlight;
      if (error) published = Math.min(published, n - 1);
      else deleteOutbox.run(n);
      publish();
    });
  }
}
broker.on('connect', () => { published = 0; publish(); });
broker.on('error', () => {});  // it tries again by itself

function answer(response, status, body) {
  const text = JSON.stringify(body);
  response.writeHead(status, { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(text) });
  response.end(text);
}

function create(request, response, bytes) {
  const key = request.headers['idempotency-key'];
  if (!key || key.length > 64) return answer(response, 400, { error: 'Idempotency-Key is missing' });
  let body;
  try { body = JSON.parse(bytes.toString('utf8')); } catch { return answer(response, 400, { error: 'not JSON' }); }
  const fault = faultIn(body);
  if (fault) return answer(response, 422, { error: fault });
  const saved = save(key, createHash('sha256').update(bytes).digest(), { id: randomUUID(), ...body });
  if (!saved) return answer(response, 422, { error: 'this Idempotency-Key was used for another request' });
  answer(response, 201, { customer: saved });
  publish();
}

const server = createServer((request, response) => {
  if (request.url === '/live') return answer(response, 200, { status: 'ok' });
  if (request.method !== 'POST' || request.url !== '/api/v1/customers') return answer(response, 404, { error: 'not found' });
  if (request.headers.authorization !== `Bearer ${TOKEN}`) return answer(response, 401, { error: 'who are you?' });
  const parts = [];
  let size = 0;
  request.on('data', (part) => {
    size += part.length;
    if (size > bodyBytesMax) request.destroy();
    else parts.push(part);
  });
  request.on('end', () => {
    try {
      create(request, response, Buffer.concat(parts));
    } catch (error) {
      console.error(error.message);
      if (!response.headersSent) answer(response, 500, { error: 'internal' });
    }
  });
});
server.listen(Number(PORT), '127.0.0.1');
process.on('SIGTERM', () => process.exit(0));
