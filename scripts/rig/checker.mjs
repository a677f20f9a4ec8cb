// The judge. Given what the terminals wrote down and what PostgreSQL holds, it says what was lost and what happened twice,
// operation by operation and id by id. Pure: no clock, no files, no network.

// Journal lines -> one account per operation.
export function accounts(lines) {
  const operations = new Map();
  for (const line of lines) {
    let account = operations.get(line.op);
    if (!account) {
      account = { op: line.op, kind: line.kind, terminal: line.terminal, key: line.key, id: line.id, fields: line.fields, startedAt: line.t,
        attempts: 0, unknowns: 0, outcome: 'open', answeredAt: null };
      operations.set(line.op, account);
    }
    if (line.what === 'invoke') ++account.attempts;
    if (line.what === 'unknown') ++account.unknowns;
    if (line.what === 'ok') Object.assign(account, { outcome: 'ok', id: line.id, answeredAt: line.t });
    if (line.what === 'refused') Object.assign(account, { outcome: 'refused', status: line.status, answeredAt: line.t });
  }
  return [...operations.values()];
}

const group = (list, key) => {
  const groups = new Map();
  for (const item of list) {
    const name = key(item);
    if (!groups.has(name)) groups.set(name, []);
    groups.get(name).push(item);
  }
  return groups;
};

// lines: all terminals' journal lines.
// customers: {id, email, first_name, last_name, notes}; changes: {change_id, key, kind, seq, received_at (ms)}, as in PostgreSQL.
// `isPartial`: the run goes on, so what is open or on its way is not held against it.
export function check({ lines, customers, changes, isPartial = false }) {
  const operations = accounts(lines);
  const creates = operations.filter((account) => account.kind === 'create');
  const updates = operations.filter((account) => account.kind === 'update');
  const customersById = new Map(customers.map((row) => [row.id, row]));
  const customersByEmail = group(customers.filter((row) => row.email), (row) => row.email);
  const changesByKey = group(changes, (row) => row.key);
  const lost = [];
  const twice = [];
  const broken = [];  // refused, or never answered, yet done; unknown to the terminals
  const lags = [];
  let committed = 0;

  const arrived = (account, change) => {
    ++committed;
    if (change.received_at !== null && account.answeredAt !== null)
      lags.push({ op: account.op, ms: Math.max(0, change.received_at - account.answeredAt), answeredAt: account.answeredAt, receivedAt: change.received_at });
  };

  const ours = new Set();
  for (const account of creates) {
    const email = account.fields.email;
    const holders = customersByEmail.get(email) ?? [];
    holders.forEach((row) => ours.add(row.id));
    if (holders.length > 1) twice.push({ op: account.op, why: `its e-mail belongs to ${holders.length} customers: ${holders.map((row) => row.id).join(', ')}` });
    if (account.outcome === 'refused' && holders.length > 0) broken.push({ op: account.op, why: `refused with ${account.status}, yet customer ${holders[0].id} exists` });
    if (account.outcome !== 'ok') continue;
    const row = customersById.get(account.id);
    const made = (changesByKey.get(account.id) ?? []).filter((change) => change.kind === 'create');
    if (!account.id) lost.push({ op: account.op, why: 'answered 2xx without an id' });
    else if (!row) lost.push({ op: account.op, why: `customer ${account.id} is not at head office` });
    else if (row.email !== email) lost.push({ op: account.op, why: `customer ${account.id} is at head office with another e-mail` });
    else if (row.first_name !== account.fields.first_name || row.last_name !== account.fields.last_name)
      lost.push({ op: account.op, why: `customer ${account.id} is at head office under another name` });
    else if (made.length === 0) lost.push({ op: account.op, why: `customer ${account.id} has no create change at head office` });
    else arrived(account, made[0]);
  }

  for (const [id, made] of changesByKey) {
    const times = made.filter((change) => change.kind === 'create').length;
    if (times > 1) twice.push({ op: id, why: `${times} create changes for customer ${id}` });
  }
  for (const [id, same] of group(changes, (row) => row.change_id)) {
    if (same.length > 1) twice.push({ op: id, why: `change ${id} is at head office ${same.length} times` });
  }

  // One terminal patches its own customers one after the other, so the n-th answered patch is the n-th update change.
  for (const [id, patches] of group(updates, (account) => account.id)) {
    const answered = patches.filter((account) => account.outcome === 'ok');
    const open = patches.filter((account) => account.outcome === 'open').length;
    const made = (changesByKey.get(id) ?? []).filter((change) => change.kind === 'update').sort((a, b) => a.seq - b.seq);
    if (made.length > answered.length + open) twice.push({ op: patches.at(-1).op, why: `${made.length} update changes for ${answered.length} answered patches of ${id}` });
    answered.forEach((account, index) => {
      if (index < made.length) arrived(account, made[index]);
      else lost.push({ op: account.op, why: `patch ${index + 1} of customer ${id} is not at head office` });
    });
    const last = answered.at(-1);
    const row = customersById.get(id);
    if (last && open === 0 && row && made.length >= answered.length && row.notes !== last.fields.notes)
      lost.push({ op: last.op, why: `customer ${id} shows ${row.notes}, not its last answered patch` });
  }

  for (const row of customers) {
    if (row.email?.startsWith('op-') && !ours.has(row.id)) broken.push({ op: row.id, why: `customer ${row.id} at head office was written by no terminal` });
  }

  const answered = operations.filter((account) => account.outcome === 'ok');
  const open = operations.filter((account) => account.outcome === 'open');
  return {
    written: operations.length,
    creates: creates.length,
    updates: updates.length,
    answered: answered.length,
    answeredCreates: answered.filter((account) => account.kind === 'create').length,
    refused: operations.filter((account) => account.outcome === 'refused').length,
    open: open.length,
    askedAgain: operations.filter((account) => account.attempts > 1).length,
    committed,
    lost: isPartial ? [] : lost,
    twice,
    broken,
    lags,
    longestLag: lags.reduce((most, lag) => Math.max(most, lag.ms), 0),
    isClean: lost.length === 0 && twice.length === 0 && broken.length === 0 && open.length === 0 && answered.length > 0,
  };
}

// How long head office needed, once the line was back at `since`, for all that was answered before that moment.
export function drainTime(report, since) {
  const late = report.lags.filter((lag) => lag.answeredAt <= since && lag.receivedAt > since);
  return late.length === 0 ? 0 : Math.max(...late.map((lag) => lag.receivedAt)) - since;
}
