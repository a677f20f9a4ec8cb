#include "sim/replicas/truth.hpp"

#include <algorithm>
#include <array>

namespace tillgate::sim::replicas {

namespace {

std::string number_of(const CustomerId& key) {
  return std::to_string(key.bytes[15]);
}

std::string list(const std::set<CustomerId>& keys) {
  std::string text;
  for (const auto& key : keys) text += (text.empty() ? "" : "+") + number_of(key);
  return text.empty() ? "nobody" : text;
}

std::string quoted(const std::optional<std::string>& value) {
  return value ? '"' + *value + '"' : "nothing";
}

const char* word(std::optional<bool> granted) {
  return !granted ? "never asked" : *granted ? "granted" : "denied";
}

}  // namespace

std::string text_of(const Op& op) {
  static constexpr std::array names{"write", "deny", "grant", "tag", "untag", "merge", "unmerge", "choose", "erase"};
  std::string text = "replica " + std::to_string(op.author) + ": " + names[static_cast<std::size_t>(op.saying)] + " ";
  text += op.saying == Saying::erase ? list(op.keys) : number_of(op.key);
  if (op.saying == Saying::merge) text += "+" + number_of(op.other);
  if (op.saying == Saying::write || op.saying == Saying::choose) text += "." + std::string(spec_of(op.field).name);
  if (op.saying == Saying::write) text += " = " + quoted(op.value);
  for (const auto seen : op.seen) text += (seen == op.seen.front() ? " having seen " : ", ") + std::to_string(seen);
  return text + " at " + op.version.hlc.text();
}

struct Truth::Facts {
  const Heard& heard;
  std::set<CustomerId> erased;
  std::set<std::size_t> undone;    // merges that an unmerge removed
  std::set<std::size_t> standing;  // merges that connect
  std::map<CustomerId, std::set<CustomerId>> person;
};

Truth::Facts Truth::facts(const Heard& heard) const {
  Facts facts{heard, {}, {}, {}, {}};
  for (const auto i : heard) {
    facts.erased.insert(ops_[i].keys.begin(), ops_[i].keys.end());
    if (ops_[i].saying == Saying::unmerge) facts.undone.insert(ops_[i].seen.begin(), ops_[i].seen.end());
  }
  for (const auto& key : keys_) facts.person[key] = facts.erased.contains(key) ? std::set<CustomerId>{} : std::set{key};
  for (const auto i : heard) {
    const Op& op = ops_[i];
    if (op.saying != Saying::merge || facts.undone.contains(i)) continue;
    if (facts.erased.contains(op.key) || facts.erased.contains(op.other)) continue;
    facts.standing.insert(i);
    std::set<CustomerId> both = facts.person[op.key];
    both.insert(facts.person[op.other].begin(), facts.person[op.other].end());
    for (const auto& member : both) facts.person[member] = both;
  }
  return facts;
}

std::size_t Truth::add(Op op, const Heard& author) {
  const Facts facts = this->facts(author);
  const std::set<CustomerId>& person = facts.person.at(op.key);
  std::set<std::size_t> answered;  // a grant names the denials that stand in its author's view
  for (const auto i : author) {
    if (ops_[i].saying == Saying::grant && person.contains(ops_[i].key))
      answered.insert(ops_[i].seen.begin(), ops_[i].seen.end());
  }
  for (const auto i : author) {
    const Op& said = ops_[i];
    const bool touches = said.saying == Saying::merge && (said.key == op.key || said.other == op.key);
    if (op.saying == Saying::grant && said.saying == Saying::deny && person.contains(said.key) && !answered.contains(i))
      op.seen.push_back(i);
    if (op.saying == Saying::unmerge && touches && !facts.undone.contains(i)) op.seen.push_back(i);
    if (op.saying == Saying::choose && touches && facts.standing.contains(i)) op.seen.push_back(i);
  }
  if (op.saying == Saying::erase) op.keys = person;
  ops_.push_back(std::move(op));
  return ops_.size() - 1;
}

std::optional<std::string> Truth::expected(Field field, const Facts& facts, const std::set<CustomerId>& person) const {
  const Op* shown = nullptr;                     // the highest write at any member
  std::map<CustomerId, const Op*> own, choices;  // per member
  for (const auto i : facts.heard) {
    const Op& op = ops_[i];
    if (!person.contains(op.key) || op.field != field) continue;
    const auto keep_higher = [&op](const Op*& kept) {
      if (!kept || kept->version < op.version) kept = &op;
    };
    if (op.saying == Saying::write) {
      keep_higher(shown);
      keep_higher(own[op.key]);
    }
    if (op.saying == Saying::choose) keep_higher(choices[op.key]);
  }
  const Op* choice = nullptr;
  for (const auto& [from, made] : choices) {
    const bool is_tied = std::any_of(made->seen.begin(), made->seen.end(), [&](auto i) { return facts.standing.contains(i); });
    if (!is_tied || !own.contains(from) || made->version < shown->version) continue;
    if (!choice || choice->version < made->version) choice = made;
  }
  if (choice) return own.at(choice->key)->value;
  return shown ? std::optional(shown->value) : std::nullopt;
}

std::string Truth::complaint(const Heard& heard, const Replica& replica) const {
  const Facts facts = this->facts(heard);
  for (const auto& key : keys_) {
    const std::string wrong = complaint_of(key, facts, replica);
    if (!wrong.empty()) return "record " + number_of(key) + ": " + wrong;
  }
  return {};
}

std::string Truth::complaint_of(const CustomerId& key, const Facts& facts, const Replica& replica) const {
  const std::set<CustomerId>& person = facts.person.at(key);
  const bool is_kept = replica.people().records.contains(key);
  if (facts.erased.contains(key) && (is_kept || replica.shown(key))) return "erased, and back";
  const auto members = replica.person_of(key);
  const std::set<CustomerId> found(members.begin(), members.end());
  if (found != person) return "is one person with " + list(found) + " instead of " + list(person);

  const auto shown = replica.shown(key);
  for (const Field field : {Field::first_name, Field::phone}) {
    const auto wanted = expected(field, facts, person);
    const auto value = shown ? (*shown)[field].value : std::nullopt;
    if (value != wanted) return std::string(spec_of(field).name) + " is " + quoted(value) + " instead of " + quoted(wanted);
  }

  std::set<std::size_t> denied, answered;
  const Op* latest = nullptr;
  const Op* tag = nullptr;
  for (const auto i : facts.heard) {
    const Op& op = ops_[i];
    if (!person.contains(op.key)) continue;
    if (op.saying == Saying::deny) denied.insert(i);
    if (op.saying == Saying::grant) answered.insert(op.seen.begin(), op.seen.end());
    const bool is_consent = op.saying == Saying::deny || op.saying == Saying::grant;
    const bool is_tag = op.saying == Saying::tag || op.saying == Saying::untag;
    if (is_consent && (!latest || latest->version < op.version)) latest = &op;
    if (is_tag && (!tag || tag->version < op.version)) tag = &op;
  }
  const bool is_denied = !std::includes(answered.begin(), answered.end(), denied.begin(), denied.end());
  std::optional<bool> wanted;
  if (latest) wanted = !is_denied && latest->saying == Saying::grant;
  const auto granted = shown ? replica.is_granted(*shown, kPurpose) : std::nullopt;
  if (granted != wanted) return std::string("consent is ") + word(granted) + " instead of " + word(wanted);

  const auto element = shown ? shown->tags.find(kTag) : std::map<std::string, Element>::const_iterator();
  const bool is_tagged = shown && element != shown->tags.end() && element->second.is_present;
  if (is_tagged != (tag && tag->saying == Saying::tag)) return is_tagged ? "has a tag too many" : "misses a tag";
  return {};
}

}  // namespace tillgate::sim::replicas
