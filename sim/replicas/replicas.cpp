#include "sim/replicas/replicas.hpp"

#include <algorithm>
#include <array>
#include <set>

namespace tillgate::sim::replicas {

namespace {

// Every version in a change, to be altered: what a receiver must never do.
class Clamp {
 public:
  explicit Clamp(Hlc limit) : limit_(limit) {}
  void operator()(RecordWrite& write) const {
    for (auto& field : write.changes.fields) cut(field.version);
    for (auto& tag : write.changes.tags) cut(tag.version);
    for (auto& consent : write.changes.consent) {
      cut(consent.version);
      for (auto& denial : consent.seen_denials) cut(denial);
    }
  }
  void operator()(PersonChange& change) const { std::visit(*this, change); }
  void operator()(Merge& merge) const { cut(merge.add.version); }
  void operator()(Unmerge& unmerge) const { cut(unmerge.seen); }
  void operator()(Choose& choose) const {
    cut(choose.version);
    cut(choose.ties);
  }
  void operator()(Erase&) const {}

 private:
  void cut(Version& version) const { version.hlc = std::min(version.hlc, limit_); }
  void cut(std::vector<LinkAdd>& adds) const {
    for (auto& add : adds) cut(add.version);
  }
  Hlc limit_;
};

std::vector<CustomerId> reachable(const Persons& persons, const CustomerId& key) {
  if (is_erased(persons, key)) return {};
  std::set<CustomerId> members{key};
  std::vector<CustomerId> open{key};
  while (!open.empty()) {
    const CustomerId at = open.back();
    open.pop_back();
    for (const auto& [add, is_removed] : persons.links) {
      if (add.link.a == at && stands(persons, add) && members.insert(add.link.b).second) open.push_back(add.link.b);
    }
  }
  return {members.begin(), members.end()};
}

}  // namespace

std::string_view name_of(Canary canary) {
  static constexpr std::array<std::string_view, kCanaries> names{
      "none",           "merge by pointer", "clamp on receipt", "last writer wins consent", "erase with a clock",
      "directed links", "deaf clock",       "erase of one key", "everlasting choice"};
  return names[static_cast<std::size_t>(canary)];
}

Replica::Replica(std::string origin, milliseconds lead, Timestamp now, Canary canary)
    : origin_(std::move(origin)),
      lead_(lead),
      started_(now),
      canary_(canary),
      clock_(Hlc::from_time(now + lead), Time{}, std::chrono::minutes(5)) {
  clock_.confirm(now + lead, Time{});  // by a source that is wrong by as much
}

HlcClock::Reading Replica::reading(Timestamp now) const {
  return {now + lead_, Time{} + (now - started_)};
}

Version Replica::next(Timestamp now) {
  return {clock_.next(reading(now)), origin_};
}

Applied Replica::receive(PeopleChange change, const Version& version, Timestamp now) {
  const HlcClock::Reading at = reading(now);
  if (canary_ == Canary::clamp_on_receipt) {
    const Hlc own{Hlc::from_time(clock_.physical(at)).value | 0xffff};
    if (version.origin != origin_) std::visit(Clamp(own), change);
  }
  if (canary_ != Canary::deaf_clock) (void)clock_.next(at, newest_in(change));
  if (canary_ == Canary::mortal_erase) receive_mortally(change, version);
  if (canary_ == Canary::merge_by_pointer) {
    if (auto* write = std::get_if<RecordWrite>(&change)) write->key = home_of(write->key);
    if (const auto* person = std::get_if<PersonChange>(&change)) move_home(*person);
  }
  Applied applied = absorb(people_, change);
  discarded_ += static_cast<int>(applied.is_discarded);
  return applied;
}

std::vector<CustomerId> Replica::person_of(const CustomerId& key) const {
  if (canary_ == Canary::directed_links) return reachable(people_.persons, key);
  if (canary_ != Canary::merge_by_pointer) return tillgate::person_of(people_.persons, key);
  const CustomerId home = home_of(key);
  if (is_erased(people_.persons, home)) return {};
  std::vector<CustomerId> members{home};
  for (const auto& [from, to] : moved_) {
    if (home_of(from) == home && from != home) members.push_back(from);
  }
  std::sort(members.begin(), members.end());
  return members;
}

std::optional<Customer> Replica::shown(const CustomerId& key) const {
  std::vector<const Customer*> records;
  for (const CustomerId& member : person_of(key)) {
    const auto found = people_.records.find(member);
    if (found != people_.records.end()) records.push_back(&found->second);
  }
  if (records.empty()) return std::nullopt;
  if (canary_ != Canary::everlasting_choice) return tillgate::shown(people_.persons, records);
  Persons persons = people_.persons;
  for (auto& [at, choice] : persons.choices) choice.version.hlc.value |= std::uint64_t{6} << 60;
  return tillgate::shown(persons, records);
}

std::optional<bool> Replica::is_granted(const Customer& person, Purpose purpose) const {
  const Consent& consent = person.consent[static_cast<std::size_t>(purpose)];
  return canary_ == Canary::last_writer_consent ? consent.latest : consent.is_granted();
}

std::optional<Erase> Replica::erasing(const CustomerId& key) const {
  Erase erase{person_of(key)};
  if (erase.keys.empty()) return std::nullopt;
  if (canary_ == Canary::single_key_erase) erase.keys = {key};
  return erase;
}

bool Replica::holds_the_same_as(const Replica& other) const {
  return people_ == other.people_ && moved_ == other.moved_;
}

CustomerId Replica::home_of(CustomerId key) const {
  for (std::size_t hops = 0; hops < moved_.size(); ++hops) {  // bounded: pointers can run in a circle
    const auto found = moved_.find(key);
    if (found == moved_.end()) break;
    key = found->second;
  }
  return key;
}

void Replica::move_home(const PersonChange& change) {
  if (const auto* unmerge = std::get_if<Unmerge>(&change)) moved_.erase(unmerge->key);
  const auto* merge = std::get_if<Merge>(&change);
  if (!merge) return;
  const CustomerId to = home_of(merge->add.link.a), from = home_of(merge->add.link.b);
  if (to == from || is_erased(people_.persons, to) || is_erased(people_.persons, from)) return;
  moved_[from] = to;
  const auto found = people_.records.find(from);
  if (found == people_.records.end()) return;
  const Customer gone = found->second;
  people_.records.erase(found);
  Customer& kept = people_.records[to];
  kept.id = to;
  (void)tillgate::merge(kept, gone);
}

// Last writer wins between an erase and the writes around it.
void Replica::receive_mortally(PeopleChange& change, const Version& version) {
  if (const auto* write = std::get_if<RecordWrite>(&change)) {
    const auto found = buried_at_.find(write->key);
    if (found != buried_at_.end() && found->second < version) people_.persons.erased.erase(write->key);
    return;
  }
  auto* erase = std::get_if<Erase>(&std::get<PersonChange>(change));
  if (!erase) return;
  std::erase_if(erase->keys, [&](const CustomerId& key) {
    const auto found = people_.records.find(key);
    return found != people_.records.end() && found->second.newest() > version;
  });
  for (const CustomerId& key : erase->keys) buried_at_[key] = std::max(buried_at_[key], version);
}

}  // namespace tillgate::sim::replicas
