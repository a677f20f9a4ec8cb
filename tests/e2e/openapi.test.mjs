// docs/openapi.json is what a real daemon does: every example is sent and answered as documented, every answer fits its schema, and so
// does every request. Ids, times and ETags differ from run to run: each documented one stands for one that came instead, the same one
// wherever it is named, so what follows from what holds too.
//
// RECORD=1 writes the answers that came into the document, after a look at the difference.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { few, play } from './stage.mjs';
import { until } from '../../scripts/rig/process.mjs';
import { faultsOf, resolve } from './json_schema.mjs';
import { pretty } from './pretty_json.mjs';

const file = new URL('../../docs/openapi.json', import.meta.url);
const document = JSON.parse(readFileSync(file, 'utf8'));
const isRecording = process.env.RECORD === '1';
const roles = ['staff', 'kiosk', 'manager', 'service', 'administrator'];
const headersShown = ['ETag', 'Location', 'Idempotent-Replayed'];
const legacy = `legacy:
  enabled: true
  kiosks: ['17']
  api_key_hash: 3ddc7f5c142c7f6b6f46222d0d445a9fb91cd7a6fb66f285d42e6f6e636887f6  # of an-api-key
`;

const operations = new Map();
for (const [path, methods] of Object.entries(document.paths))
  for (const [method, operation] of Object.entries(methods)) operations.set(operation.operationId, { path, method: method.toUpperCase(), ...operation });

// What may differ, by what it looks like, and by its name where it looks like anything.
const volatileTexts = [/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, /^"?[0-9a-f]{64}"?$/, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, /^\/api\/v1\/\w+\/[0-9a-f-]{36}$/, /^[0-9a-f]{16}\.[a-z0-9-]+\.?/];
const volatileNames = new Set(['next_cursor', 'version', 'correlation_id', 'software', 'uptime_seconds', 'reason', 'since', 'database_bytes', 'wal_bytes', 'oldest_waiting_seconds', 'committed_per_second', 'last_error', 'clock', 'alarms', 'at', 'rows_read', 'changes_behind', 'state', 'envelope']);

// documented text -> the one of this run, and no two of them the same
class Instead {
  constructor() { this.known = new Map(); this.taken = new Map(); }
  is(documented, came) {
    if (!this.known.has(documented) && !this.taken.has(came)) { this.known.set(documented, came); this.taken.set(came, documented); }
    return this.known.get(documented) === came;
  }
  in(value) {
    if (typeof value === 'string') {
      let text = value;
      for (const [documented, came] of this.known) if (documented.length > 20) text = text.replaceAll(documented, came);
      return text;
    }
    if (Array.isArray(value)) return value.map((one) => this.in(one));
    if (value && typeof value === 'object') return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.in(one)]));
    return value;
  }
}

function differences(documented, came, instead, at = '$', name = '') {
  if (volatileNames.has(name) && typeof documented === typeof came) return [];
  if (typeof documented === 'string' && typeof came === 'string' && documented !== came) {
    const form = volatileTexts.find((one) => one.test(documented));
    // Times of one run may be one and the same where they were two when the example was recorded.
    if (form?.test(came) && (/^\d{4}-/.test(documented) || instead.is(documented, came))) return [];
  }
  if (documented && came && typeof documented === 'object' && typeof came === 'object' && Array.isArray(documented) === Array.isArray(came)) {
    const names = new Set([...Object.keys(documented), ...Object.keys(came)]);
    return [...names].flatMap((one) => differences(documented[one], came[one], instead, `${at}.${one}`, one));
  }
  return documented === came ? [] : [`${at}: documented ${JSON.stringify(documented)}, came ${JSON.stringify(came)}`];
}

// The request and the answer of one example, out of the places where OpenAPI has them.
function exampleOf(fullName) {
  const [operationId, name] = fullName.split('/');
  const operation = operations.get(operationId);
  assert.ok(operation, `${fullName}: no such operation`);
  const parameters = (operation.parameters ?? []).filter((one) => one.examples?.[name]).map((one) => ({ ...one, value: one.examples[name].value }));
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = content?.examples?.[name]?.value;
  for (const [status, response] of Object.entries(operation.responses)) {
    const [answerType, answer] = Object.entries(response.content ?? {})[0] ?? [];
    const example = answer?.examples?.[name] ?? response['x-examples']?.[name];
    if (example) return { operation, parameters, type, body, content, status: Number(status), response, answerType, answer, example };
  }
  throw new Error(`${fullName}: no answer is documented`);
}

const namedExamples = () => [...operations.values()].flatMap((operation) => Object.values(operation.responses).flatMap((response) =>
  [...Object.values(response.content ?? {}).flatMap((content) => Object.keys(content.examples ?? {})), ...Object.keys(response['x-examples'] ?? {})].map((name) => `${operation.operationId}/${name}`)));

async function replay(rig, fullName, instead) {
  const { operation, parameters, type, body, content, status, response, answerType, answer, example } = exampleOf(fullName);
  const value = (one) => String(instead.in(one.value));
  let path = operation.path;
  for (const one of parameters.filter(({ in: where }) => where === 'path')) path = path.replace(`{${one.name}}`, encodeURIComponent(value(one)));
  const query = new URLSearchParams(parameters.filter(({ in: where }) => where === 'query').map((one) => [one.name, value(one)])).toString();
  const headers = Object.fromEntries(parameters.filter(({ in: where }) => where === 'header').map((one) => [one.name.toLowerCase(), value(one)]));
  const sent = body === undefined ? undefined : instead.in(body);
  if (sent !== undefined) headers['content-type'] = type;
  const terminal = rig.daemon.terminals[roles.indexOf(example['x-role'] ?? 'staff')];
  if (answerType === 'text/event-stream') return replayStream(rig, operation, terminal, example.value);

  const came = await rig.daemon.call({ method: operation.method, path: query ? `${path}?${query}` : path, headers, body: sent }, terminal);
  assert.equal(came.status, status, came.text);
  const complaints = [];
  if (status < 400) {
    for (const one of parameters) if (one.in !== 'header') complaints.push(...faultsOf(one.schema.type === 'integer' ? Number(one.value) : String(instead.in(one.value)), one.schema, document, `parameter ${one.name}`));
    if (sent !== undefined) complaints.push(...faultsOf(sent, content.schema, document, 'the request'));
  }
  for (const name of Object.keys(response.headers ?? {})) if (!(name.toLowerCase() in came.headers)) complaints.push(`the answer lacks the header ${name}`);
  const shown = Object.fromEntries(headersShown.filter((name) => name.toLowerCase() in came.headers).map((name) => [name, came.headers[name.toLowerCase()]]));
  complaints.push(...(isRecording ? [] : differences(example['x-headers'] ?? {}, shown, instead, 'headers')));
  if (!answer) {
    assert.equal(came.text, '');
  } else {
    assert.ok(came.headers['content-type'].startsWith(answerType), came.headers['content-type']);
    const told = came.json ?? came.text;
    complaints.push(...faultsOf(told, answer.schema, document, 'the answer'));
    if (operation.operationId === 'getMetrics') assert.ok(told.startsWith(example.value), told.slice(0, 200));
    else if (!isRecording) complaints.push(...differences(example.value, told, instead));
    else record(example, told, shown, instead);
  }
  assert.deepEqual(few(complaints), []);
}

// What came takes the place of what was documented, in this example and in those that name it.
function record(example, told, shown, instead) {
  differences(example.value, told, instead);
  differences(example['x-headers'] ?? {}, shown, instead);
  example.value = told;
  if (Object.keys(shown).length > 0) example['x-headers'] = shown;
}

async function replayStream(rig, operation, terminal, documented) {
  const answer = await fetch(`http://127.0.0.1:${rig.daemon.port}${operation.path}`, { headers: { authorization: `Bearer ${terminal.token}` } });
  assert.equal(answer.headers.get('content-type'), 'text/event-stream');
  const reader = answer.body.getReader();
  let text = '';
  while (!text.includes('\n\n')) text += new TextDecoder().decode((await reader.read()).value);
  await reader.cancel();
  assert.equal(text, documented);
}

play('Row77: every example of docs/openapi.json is answered as it says, and every answer fits its schema', { isStarted: false, terminals: 5, daemon: { roles, extra: legacy } }, async (rig, t) => {
  await rig.daemon.start();  // without a broker: the store is cut off, as most examples show it
  await until('the daemon knows why', async () => (await rig.daemon.status()).head_office.reason !== null, { deadline: 60_000 });
  const order = document['x-replay'];
  assert.deepEqual(namedExamples().filter((name) => !order.includes(name)), [], 'never replayed');
  assert.equal(new Set(order).size, order.length, 'replayed twice');
  const shownOperations = new Set(order.map((name) => name.split('/')[0]));
  assert.deepEqual([...operations.keys()].filter((name) => !shownOperations.has(name)), ['getOpenApi'], 'operations without an example');
  const instead = new Instead();
  for (const name of order) {
    try {
      await replay(rig, name, instead);
    } catch (error) {
      error.message = `${name}: ${error.message}`;
      throw error;
    }
  }
  t.diagnostic(`${order.length} examples of ${operations.size} operations`);
  const served = await rig.daemon.call({ path: '/api/v1/openapi.json' });
  if (isRecording) writeFileSync(file, pretty({ ...document, paths: instead.in(document.paths) }));
  else assert.equal(served.text, readFileSync(file, 'utf8'), 'the program carries another document');
});

play('Row77: schemas are closed, and nothing points nowhere', { isStarted: false }, async () => {
  const open = [];
  const walk = (node, at, isAnswer) => {
    if (!node || typeof node !== 'object') return;
    if (node.$ref) return void resolve(node.$ref, document);  // throws where nothing is there
    if (isAnswer && node.type === 'object' && node.properties && !('additionalProperties' in node)) open.push(at);
    for (const [name, one] of Object.entries(node)) if (!['examples', 'example', 'value', 'x-examples'].includes(name)) walk(one, `${at}/${name}`, isAnswer);
  };
  walk(document.components.schemas, 'schemas', true);
  for (const { operationId, responses, requestBody, parameters } of operations.values()) {
    walk(responses, operationId, true);
    walk(requestBody, operationId, false);
    walk(parameters, operationId, false);
    for (const status of ['401', '403']) if (!['isLive', 'isReady'].includes(operationId) && !operationId.startsWith('legacy')) assert.ok(responses[status], `${operationId} does not say ${status}`);
  }
  assert.deepEqual(open, [], 'what an answer may hold beside this is not said');
});
