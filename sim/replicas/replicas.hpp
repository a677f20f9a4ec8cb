// One replica (a store or head office) of what is known of people: core's rules behind a clock of its own. A canary makes it break
// one rule on purpose, so that the simulation can show that it would notice. Source of the rules: docs/merging.md.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/people.hpp"

namespace tillgate::sim::replicas {

// Ways in which naive systems get it wrong.
enum class Canary : std::uint8_t {
  none,
  merge_by_pointer,     // b points at a, and what is written to b from then on is rewritten to a
  clamp_on_receipt,     // a leading version is cut to the receiver's own clock
  last_writer_consent,  // the newest word decides, whoever did not know of the no
  mortal_erase,         // a write with a later clock brings an erased record back
  directed_links,       // a link is followed from its first end to its second only
  deaf_clock,           // a receiver does not write above what it received
  single_key_erase,     // an erase names the one record at hand
  everlasting_choice,   // a choice survives later writes
};
inline constexpr std::size_t kCanaries = 9;  // `none` included
[[nodiscard]] std::string_view name_of(Canary canary);

class Replica {
 public:
  // `lead`: how far its idea of the time is ahead of the truth (negative: behind).
  Replica(std::string origin, milliseconds lead, Timestamp now, Canary canary);

  // The version of a change that is about to be committed here; `now` is the true time, as everywhere below.
  [[nodiscard]] Version next(Timestamp now);
  // Own and foreign changes alike, any number of times. `version` is the envelope's; nothing but a canary looks at it.
  Applied receive(PeopleChange change, const Version& version, Timestamp now);

  [[nodiscard]] std::vector<CustomerId> person_of(const CustomerId& key) const;
  [[nodiscard]] std::optional<Customer> shown(const CustomerId& key) const;
  [[nodiscard]] std::optional<bool> is_granted(const Customer& person, Purpose purpose) const;
  [[nodiscard]] std::optional<Erase> erasing(const CustomerId& key) const;
  [[nodiscard]] const People& people() const { return people_; }
  [[nodiscard]] int discarded() const { return discarded_; }
  [[nodiscard]] bool holds_the_same_as(const Replica& other) const;

 private:
  [[nodiscard]] HlcClock::Reading reading(Timestamp now) const;
  [[nodiscard]] CustomerId home_of(CustomerId key) const;  // merge_by_pointer
  void move_home(const PersonChange& change);
  void receive_mortally(PeopleChange& change, const Version& version);

  std::string origin_;
  milliseconds lead_;
  Timestamp started_;
  Canary canary_;
  HlcClock clock_;
  People people_;
  int discarded_ = 0;
  std::map<CustomerId, CustomerId> moved_;   // merge_by_pointer: from -> to
  std::map<CustomerId, Version> buried_at_;  // mortal_erase
};

}  // namespace tillgate::sim::replicas
