#include "tillgatectl/render.hpp"

#include <boost/json.hpp>
#include <cstdio>

#include "tillgatectl/json_at.hpp"

namespace tillgate {

namespace json = boost::json;

namespace {

std::string paint(const char* code, const std::string& text, Style style) {
  return style.color ? std::string("\033[") + code + "m" + text + "\033[0m" : text;
}
std::string good(const std::string& text, Style style) { return paint("32", text, style); }
std::string bad(const std::string& text, Style style) { return paint("1;31", text, style); }
std::string quiet(const std::string& text, Style style) { return paint("2", text, style); }

std::string line(const std::string& label, const std::string& content) {
  std::string out = "  " + label;
  out.resize(std::max<std::size_t>(out.size(), 16), ' ');
  return out + content + "\n";
}

std::string head_office_line(const json::value& status, Style style) {
  const std::string state = text_at(status, "/head_office/state");
  if (state == "online") return good("online", style) + " since " + text_at(status, "/head_office/since");
  if (state == "unconfigured") return "not configured: everything stays in this store";
  std::string out = bad(state, style);
  if (const auto since = text_at(status, "/head_office/since", ""); !since.empty()) out += " since " + since;
  if (const auto reason = text_at(status, "/head_office/reason", ""); !reason.empty()) out += "\n" + std::string(16, ' ') + reason;
  return out;
}

std::string waiting_line(const json::value& status) {
  const auto waiting = static_cast<std::int64_t>(number_at(status, "/head_office/waiting"));
  if (waiting == 0) return "nothing: head office has committed everything";
  std::string out = human_count(waiting) + (waiting == 1 ? " change" : " changes") + ", oldest " +
                    human_duration(number_at(status, "/head_office/oldest_waiting_seconds"));
  if (has_number(status, "/head_office/drained_in_seconds"))
    out += ", done in about " + human_duration(number_at(status, "/head_office/drained_in_seconds"));
  return out;
}

std::string storage_line(const json::value& status) {
  const double used = number_at(status, "/storage/database_bytes") + number_at(status, "/storage/wal_bytes");
  const double max = number_at(status, "/storage/max_bytes", 1);
  char percent[16];
  std::snprintf(percent, sizeof percent, "%.1f", max > 0 ? 100.0 * used / max : 0);
  return human_bytes(used) + " of " + human_bytes(max) + " (" + percent + " %), " +
         human_count(static_cast<std::int64_t>(number_at(status, "/storage/customers"))) + " customers";
}

}  // namespace

std::string render_status(const json::value& status, Style style) {
  const std::string mode = text_at(status, "/mode");
  std::string out = "Store " + text_at(status, "/store/org") + "/" + text_at(status, "/store/id") + "  " +
                    quiet("tillgated " + text_at(status, "/software") + ", up " + human_duration(number_at(status, "/uptime_seconds")), style) + "\n";
  if (mode != "normal") out += line("Mode", bad(mode, style));
  out += line("Head office", head_office_line(status, style));
  if (text_at(status, "/head_office/state") != "unconfigured") {
    out += line("Waiting", waiting_line(status));
    out += line("Last receipt", text_at(status, "/head_office/last_receipt_at", "none since start"));
  }
  out += line("Storage", storage_line(status));
  out += line("Clock", text_at(status, "/clock/state"));
  const auto* alarms = find(status, "/alarms");
  if (alarms != nullptr && alarms->is_array())
    for (const auto& alarm : alarms->as_array())
      if (alarm.is_string()) out += line(bad("!", style), std::string(alarm.as_string()));
  return out;
}

std::string render_queue(const json::value& queue, Style style) {
  std::string out;
  char row[200];
  std::snprintf(row, sizeof row, "%-14s %-12s %10s %12s %8s %10s\n", "FEED", "STATE", "WAITING", "OLDEST", "FLIGHT", "PER SEC");
  out += quiet(row, style);
  const auto* feeds = find(queue, "/feeds");
  if (feeds == nullptr || !feeds->is_array()) return out;
  for (const auto& feed : feeds->as_array()) {
    std::snprintf(row, sizeof row, "%-14s %-12s %10s %12s %8.0f %10.0f\n", text_at(feed, "/feed").c_str(), text_at(feed, "/state").c_str(),
                  human_count(static_cast<std::int64_t>(number_at(feed, "/waiting"))).c_str(),
                  human_duration(number_at(feed, "/oldest_waiting_seconds")).c_str(), number_at(feed, "/in_flight_batches"),
                  number_at(feed, "/committed_per_second"));
    out += row;
    if (const auto error = text_at(feed, "/last_error", ""); !error.empty()) out += "  " + bad(error, style) + "\n";
  }
  return out;
}

bool is_scrub_running(const json::value& scrub) {
  const auto* running = find(scrub, "/is_running");
  return running != nullptr && running->is_bool() && running->as_bool();
}

std::string scrub_progress(const json::value& scrub) {
  return text_at(scrub, "/at") + ", " + human_count(static_cast<std::int64_t>(number_at(scrub, "/rows_read"))) + " rows read";
}

std::int64_t scrub_found(const json::value& scrub) {
  return static_cast<std::int64_t>(number_at(scrub, "/last/found"));
}

std::string scrub_finished_at(const json::value& scrub) {
  return text_at(scrub, "/last/finished_at", "");
}

std::string render_scrub(const json::value& scrub, Style style) {
  if (!has_number(scrub, "/last/found")) return "No full check has been made yet.\n";
  const auto count = [&](const char* pointer) { return human_count(static_cast<std::int64_t>(number_at(scrub, pointer))); };
  const std::int64_t found = scrub_found(scrub);
  std::string out = line("Checked", text_at(scrub, "/last/finished_at") + ": " + count("/last/changes") + " changes, " +
                                        count("/last/customers") + " customers, " + count("/last/answers") + " kept answers");
  const auto* structure = find(scrub, "/last/is_structure_checked");
  if (structure != nullptr && structure->is_bool() && !structure->as_bool())
    out += line("", quiet("each row and its indexes; not the file's structure, which is too large for one piece", style));
  if (number_at(scrub, "/last/skipped") > 0) out += line("", count("/last/skipped") + " records have too many changes to be read in one step");
  if (found == 0) return out + line("Found", good("nothing: everything is as it was written", style));
  out += line("Found", bad(human_count(found) + (found == 1 ? " damaged place" : " damaged places"), style));
  const auto* findings = find(scrub, "/last/findings");
  if (findings != nullptr && findings->is_array())
    for (const auto& finding : findings->as_array())
      if (finding.is_string()) out += line("", std::string(finding.as_string()));
  return out;
}

std::string human_duration(double seconds) {
  const auto total = static_cast<std::int64_t>(seconds < 0 ? 0 : seconds);
  char text[48];
  if (total < 60)
    std::snprintf(text, sizeof text, "%lld s", static_cast<long long>(total));
  else if (total < 3600)
    std::snprintf(text, sizeof text, "%lld min", static_cast<long long>(total / 60));
  else if (total < 86400)
    std::snprintf(text, sizeof text, "%lld h %02lld min", static_cast<long long>(total / 3600), static_cast<long long>(total % 3600 / 60));
  else
    std::snprintf(text, sizeof text, "%lld d %lld h", static_cast<long long>(total / 86400), static_cast<long long>(total % 86400 / 3600));
  return text;
}

std::string human_bytes(double bytes) {
  static constexpr const char* kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  std::size_t unit = 0;
  while (bytes >= 1024 && unit + 1 < std::size(kUnits)) bytes /= 1024, ++unit;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
  return text;
}

std::string human_count(std::int64_t count) {
  std::string digits = std::to_string(count);
  for (auto at = static_cast<std::ptrdiff_t>(digits.size()) - 3; at > (count < 0 ? 1 : 0); at -= 3) digits.insert(static_cast<std::size_t>(at), ",");
  return digits;
}

}  // namespace tillgate
