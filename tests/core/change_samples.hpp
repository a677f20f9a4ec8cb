// Names and small helpers that the tests of a change's two lines and of a record's state share.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "core/version.hpp"

namespace tillgate {

inline constexpr std::string_view kEpoch = "11111111-1111-4111-8111-111111111111",
                                  kOther = "22222222-2222-4222-8222-222222222222",
                                  kKey = "0190f3a1-7c2e-7abc-8def-0123456789ab";

inline Version at(std::uint64_t clock, std::string_view origin = kEpoch) {
  return {Hlc{clock}, std::string(origin)};
}

// `text` with one occurrence of `from` made `to`.
inline std::string with(std::string text, std::string_view from, std::string_view to) {
  const auto found = text.find(from);
  EXPECT_NE(found, std::string::npos) << from;
  return text.replace(found, from.size(), to);
}

}  // namespace tillgate
