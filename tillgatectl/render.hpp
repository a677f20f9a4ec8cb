// JSON answers of the admin socket -> what a technician reads at a glance, on 80 columns. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace tillgate {

struct Style {
  bool color = false;  // only on a terminal
};

[[nodiscard]] std::string render_status(const boost::json::value& status, Style style);
[[nodiscard]] std::string render_queue(const boost::json::value& queue, Style style);

// 59 s, 12 min, 3 h 05 min, 2 d 4 h
[[nodiscard]] std::string human_duration(double seconds);
// 812 B, 4.1 MiB
[[nodiscard]] std::string human_bytes(double bytes);
// 1,234,567
[[nodiscard]] std::string human_count(std::int64_t count);

}  // namespace tillgate
