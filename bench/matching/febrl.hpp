// Reads the public Febrl sets (invented Australians with the truth in their ids). Of their fields the social security number is left out:
// no shop has it.
#pragma once

#include <string>
#include <vector>

#include "bench/matching/town.hpp"

namespace tillgate::bench {

// Empty when the file cannot be read.
[[nodiscard]] std::vector<Sample> read_febrl(const std::string& file);

}  // namespace tillgate::bench
