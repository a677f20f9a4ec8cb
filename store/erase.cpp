#include "store/erase.hpp"

#include "core/envelope.hpp"
#include "store/ledger.hpp"
#include "store/likenesses.hpp"
#include "store/pos_links.hpp"
#include "store/record.hpp"
#include "store/search_index.hpp"

namespace tillgate {
namespace {

// The record's changes, newest first, lose what they said.
Result<> blank_changes(Transaction& transaction, const CustomerId& id, Seq seq) {
  Connection& db = transaction.db();
  while (seq > 0) {
    auto envelope = envelope_at(db, seq);
    if (!envelope) return fail(envelope.error());
    if (!*envelope || (*envelope)->key != id || (*envelope)->entity != kCustomerEntity)
      return fail(Errc::corrupt, "the ledger is damaged",
                  "row " + std::to_string(seq) + " is not a change of the record to erase");
    Seq prior = 0;
    {
      auto row = db.prepare("SELECT prior FROM ledger WHERE seq = ?").with(seq);
      auto has = row.step();
      if (!has) return fail(has.error());
      prior = row.integer(0);
      if (auto ok = row.check(); !ok) return ok;
    }
    if (prior >= seq)
      return fail(Errc::corrupt, "the ledger is damaged", "row " + std::to_string(seq) + " follows a later one");
    if (auto blanked = blank_payload(transaction, seq); !blanked) return blanked;
    seq = prior;
  }
  return {};
}

}  // namespace

Result<bool> scrub_record(Transaction& transaction, const Sealer& sealer, const CustomerId& id) {
  Connection& db = transaction.db();
  auto record = find_record(db, id);
  if (!record) return fail(record.error());
  if (!*record) return false;
  // What it was found by follows from what it said, so this comes first.
  if (auto done = forget_terms(transaction, sealer, id); !done) return fail(done.error());
  if (auto done = forget_likenesses(transaction, id); !done) return fail(done.error());
  if (auto done = blank_changes(transaction, id, (*record)->stored.last_seq); !done) return fail(done.error());
  auto unlinked = save_pos_links(transaction, (*record)->n, (*record)->stored.customer.pos_links, {});
  if (!unlinked) return fail(unlinked.error());
  if (auto gone = db.prepare("DELETE FROM customers WHERE n = ?").with((*record)->n).run(); !gone) return fail(gone.error());
  // The key is answered by its tombstone from now on; the change that created the record is still found by its own id.
  if (auto gone = db.prepare("DELETE FROM ids WHERE id = ?").with(id).run(); !gone) return fail(gone.error());
  return true;
}

}  // namespace tillgate
