#include "store/scrub.hpp"

#include <algorithm>
#include <utility>

#include "store/answers.hpp"
#include "store/feeds.hpp"
#include "store/scrub_reads.hpp"
#include "store/state.hpp"

namespace tillgate {
namespace {

// SQLite looks at no deadline while it walks a tree for its check, so above this it is left to the next start, which has the time.
constexpr std::int64_t kStructureBytesMax = std::int64_t{16} << 20;
constexpr std::size_t kFindingsMax = 100;

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
    case Part::persons: return "persons";
    case Part::likenesses: return "look-alikes";
    case Part::orders: return "orders";
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
      case Part::persons: return check_persons(db);
      case Part::likenesses: return check_likenesses(db);
      case Part::orders: return check_orders(db);
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
  if (!of || *of != (*answer)->record) find("answers", n, "does not name a change of its record");
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
