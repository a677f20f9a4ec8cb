// What to try next: lines that work when pasted into a shell. A test pastes them.
import { binary } from '../rig/binaries.mjs';
import { dirname } from 'node:path';

// Groups of {title, lines}; together they are one shell session. `id` is a customer that exists.
export function nextSteps(rig, id) {
  const { daemon, office, postgres } = rig;
  return [
    { title: 'For the lines below', lines: [
      `API=http://127.0.0.1:${daemon.port}`,
      `AUTH='Authorization: Bearer ${daemon.terminals[0].token}'`,
      `ID=${id}`,
      `BIN='${dirname(binary('tillgatectl'))}'`,
      `SOCKET='${daemon.socket}'`,
      `HQ='${office.config}'`,
      `DB=${postgres.url(rig.database)}`,
    ] },
    { title: 'Create a customer (the key makes a repeat harmless)', lines: [
      `curl -s $API/api/v1/customers -H "$AUTH" -H 'Content-Type: application/json' \\`,
      `  -H "Idempotency-Key: $(date +%s%N)" \\`,
      `  -d '{"first_name": "Zinnia", "last_name": "Okonkwo-Lindqvist"}'`,
    ] },
    { title: 'Read one, with its version in ETag', lines: [
      'curl -si $API/api/v1/customers/$ID -H "$AUTH"',
    ] },
    { title: 'Change it, if it is still what you saw', lines: [
      'TAG=$(curl -si $API/api/v1/customers/$ID -H "$AUTH" | tr -d \'\\r\' \\',
      "  | sed -n 's/^[Ee][Tt]ag: //p')",
      `curl -s -X PATCH $API/api/v1/customers/$ID -H "$AUTH" -H "If-Match: $TAG" \\`,
      `  -H 'Content-Type: application/merge-patch+json' \\`,
      `  -H "Idempotency-Key: $(date +%s%N)" -d '{"notes": "likes to be called Ada"}'`,
    ] },
    { title: 'The newest three', lines: [
      'curl -s "$API/api/v1/customers?limit=3&sort=updated" -H "$AUTH"',
    ] },
    { title: 'How is the store? What waits?', lines: [
      '"$BIN/tillgatectl" --socket "$SOCKET" status',
      '"$BIN/tillgatectl" --socket "$SOCKET" queue',
    ] },
    { title: 'How does head office see its stores?', lines: [
      '"$BIN/tillgate-hq" stores --config "$HQ"',
      `psql $DB -c 'SELECT store, online, position, lag FROM hq.stores'`,
    ] },
  ];
}
