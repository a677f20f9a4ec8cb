#include "sim/replicas/stage.hpp"

#include <algorithm>
#include <array>

#include "core/random.hpp"

namespace tillgate::sim::replicas {

namespace {

constexpr std::int64_t kNoon = 1'795'348'800'000;

std::vector<CustomerId> record_keys(int records) {
  std::vector<CustomerId> keys;
  for (int i = 1; i <= records; ++i) keys.push_back(record_key(i));
  return keys;
}

}  // namespace

CustomerId record_key(int number) {
  Uuid uuid;
  uuid.bytes[15] = static_cast<std::uint8_t>(number);
  return CustomerId(uuid);
}

Op write(int author, int record, Field field, std::string value) {
  Op op = word(author, Saying::write, record, 0, field);
  op.value = std::move(value);
  return op;
}

Op word(int author, Saying saying, int record, int other, Field field) {
  Op op;
  op.saying = saying;
  op.author = author;
  op.key = record_key(record);
  op.other = record_key(other);
  op.field = field;
  return op;
}

Stage::Stage(std::vector<milliseconds> leads, int records, Canary canary)
    : now_(timestamp_from_ms(kNoon)), truth_(record_keys(records)) {
  leads.insert(leads.begin(), milliseconds(0));
  for (std::size_t i = 0; i < leads.size(); ++i)
    replicas_.emplace_back("pos:replica-" + std::to_string(i), leads[i], now_, canary);
  heard_.resize(leads.size());
}

std::optional<PeopleChange> Stage::change_of(const Op& op, const Replica& author) const {
  const Persons& persons = author.people().persons;
  const auto wrapped = [](auto said) { return said ? std::optional<PeopleChange>(PersonChange(*said)) : std::nullopt; };
  Patch patch;
  switch (op.saying) {
    case Saying::merge: return wrapped(merging(persons, op.key, op.other, op.version));
    case Saying::unmerge: return wrapped(unmerging(persons, op.key));
    case Saying::choose: return wrapped(choosing(persons, op.key, {op.field}, op.version));
    case Saying::erase: return wrapped(author.erasing(op.key));
    case Saying::write: patch.fields = {{op.field, op.value}}; break;
    case Saying::deny: patch.consent = {{Truth::kPurpose, false}}; break;
    case Saying::grant: patch.consent = {{Truth::kPurpose, true}}; break;
    case Saying::tag: patch.tags_added = {Truth::kTag}; break;
    case Saying::untag: patch.tags_removed = {Truth::kTag}; break;
  }
  if (is_erased(persons, op.key)) return std::nullopt;
  RecordWrite write{op.key, versioned(author.shown(op.key).value_or(Customer{}), patch, op.version)};
  if (write.changes.is_empty()) return std::nullopt;
  return PeopleChange(write);
}

std::optional<std::size_t> Stage::say(Op draft) {
  const auto at = static_cast<std::size_t>(draft.author);
  now_ += milliseconds(1);
  draft.version = replicas_[at].next(now_);
  auto change = change_of(draft, replicas_[at]);
  if (!change) return std::nullopt;
  draft.change = std::move(*change);
  for (const auto i : heard_[at]) {
    const Op& known = truth_.ops()[i];
    // An erase and an unmerge carry no version: nothing is ever compared with them.
    const bool is_compared = known.saying != Saying::erase && known.saying != Saying::unmerge;
    if (is_compared && draft.version <= known.version)
      complain(text_of(draft) + ": not above op " + std::to_string(i) + ", which its author had received");
  }
  const std::size_t number = truth_.add(draft, heard_[at]);
  heard_[at].insert(number);
  replicas_[at].receive(draft.change, draft.version, now_);
  check(draft.author);
  return number;
}

bool Stage::hear(int replica, std::size_t op) {
  const Op& said = truth_.ops()[op];
  if (replica == 0 && said.author != 0 && is_beyond_fence(said.change, now_)) return false;
  const auto at = static_cast<std::size_t>(replica);
  replicas_[at].receive(said.change, said.version, now_);
  heard_[at].insert(op);
  return true;
}

void Stage::complain(const std::string& what) {
  if (complaint_.empty()) complaint_ = what;
}

void Stage::check(int replica) {
  const auto at = static_cast<std::size_t>(replica);
  const std::string wrong = truth_.complaint(heard_[at], replicas_[at]);
  if (!wrong.empty()) complain("replica " + std::to_string(replica) + ", " + wrong);
}

void Stage::check_all_equal() {
  for (int i = 0; i < replicas(); ++i) {
    check(i);
    if (!replica(i).holds_the_same_as(replica(0))) complain("replica " + std::to_string(i) + " differs from head office");
  }
}

std::string Stage::story() const {
  std::string text;
  for (std::size_t i = 0; i < ops().size(); ++i) text += "  " + std::to_string(i) + " " + text_of(ops()[i]) + "\n";
  return text;
}

namespace {

// Directs a stage by a seed. What stores say goes to head office and from there to the other stores.
class Director {
 public:
  Director(std::uint64_t seed, Canary canary) : seed_(seed), random_(seed), stage_(leads(), kRecords, canary) {}

  std::string run() {
    cut_until_.resize(static_cast<std::size_t>(stage_.replicas()));
    for (step_ = 0; step_ < kSteps && stage_.complaint().empty(); ++step_) {
      stage_.pass(milliseconds(random_.below(60'000)));
      if (random_.below(12) == 0) cut_until_[random_.below(cut_until_.size())] = step_ + random_.below(40);
      if (random_.below(2) == 0) speak();
      deliver();
    }
    while (!flights_.empty() && stage_.complaint().empty()) {  // everything arrives in the end
      ++step_;
      deliver();
    }
    for (int i = 0; i < 20 && !stage_.ops().empty(); ++i) stage_.hear(pick_replica(), random_.below(stage_.ops().size()));
    stage_.check_all_equal();
    if (stage_.complaint().empty()) return {};
    return "seed " + std::to_string(seed_) + ": " + stage_.complaint() + "\n" + stage_.story();
  }

 private:
  static constexpr std::size_t kSteps = 120;
  static constexpr int kRecords = 7;
  struct Flight {
    std::size_t due;
    int to;
    std::size_t op;
  };

  std::vector<milliseconds> leads() {
    std::vector<milliseconds> all(2 + random_.below(3));
    for (auto& lead : all) lead = std::chrono::minutes(static_cast<int>(random_.below(2400)) - 1200);
    return all;
  }
  int pick_replica() { return static_cast<int>(random_.below(static_cast<std::uint64_t>(stage_.replicas()))); }
  int pick_record() { return 1 + static_cast<int>(random_.below(kRecords)); }

  void speak() {
    static constexpr std::array sayings{Saying::write,  Saying::write, Saying::write, Saying::write,   Saying::deny,
                                        Saying::grant,  Saying::tag,   Saying::untag, Saying::merge,   Saying::merge,
                                        Saying::choose, Saying::write, Saying::merge, Saying::unmerge, Saying::choose};
    const Saying saying = random_.below(40) == 0 ? Saying::erase : sayings[random_.below(sayings.size())];
    const Field field = random_.below(2) == 0 ? Field::first_name : Field::phone;
    Op op = word(pick_replica(), saying, pick_record(), pick_record(), field);
    op.value = "v" + std::to_string(random_.below(50));
    if (const auto said = stage_.say(std::move(op))) travel(*said, stage_.ops()[*said].author);
  }

  void travel(std::size_t op, int from) {
    if (from != 0) return send(0, op);
    for (int to = 1; to < stage_.replicas(); ++to) {
      if (to != stage_.ops()[op].author) send(to, op);
    }
  }
  void send(int to, std::size_t op) { flights_.push_back({step_ + random_.below(15), to, op}); }

  // In any order: the flight looked at is drawn, not the oldest.
  void deliver() {
    for (auto left = flights_.size(); left > 0; --left) {
      const std::size_t at = random_.below(flights_.size());
      const Flight flight = flights_[at];
      const bool is_cut = cut_until_[static_cast<std::size_t>(flight.to)] > step_;
      if (is_cut || flight.due > step_) continue;
      flights_.erase(flights_.begin() + static_cast<std::ptrdiff_t>(at));
      if (random_.below(6) == 0) send(flight.to, flight.op);  // once more
      const bool is_news = !stage_.heard(flight.to).contains(flight.op);
      stage_.hear(flight.to, flight.op);
      if (is_news && flight.to == 0) travel(flight.op, 0);
      if (random_.below(8) == 0) stage_.check(flight.to);
      if (flights_.empty()) return;
    }
  }

  std::uint64_t seed_;
  Random random_;
  Stage stage_;
  std::size_t step_ = 0;
  std::vector<std::size_t> cut_until_;
  std::vector<Flight> flights_;
};

}  // namespace

std::string play(std::uint64_t seed, Canary canary) {
  return Director(seed, canary).run();
}

}  // namespace tillgate::sim::replicas
