// Of a scrub: the ledger and the ids that name its rows.
#include <utility>

#include "store/persons.hpp"
#include "store/scrub.hpp"
#include "store/scrub_reads.hpp"

namespace tillgate {

Result<bool> Scrub::check_ledger(Connection& db) {
  auto end = end_of(db);
  if (!end) return fail(end.error());
  auto own = digest_at(db, last_change_);
  if (!own) return fail(own.error());
  // At the beginning, or what was read has been re-chained since.
  if (last_change_ == 0 || (last_digest_ && *own != last_digest_)) {
    last_change_ = 0;
    last_digest_ = Digest{};
    last_count_ = 0;
    is_named_.assign(1, true);
    report_.changes = 0;
  }
  epochs_.clear();
  auto rows = db.prepare("SELECT id, epoch FROM epochs");
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) break;
    epochs_.emplace(rows.integer(0), rows.id<Epoch>(1));
  }
  for (std::int64_t i = 0; i < rows_ && last_change_ < end->head.seq; ++i) {
    if (auto done = check_change(db, last_change_ + 1); !done) return fail(done.error());
    ++last_change_;
    ++report_.changes;
    settle();
  }
  return last_change_ >= end->head.seq;
}

Result<> Scrub::check_change(Connection& db, Seq seq) {
  is_named_.resize(static_cast<std::size_t>(seq) + 1);
  is_blanked_.resize(static_cast<std::size_t>(seq) + 1);
  auto row = db.prepare(
                   "SELECT epoch, prior, customers, recorded_at, change_id, payload_hash, digest, envelope, payload"
                   " FROM ledger WHERE seq = ?")
                 .with(seq);
  const auto unreadable = [&](std::string_view why) -> Result<> {
    find("ledger", seq, why);
    last_digest_.reset();
    is_named_[static_cast<std::size_t>(seq)] = true;  // not missed a second time
    return {};
  };
  auto has = row.step();
  if (!has) return is_of_the_row(has.error()) ? unreadable("cannot be read") : Result<>(fail(has.error()));
  if (!*has) return unreadable("is missing");
  const std::int64_t epoch_id = row.integer(0);
  const Seq prior = row.integer(1);
  const std::int64_t count = row.integer(2);
  const std::int64_t recorded_at = row.integer(3);
  const auto change_id = row.id<ChangeId>(4);
  const Digest payload_hash = row.digest(5), digest = row.digest(6);
  const std::string_view line = row.text(7);
  const bool is_blanked = row.is_null(8);
  const std::string_view payload = is_blanked ? std::string_view() : row.text(8);
  if (!row.check()) return unreadable("has a column that is not of its kind");

  auto named = named_by(db, change_id);
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != seq) find("ledger", seq, "is not found by its change");
  if (!is_blanked && hash_of(payload) != payload_hash) find("ledger", seq, "has another payload than was hashed");
  if (last_digest_) {
    if (chain(*last_digest_, line, payload_hash) != digest) find("ledger", seq, "does not follow from the one before");
  }
  auto envelope = decode_envelope(line);
  if (envelope && last_digest_ && count != last_count_ + (creates_customer(*envelope, prior) ? 1 : 0))
    find("ledger", seq, "does not continue the count of the one before");
  if (!envelope) {
    find("ledger", seq, "has an envelope that cannot be read");
  } else {
    const auto epoch = epochs_.find(epoch_id);
    const bool is_same = envelope->seq == seq && ms_of(envelope->recorded_at) == recorded_at &&
                         envelope->change_id == change_id && epoch != epochs_.end() && epoch->second == envelope->epoch;
    if (!is_same) find("ledger", seq, "has columns that are not its envelope's");
    if (is_blanked) {
      is_blanked_[static_cast<std::size_t>(seq)] = true;
      // An order is compared with what is left of its changes; a customer is gone.
      auto erased = envelope->entity == kOrderEntity ? Result<bool>(true) : is_erased(db, CustomerId(envelope->key));
      if (!erased && !is_of_the_row(erased.error())) return fail(erased.error());
      if (!erased || !*erased) find("ledger", seq, "has no payload, though nobody was erased there");
    } else {
      auto said = decode_payload(payload, *envelope);
      if (!said) find("ledger", seq, "has a payload that cannot be read");
      const auto* change = said ? std::get_if<PersonChange>(&said->body) : nullptr;
      if (change) {
        if (auto done = check_statement(db, seq, *change); !done) return done;
      }
    }
    if (auto done = check_prior(db, seq, prior, *envelope); !done) return done;
    if (!has_records(envelope->entity)) is_named_[static_cast<std::size_t>(seq)] = true;  // no record leads to those
  }
  last_digest_ = digest;
  last_count_ = count;
  return {};
}

Result<> Scrub::check_prior(Connection& db, Seq seq, Seq prior, const Envelope& envelope) {
  if (prior == 0) return {};
  if (prior < 0 || prior >= seq) {
    find("ledger", seq, "names a later change as its prior one");
    return {};
  }
  auto key = key_of(db, prior);
  if (!key && !is_of_the_row(key.error())) return fail(key.error());
  if (!key || *key != envelope.key) {
    find("ledger", seq, "does not continue a change of its record");
    return {};
  }
  // Nothing may fail from here on: a row that is taken again must find the marks as they were.
  if (is_named_[static_cast<std::size_t>(prior)]) find("ledger", seq, "and another one follow the same change");
  is_named_[static_cast<std::size_t>(prior)] = true;
  return {};
}

// --- ids: each names the row that brought it into the world

Result<bool> Scrub::check_ids(Connection& db) {
  std::vector<std::pair<Uuid, Seq>> next;
  {
    // The shortest blob comes before every id; one without an address would be NULL.
    const std::uint8_t nothing = 0;
    const std::span<const std::uint8_t> after =
        last_id_ ? std::span<const std::uint8_t>(last_id_->bytes) : std::span(&nothing, 0);
    auto rows = db.prepare("SELECT id, seq FROM ids WHERE id > ? ORDER BY id LIMIT ?").with(after, rows_);
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      next.emplace_back(rows.id<Uuid>(0), rows.integer(1));
      if (auto ok = rows.check(); !ok) return fail(ok.error());
    }
  }
  for (const auto& [id, seq] : next) {
    if (auto done = check_id(db, id, seq); !done) return fail(done.error());
    last_id_ = id;
    settle();
  }
  return next.empty();
}

Result<> Scrub::check_id(Connection& db, const Uuid& id, Seq seq) {
  auto named = integer_in(db.prepare("SELECT (SELECT count(*) FROM ledger WHERE seq = ?1 AND change_id = ?2) +"
                                     " (SELECT count(*) FROM customers WHERE n = ?1 AND id = ?2) +"
                                     " (SELECT count(*) FROM orders WHERE n = ?1 AND id = ?2)")
                              .with(seq, id));
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != 1) find("ids: one that names row " + std::to_string(seq) + " is not of that row");
  return {};
}

}  // namespace tillgate
