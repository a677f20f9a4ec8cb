// An invented town and what its shop would have typed about it, with the truth: who is who. Families at one address with one phone,
// twins, fathers and sons of one name, flatmates; and records of them with slips, short forms, exchanged names, moves, marriages,
// placeholders. From a seed; every name is from a list or built of syllables.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/customer.hpp"
#include "core/identity.hpp"

namespace tillgate::bench {

struct Sample {
  Customer customer;
  std::optional<BlindIndex> licence;
  std::uint32_t person;  // the truth
};

struct TownSettings {
  std::uint64_t seed = 1;
  std::uint32_t households = 2000;
};

// Some 2.4 people a household and 1.4 records a person, shuffled.
[[nodiscard]] std::vector<Sample> town(const TownSettings& settings);

}  // namespace tillgate::bench
