#include "sim/oracle.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "core/customer_state.hpp"
#include "store/ledger.hpp"
#include "store/record.hpp"

namespace tillgate::sim {
namespace {

constexpr int kRepeats = 2;  // answered commands repeated per check; unanswered ones are all repeated

const std::optional<CommandKey>& key_in(const Command& command) {
  static const std::optional<CommandKey> none;
  if (const auto* create = std::get_if<CreateCustomer>(&command)) return create->key;
  if (const auto* update = std::get_if<UpdateCustomer>(&command)) return update->key;
  return none;
}

std::string told(const Error& error) {
  return error.what + " | " + error.detail;
}

}  // namespace

Result<CommandOutcome> run_on(StoreDatabase& database, Command command) {
  Result<CommandOutcome> answer = fail(Errc::busy, "no answer");
  if (!database.writer()->submit(std::move(command), [&](Result<CommandOutcome> outcome) { answer = std::move(outcome); }))
    return answer;
  while (database.writer()->drain()) {
  }
  return answer;
}

const CommandKey& Oracle::Asked::key() const {
  const auto& key = key_in(command);
  CHECK(key);
  return *key;
}

std::size_t Oracle::asked(Command command) {
  const auto key = key_in(command);
  CHECK(key);
  const auto [place, is_new] = by_key_.try_emplace(key->key, asked_.size());
  if (is_new) {
    by_change_.emplace(change_id_of(*key), asked_.size());
    asked_.push_back(Asked{std::move(command), {}, 0, false});
  }
  return place->second;
}

std::string Oracle::answered(std::size_t number, const Committed& answer) {
  Asked& asked = asked_[number];
  if (asked.answer) {
    if (answer.is_replay && answer.seq == asked.answer->seq && answer.etag == asked.answer->etag) return {};
    return "doubled: a repeat of " + asked.key().key + " got another answer than the first";
  }
  asked.answer = answer;
  asked.answered_at = ++answers_;
  // Several commands may share one row as their answer, but only one of them made it; compare_ledger sees which.
  asked.has_written = std::none_of(asked_.begin(), asked_.end(), [&](const Asked& other) {
    return &other != &asked && other.answer && other.answer->seq == answer.seq;
  });
  return {};
}

std::string Oracle::check(Machine& machine, const Moment& moment, Random& random) const {
  auto database = StoreDatabase::open(machine.options);
  if (!database) return "corrupt: " + told(database.error());
  Connection& db = (*database)->connection();
  if (auto sound = verify_chain(db, 0); !sound) return "corrupt: " + told(sound.error());
  std::vector<Row> rows;
  if (auto wrong = compare_ledger(db, moment, rows); !wrong.empty()) return wrong;
  if (auto wrong = compare_records(db, moment, rows); !wrong.empty()) return wrong;
  if (auto wrong = compare_rest(db, moment, rows); !wrong.empty()) return wrong;
  return repeat(**database, moment, random);
}

// Every answered change lies where it was answered; every other row belongs to a command that was in flight.
std::string Oracle::compare_ledger(Connection& db, const Moment& moment, std::vector<Row>& rows) const {
  auto read = db.prepare("SELECT envelope FROM ledger ORDER BY seq");
  for (;;) {
    auto has = read.step();
    if (!has) return "corrupt: " + told(has.error());
    if (!*has) break;
    const auto envelope = decode_envelope(read.text(0));
    if (!envelope) return "corrupt: " + told(envelope.error());
    const Row row{envelope->change_id, CustomerId(envelope->key)};
    rows.push_back(row);
    const auto known = by_change_.find(row.change_id);
    if (known == by_change_.end() || known->second >= moment.asked) return "invented: a ledger row that nobody asked for";
    const Asked& asked = asked_[known->second];
    const bool is_answered = asked.answer && asked.answered_at <= moment.answers;
    if (is_answered && asked.answer->seq != static_cast<Seq>(rows.size()))
      return "moved: " + asked.key().key + " lies elsewhere";
  }
  for (std::size_t i = 0; i < moment.asked; ++i) {
    const Asked& asked = asked_[i];
    if (!asked.answer || asked.answered_at > moment.answers) continue;
    const auto at = static_cast<std::size_t>(asked.answer->seq);
    if (at == 0 || at > rows.size() || rows[at - 1].key != asked.answer->customer.id)
      return "lost: " + asked.key().key + " was answered with row " + std::to_string(at) + " of " + std::to_string(rows.size());
    if (asked.has_written && rows[at - 1].change_id != change_id_of(asked.key()))
      return "lost: row " + std::to_string(at) + " is not that of " + asked.key().key;
  }
  return {};
}

// Each record stands after its last ledger row, with the state that was answered for it.
std::string Oracle::compare_records(Connection& db, const Moment& moment, const std::vector<Row>& rows) const {
  std::map<CustomerId, Seq> last;
  for (std::size_t i = 0; i < rows.size(); ++i) last[rows[i].key] = static_cast<Seq>(i + 1);
  std::map<Seq, Digest> answered;
  for (std::size_t i = 0; i < moment.asked; ++i) {
    const Asked& asked = asked_[i];
    if (asked.answer && asked.answered_at <= moment.answers) answered[asked.answer->seq] = asked.answer->etag;
  }
  std::size_t found = 0;
  auto read = db.prepare("SELECT " TILLGATE_RECORD_COLUMNS " FROM customers");
  for (;;) {
    auto has = read.step();
    if (!has) return "corrupt: " + told(has.error());
    if (!*has) break;
    ++found;
    const auto record = record_in(read);
    if (!record) return "corrupt: " + told(record.error());
    const auto& id = record->stored.customer.id;
    const Seq seq = record->stored.last_seq;
    const Digest& digest = record->stored.etag;
    const auto place = last.find(id);
    if (place == last.end() || place->second != seq)
      return "partial: a record and its ledger row came apart at row " + std::to_string(seq);
    const auto known = answered.find(seq);
    if (known != answered.end()) {
      if (known->second != digest) return "lost: a record is not as it was answered at row " + std::to_string(seq);
    } else {
      auto rebuilt = customer_at(db, id, seq);
      if (!rebuilt || hash_of(encode_state(*rebuilt)) != digest)
        return "partial: a record is not what its ledger rows make of it";
    }
  }
  return found == last.size() ? std::string() : "partial: ledger rows without their record";
}

// Ids, kept answers, the count of customers and the feed's cursor moved together with the ledger.
std::string Oracle::compare_rest(Connection& db, const Moment& moment, const std::vector<Row>& rows) const {
  // Each change and each customer is found by its id, and no other id is.
  auto found = db.prepare(
      "SELECT (SELECT count(*) FROM ids), (SELECT count(*) FROM ledger l JOIN ids i ON i.id = l.change_id AND i.seq = l.seq),"
      " (SELECT count(*) FROM customers c JOIN ids i ON i.id = c.id AND i.seq = c.n), (SELECT count(*) FROM customers)");
  auto has_found = found.step();
  if (!has_found || !*has_found) return "corrupt: no ids";
  if (found.integer(1) != static_cast<Seq>(rows.size()) || found.integer(2) != found.integer(3) ||
      found.integer(0) != found.integer(1) + found.integer(2))
    return "partial: the ids and the rows they name came apart";
  auto beyond = db.integer_of("SELECT count(*) FROM answers WHERE seq NOT IN (SELECT seq FROM ledger)");
  if (!beyond) return "corrupt: " + told(beyond.error());
  if (*beyond != 0) return "partial: kept answers without their ledger row";
  auto end = end_of(db);
  if (!end) return "corrupt: " + told(end.error());
  if (end->customers != found.integer(3) || end->head.seq != static_cast<Seq>(rows.size()))
    return "partial: the figures and the rows came apart";
  auto feed = db.prepare("SELECT cursor_seq, cursor_digest FROM feeds");
  auto has_feed = feed.step();
  if (!has_feed) return "corrupt: " + told(has_feed.error());
  const Seq cursor = *has_feed ? feed.integer(0) : 0;
  if (cursor < moment.cursor_min) return "lost: an acknowledgement of row " + std::to_string(moment.cursor_min);
  auto digest = digest_at(db, cursor);
  if (!digest || !*digest || (*has_feed && **digest != feed.digest(1)))
    return "partial: the cursor names no row of this ledger";
  return {};
}

std::string Oracle::repeat(StoreDatabase& database, const Moment& moment, Random& random) const {
  std::vector<std::size_t> answered;
  for (std::size_t i = 0; i < moment.asked; ++i) {
    if (asked_[i].answer && asked_[i].answered_at <= moment.answers) answered.push_back(i);
  }
  for (int i = 0; i < kRepeats && !answered.empty(); ++i) {
    const Asked& asked = asked_[answered[random.below(answered.size())]];
    if (auto wrong = repeat_one(database, asked, true); !wrong.empty()) return wrong;
  }
  for (std::size_t i = 0; i < moment.asked; ++i) {
    const Asked& asked = asked_[i];
    if (asked.answer && asked.answered_at <= moment.answers) continue;
    if (auto wrong = repeat_one(database, asked, false); !wrong.empty()) return wrong;
  }
  return {};
}

std::string Oracle::repeat_one(StoreDatabase& database, const Asked& asked, bool was_answered) const {
  const std::string name = asked.key().key;
  auto first = run_on(database, asked.command);
  // An update of a customer whose creation was lost, unanswered, is refused: nothing happened, and that is the truth.
  if (!first && first.error().code == Errc::not_found && !was_answered) return {};
  if (!first) return "refused: a repeat of " + name + ": " + told(first.error());
  const auto* committed = std::get_if<Committed>(&*first);
  if (!committed) return "doubled: a repeat of " + name + " was taken for another request";
  if (was_answered && (!committed->is_replay || committed->seq != asked.answer->seq || committed->etag != asked.answer->etag))
    return "doubled: a repeat of " + name + " got another answer than the first";
  auto second = run_on(database, asked.command);
  const auto* again = second ? std::get_if<Committed>(&*second) : nullptr;
  if (!again || !again->is_replay || again->seq != committed->seq || again->etag != committed->etag)
    return "doubled: the second repeat of " + name + " differs from the first";
  Command other = asked.command;
  std::visit(
      [](auto& one) {
        if constexpr (requires { one.key; }) one.key->request = hash_of("another request");
      },
      other);
  auto reused = run_on(database, other);
  if (!reused || !std::holds_alternative<KeyReused>(*reused)) return "doubled: " + name + " was taken with another request";
  return {};
}

}  // namespace tillgate::sim
