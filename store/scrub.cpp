#include "store/scrub.hpp"

#include <algorithm>
#include <utility>

#include "core/customer_state.hpp"
#include "store/answers.hpp"
#include "store/feeds.hpp"
#include "store/state.hpp"

namespace tillgate {
namespace {

// SQLite looks at no deadline while it walks a tree for its check, so above this it is left to the next start, which has the time.
constexpr std::int64_t kStructureBytesMax = std::int64_t{16} << 20;
constexpr std::size_t kFindingsMax = 100;
constexpr int kBusyMax = 5;

// An error of a whole step is the connection's; one that concerns a row is a finding.
bool is_of_the_row(const Error& error) {
  return error.code != Errc::busy;
}

// The numbers of the next rows of a table, so that each is then read by itself and a damaged one does not hide those behind it.
Result<std::vector<std::int64_t>> numbers(Statement&& read) {
  std::vector<std::int64_t> found;
  for (;;) {
    auto has = read.step();
    if (!has) return fail(has.error());
    if (!*has) return found;
    found.push_back(read.integer(0));
    if (auto ok = read.check(); !ok) return fail(ok.error());
  }
}

// The integer that a look-up gives; none: no row.
Result<std::optional<std::int64_t>> integer_in(Statement&& read) {
  auto has = read.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(read.integer(0));
}

// Which record a ledger row is about.
Result<std::optional<Uuid>> key_of(Connection& db, Seq seq) {
  auto row = db.prepare("SELECT envelope FROM ledger WHERE seq = ?").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Uuid>();
  auto envelope = decode_envelope(row.text(0));
  if (!envelope) return fail(envelope.error());
  return std::optional<Uuid>(envelope->key);
}

Result<std::optional<Seq>> seq_of(Connection& db, const Uuid& id) {
  return integer_in(db.prepare("SELECT seq FROM ids WHERE id = ?").with(id));
}

}  // namespace

void Scrub::find(const char* table, std::int64_t row, std::string_view what) {
  find(std::string(table) + " row " + std::to_string(row) + " " + std::string(what));
}

void Scrub::settle() {
  report_.found += static_cast<std::int64_t>(pending_.size());
  for (auto& one : pending_) {
    if (report_.findings.size() < kFindingsMax) report_.findings.push_back(std::move(one));
  }
  pending_.clear();
}

std::string_view Scrub::at() const {
  switch (part_) {
    case Part::structure: return "structure";
    case Part::ledger: return "ledger";
    case Part::ids: return "ids";
    case Part::customers: return "customers";
    case Part::answers: return "answers";
    case Part::rest: return "epochs and feeds";
    case Part::done: return "done";
  }
  return "done";
}

Result<bool> Scrub::step(Connection& db) {
  if (part_ == Part::done) return true;
  auto done = [&]() -> Result<bool> {
    auto snapshot = Transaction::begin(db, Transaction::Kind::read);
    if (!snapshot) return fail(snapshot.error());
    switch (part_) {
      case Part::structure: return check_structure(db);
      case Part::ledger: return check_ledger(db);
      case Part::ids: return check_ids(db);
      case Part::customers: return check_customers(db);
      case Part::answers: return check_answers(db);
      default: return check_rest(db);
    }
  }();
  if (!done && !is_of_the_row(done.error())) {
    pending_.clear();
    rows_ = std::max<std::int64_t>(1, rows_ / 4);
    ++busy_;
    return fail(done.error());
  }
  busy_ = 0;
  if (!done) find(std::string(at()) + " cannot be read: " + done.error().detail);
  settle();
  if (!done || *done) part_ = static_cast<Part>(static_cast<int>(part_) + 1);
  return part_ == Part::done;
}

Result<bool> Scrub::check_structure(Connection& db) {
  auto bytes = db.database_bytes();
  if (!bytes) return fail(bytes.error());
  if (*bytes > kStructureBytesMax || busy_ > 0) return true;
  auto row = db.prepare("PRAGMA integrity_check(20)");
  for (;;) {
    auto has = row.step();
    if (!has) return fail(has.error());
    if (!*has) break;
    if (row.text(0) != "ok") find("structure: " + std::string(row.text(0)));
  }
  report_.is_structure_checked = true;
  return true;
}

// --- the ledger

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

  auto named = seq_of(db, change_id);
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != seq) find("ledger", seq, "is not found by its change");
  if (!is_blanked && hash_of(payload) != payload_hash) find("ledger", seq, "has another payload than was hashed");
  if (last_digest_) {
    if (chain(*last_digest_, line, payload_hash) != digest) find("ledger", seq, "does not follow from the one before");
    if (count != last_count_ + (prior == 0 ? 1 : 0)) find("ledger", seq, "does not continue the count of the one before");
  }
  auto envelope = decode_envelope(line);
  if (!envelope) {
    find("ledger", seq, "has an envelope that cannot be read");
  } else {
    const auto epoch = epochs_.find(epoch_id);
    const bool is_same = envelope->seq == seq && ms_of(envelope->recorded_at) == recorded_at &&
                         envelope->change_id == change_id && epoch != epochs_.end() && epoch->second == envelope->epoch;
    if (!is_same) find("ledger", seq, "has columns that are not its envelope's");
    if (!is_blanked && !decode_payload(payload, *envelope)) find("ledger", seq, "has a payload that cannot be read");
    if (auto done = check_prior(db, seq, prior, *envelope); !done) return done;
    if (envelope->entity != kCustomerEntity) is_named_[static_cast<std::size_t>(seq)] = true;  // no record leads to those
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
                                     " (SELECT count(*) FROM customers WHERE n = ?1 AND id = ?2)")
                              .with(seq, id));
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != 1) find("ids: one that names row " + std::to_string(seq) + " is not of that row");
  return {};
}

// --- records

Result<bool> Scrub::check_customers(Connection& db) {
  auto next = numbers(db.prepare("SELECT n FROM customers WHERE n > ? ORDER BY n LIMIT ?").with(last_customer_, rows_));
  if (!next) return fail(next.error());
  for (const std::int64_t n : *next) {
    if (busy_ >= kBusyMax) {
      ++report_.skipped;
      is_record_unread_ = true;
      busy_ = 0;
    } else if (auto done = check_customer(db, n); !done) {
      return fail(done.error());
    }
    last_customer_ = n;
    ++report_.customers;
    settle();
  }
  if (!next->empty()) return false;
  // In this snapshot there is none beyond those counted; counting them again by SQL would be one long step.
  auto end = end_of(db);
  if (!end) return fail(end.error());
  if (end->customers != report_.customers) find("ledger: its count of customers is not that of the rows");
  if (!is_record_unread_) {
    for (Seq seq = 1; seq < static_cast<Seq>(is_named_.size()); ++seq) {
      if (!is_named_[static_cast<std::size_t>(seq)]) find("ledger", seq, "is a change that no record leads to");
    }
  }
  return true;
}

Result<> Scrub::check_customer(Connection& db, std::int64_t n) {
  Record record;
  {
    auto row = db.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers WHERE n = ?").with(n);
    auto has = row.step();
    auto read = !has ? Result<Record>(fail(has.error())) : *has ? record_in(row) : Result<Record>(fail(Errc::corrupt, "", ""));
    if (!read && !is_of_the_row(read.error())) return fail(read.error());
    if (!read) {
      is_record_unread_ = true;
      find("customers", n, "is not what was written");
      return {};
    }
    record = std::move(*read);
  }
  auto named = seq_of(db, record.stored.customer.id);
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != n) find("customers", n, "is not found by its id");
  auto updated = integer_in(db.prepare("SELECT n FROM customers INDEXED BY customers_updated WHERE updated_at = ? AND n = ?")
                                .with(ms_of(record.stored.updated_at), n));
  if (!updated && !is_of_the_row(updated.error())) return fail(updated.error());
  if (!updated || *updated != n) find("customers", n, "is not found by its time");
  return check_history(db, record);
}

// The record is what its changes make of it, and its times are theirs.
Result<> Scrub::check_history(Connection& db, const Record& record) {
  const auto& stored = record.stored;
  Customer rebuilt;
  rebuilt.id = stored.customer.id;
  std::optional<Seq> newest_read;  // the newest of its changes that was there when the ledger was read
  Seq oldest = 0;
  Timestamp first, last;
  for (Seq seq = stored.last_seq; seq > 0;) {
    auto change = change_at(db, seq);
    if (!change && !is_of_the_row(change.error())) return fail(change.error());
    if (!change || !*change || (*change)->envelope.key != stored.customer.id || (*change)->envelope.entity != kCustomerEntity ||
        (*change)->prior >= seq) {
      is_record_unread_ = true;
      find("customers", record.n, "has changes that cannot be read");
      return {};
    }
    if (!newest_read && seq < static_cast<Seq>(is_named_.size())) newest_read = seq;
    first = (*change)->envelope.recorded_at;
    if (seq == stored.last_seq) last = first;
    merge(rebuilt, changes_in((*change)->payload));
    oldest = seq;
    seq = (*change)->prior;
  }
  if (hash_of(encode_state(rebuilt)) != stored.etag) find("customers", record.n, "is not what its changes make of it");
  if (last != stored.updated_at || first != stored.created_at || oldest != record.n)
    find("customers", record.n, "has another number or other times than its changes");
  if (newest_read) {
    auto named = is_named_[static_cast<std::size_t>(*newest_read)];
    if (named) find("customers", record.n, "does not lead to its last change");
    is_named_[static_cast<std::size_t>(*newest_read)] = true;
  }
  return {};
}

// --- kept answers

Result<bool> Scrub::check_answers(Connection& db) {
  auto next = numbers(db.prepare("SELECT n FROM answers WHERE n > ? ORDER BY n LIMIT ?").with(last_answer_, rows_));
  if (!next) return fail(next.error());
  for (const std::int64_t n : *next) {
    if (auto done = check_answer(db, n); !done) return fail(done.error());
    last_answer_ = n;
    ++report_.answers;
    settle();
  }
  return next->empty();
}

Result<> Scrub::check_answer(Connection& db, std::int64_t n) {
  auto answer = answer_at(db, n);
  if (!answer && !is_of_the_row(answer.error())) return fail(answer.error());
  if (!answer || !*answer) return find("answers", n, "is not what was written"), Result<>();
  auto named = integer_in(db.prepare("SELECT n FROM answers WHERE key = ?").with((*answer)->of));
  if (!named && !is_of_the_row(named.error())) return fail(named.error());
  if (!named || *named != n) find("answers", n, "is not found by its key");
  auto of = key_of(db, (*answer)->seq);
  if (!of && !is_of_the_row(of.error())) return fail(of.error());
  if (!of || *of != (*answer)->customer) find("answers", n, "does not name a change of its record");
  return {};
}

// --- what there is little of

Result<bool> Scrub::check_rest(Connection& db) {
  auto path = written_path(db);
  if (!path) return fail(path.error());
  if (auto done = check_epochs(db, *path); !done) return fail(done.error());
  if (auto done = check_state(db, *path); !done) return fail(done.error());
  if (auto done = check_feeds(db); !done) return fail(done.error());
  return true;
}

// Each epoch that wrote begins right behind the row that it says, and replaces that row's epoch.
Result<> Scrub::check_epochs(Connection& db, const Path& path) {
  const EpochRoot* before = nullptr;
  for (const auto& root : path.roots()) {
    const std::string name = "epoch " + std::to_string(&root - path.roots().data() + 1);
    auto digest = digest_at(db, root.after.seq);
    if (!digest) return fail(digest.error());
    const bool is_first = before == nullptr;
    const bool is_rooted =
        *digest == root.after.digest && (is_first ? root.after.seq == 0 : root.after.seq > before->after.seq);
    const bool replaces = is_first ? !root.replaces : root.replaces == before->epoch;
    if (!is_rooted || !replaces) find(name + " does not begin where the one before ended");
    auto row = integer_in(
        db.prepare("SELECT e.root_seq FROM ledger l JOIN epochs e ON e.id = l.epoch WHERE l.seq = ?").with(root.after.seq + 1));
    if (!row) return fail(row.error());
    if (*row != root.after.seq) find(name + " does not hold the row behind its root");
    before = &root;
  }
  return {};
}

Result<> Scrub::check_state(Connection& db, const Path& path) {
  auto state = read_state(db);
  if (!state) return fail(state.error());
  if (!*state) return find("state: its row is missing"), Result<>();
  auto end = end_of(db);
  if (!end) return fail(end.error());
  // The current epoch has rows of its own, or begins at the head.
  std::optional<Epoch> last;
  if (!path.is_empty()) last = path.current().epoch;
  const EpochRoot& current = (*state)->current;
  const bool is_sound =
      current.epoch == last ? current == path.current() : current.after == end->head && current.replaces == last;
  if (!is_sound) find("state: the current epoch does not begin where it says");
  return {};
}

Result<> Scrub::check_feeds(Connection& db) {
  std::vector<std::string> names;
  {
    auto rows = db.prepare("SELECT name FROM feeds");
    for (;;) {
      auto has = rows.step();
      if (!has) return fail(has.error());
      if (!*has) break;
      names.emplace_back(rows.text(0));
    }
  }
  for (const auto& name : names) {
    auto feed = find_feed(db, name);
    if (!feed && !is_of_the_row(feed.error())) return fail(feed.error());
    if (!feed || !*feed) {
      find("feeds: a row is not what was written");
      continue;
    }
    auto digest = digest_at(db, (*feed)->cursor.seq);
    if (!digest) return fail(digest.error());
    if (*digest != (*feed)->cursor.digest) find("feeds: a cursor names no row of this ledger");
  }
  return {};
}

}  // namespace tillgate
