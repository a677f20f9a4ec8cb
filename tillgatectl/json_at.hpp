// What an answer of the daemon says at a JSON pointer. It comes from our own daemon, perhaps of another version: what is missing is the
// fallback, never a crash.
#pragma once

#include <boost/json.hpp>
#include <string>
#include <string_view>

namespace tillgate {

[[nodiscard]] const boost::json::value* find(const boost::json::value& from, std::string_view pointer);
[[nodiscard]] std::string text_at(const boost::json::value& from, std::string_view pointer, std::string fallback = "?");
[[nodiscard]] double number_at(const boost::json::value& from, std::string_view pointer, double fallback = 0);
[[nodiscard]] bool has_number(const boost::json::value& from, std::string_view pointer);

}  // namespace tillgate
