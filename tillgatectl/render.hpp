// JSON answers of the admin socket -> what a technician reads at a glance, on 80 columns. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <string>

namespace tillgate {

struct Style {
  bool color = false;  // only on a terminal
};

[[nodiscard]] std::string render_status(const boost::json::value& status, Style style);
[[nodiscard]] std::string render_queue(const boost::json::value& queue, Style style);
[[nodiscard]] std::string render_scrub(const boost::json::value& scrub, Style style);
[[nodiscard]] bool is_scrub_running(const boost::json::value& scrub);
[[nodiscard]] std::string scrub_progress(const boost::json::value& scrub);  // one line
[[nodiscard]] std::int64_t scrub_found(const boost::json::value& scrub);        // by the last one
[[nodiscard]] std::string scrub_finished_at(const boost::json::value& scrub);  // the last one; empty: none

// 59 s, 12 min, 3 h 05 min, 2 d 4 h
[[nodiscard]] std::string human_duration(double seconds);
// 812 B, 4.1 MiB
[[nodiscard]] std::string human_bytes(double bytes);
// 1,234,567
[[nodiscard]] std::string human_count(std::int64_t count);

}  // namespace tillgate
