// The rows of docs/capabilities.md. `part`: of the nine parts of the work, the one that owns the row. `left`: what its tests do not show
// yet; a row without tests needs none.
const text = `
1|3|A customer keeps every field, ids, times and versions; Unicode survives
2|3|A POS id belongs to one customer per store and account|
3|3|Status and e-mail compare without case, phones without punctuation
4|3|Birthdays are real dates, blanks and N/A are nothing, broken UTF-8 is refused
5|5|Each POS sync run is on record: state, counts, errors
6|5|Create online: validated, in the POS, here, confirmed
7|5|Create with the POS down: kept here, queued, its POS id filled in later
8|5|Exactly one POS record across crashes and repeats
9|5|A missing or faulty body is told field by field and the POS is not asked|the status codes that depend on a POS
10|5|A duplicate at the POS is answered with the candidate
11|5|A POS that cannot create is said to be so, or a person gets the task
12|3|Legacy paths for listing and creating customers
13|3|Legacy search with key and id
14|3|A foreign kiosk learns nothing
15|3|One customer by id
16|3|Lists with pages, sorting and a hard cap
17|3|Search by parts of a name and past typing errors
18|3|Search answers without the outside world and says how fresh it is
19|3|Search results show each customer once
20|3|Step-up identification that never picks one of several
21|3|A change checks the version its author saw; a stale one shows both
22|5|A change made offline reaches the POS later; its state can be read
23|5|Full, then incremental sync from a durable cursor
24|5|A bad record is set aside and the rest goes on
25|5|A sync never erases with nulls nor touches other accounts
26|5|A failed sync is recorded, retried with back-off, alerted
27|5|One sync per store and account; a crashed one expires
28|5|Daily off-peak schedule in the store's time, and intervals
29|5|Sync now, and after a change of settings
30|5|POS webhooks: authenticated, once, in order
31|3|CSV import: dry run, report per row, resumed after a crash, once
32|3|Duplicates are found by name, contacts, identifiers|
33|3|A merge keeps history, can be undone, and orders follow
34|3|Consent per purpose with time, source and text; revocable
35|3|Erasure leaves no byte and beats late writes|stores that hear of it from head office
36|3|Everything known of a customer can be handed out
37|3|Retention deletes by policy
38|3|Every change is on record: who, when, what, why, tamper-evident
39|5|Six POS systems behind one interface, capabilities served
40|5|Flowhub's recreational and medical filter
41|5|A failure is never shown as an empty result
42|5|Typed errors, one envelope, no vendor detail leaks
43|5|Timeouts, jittered retries, circuit breaker, local answers
44|5|What cannot be delivered can be seen, sent again, dropped
45|5|Administrators hear of failures and recoveries, without floods
46|4|Write and outbox in one transaction; full and broken disks|queues towards POS systems
47|4|Replication over MQTT that resumes after days|what comes down from head office
48|4|Head office's changes come down; both sides converge
49|7|Mutual TLS, topics per store, rotation, revocation|rotation and revocation
50|8|Online state, depth and age of the queue are visible
51|7|Devices authenticate and are revoked at once, also offline
52|7|A role check on every route, default deny|people and their login
53|7|Stores are kept apart in the storage
54|7|Everything foreign is bounded, parsed strictly, fuzzed
55|7|Personal data encrypted at rest with keys apart|all but licence and medical numbers, which need an encrypted disk
56|7|Rate limits per device and person
57|7|No personal data or secret in logs, metrics, errors|the pages and the POS side, when they are there
58|7|Staff log in, also offline, with lockout and expiry
59|7|People are managed; nobody raises their own role
60|3|An order knows its customer; history is readable offline
61|3|An order never overtakes its customer
62|3|Eight states, guarded transitions, conflicts seen
63|3|Purchase limits per cart and over time
64|3|Age is checked, in the store's calendar
65|3|An open order is resumed and merged
66|6|Readers of tags: debounced, blocked, unknown ones logged
67|6|Devices come and go and say how they are
68|6|Receipts are printed once, with retries
69|6|A scan fills the form
70|8|Customer screens
71|8|Staff screens
72|8|Manager screens
73|8|Administrator screens
74|9|Metrics, and one id from request to POS and wire
75|3|Search in time on store hardware|the time on store hardware; the bench measures the machine it runs on
76|9|Signals, watchdog, reload, migration, backup, upgrade, clock jumps|reload, upgrade and its way back
77|3|OpenAPI and AsyncAPI with replayed examples, diagrams from traces
78|4|Long outages, flapping, half-open sockets, lost brokers, power cuts: nothing lost, nothing twice|the long soak and the way down
`;

export const rows = text.trim().split('\n').map((line) => {
  const [n, part, what, left] = line.split('|');
  return { n: Number(n), part: Number(part), text: what, ...(left ? { left } : {}) };
});
