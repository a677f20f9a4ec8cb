#include "headoffice/conninfo.hpp"

#include <algorithm>
#include <utility>

namespace tillgate {

namespace {

constexpr std::string_view kWord = "password";

bool is_uri(std::string_view conninfo) {
  return conninfo.starts_with("postgresql://") || conninfo.starts_with("postgres://");
}

// libpq looks for "user:password@" up to the first '/', so its password may hold a '?'. One that holds an '@' or a '/' is
// written wrongly, and blanked all the same: up to the last '@' before the query.
void blank_authority(std::string& uri) {
  const auto start = uri.find("://") + 3;
  const auto first_at = uri.find('@', start);
  const bool has_user = first_at < uri.find('/', start);
  const auto end = has_user ? uri.find_first_of("/?", first_at) : uri.find('?', start);
  const auto at = std::string_view(uri).substr(0, end).rfind('@');
  const auto colon = uri.find(':', start);
  if (at != std::string::npos && at > start && colon < at) uri.replace(colon + 1, at - colon - 1, "***");
}

std::size_t behind_spaces(std::string_view text, std::size_t from) {
  return std::min(text.find_first_not_of(" \t", from), text.size());
}

// Where a word's value ends: in a URI at '&'; else at white space, but not within quotes that begin it. A backslash goes with
// what follows it.
std::size_t end_of_value(std::string_view text, std::size_t from, bool is_in_uri) {
  if (is_in_uri) return std::min(text.find('&', from), text.size());
  bool is_quoted = false;
  for (auto at = from; at < text.size(); ++at) {
    if (text[at] == '\\') {
      ++at;
    } else if (text[at] == '\'' && (is_quoted || at == from)) {
      is_quoted = !is_quoted;
    } else if (!is_quoted && (text[at] == ' ' || text[at] == '\t')) {
      return at;
    }
  }
  return text.size();
}

}  // namespace

std::string with_timeouts(std::string conninfo) {
  static constexpr std::pair<const char*, const char*> kDefaults[] = {
      {"connect_timeout", "10"},    {"tcp_user_timeout", "30000"}, {"keepalives_idle", "10"},
      {"keepalives_interval", "5"}, {"keepalives_count", "3"},     {"application_name", "tillgate-hq"}};
  for (const auto& [key, value] : kDefaults) {
    if (conninfo.find(std::string(key) + "=") != std::string::npos) continue;
    if (is_uri(conninfo)) {
      conninfo += conninfo.find('?') == std::string::npos ? "?" : "&";
    } else if (!conninfo.empty()) {
      conninfo += " ";
    }
    conninfo += std::string(key) + "=" + value;
  }
  return conninfo;
}

std::string without_password(std::string_view conninfo) {
  std::string shown(conninfo);
  const bool is_in_uri = is_uri(conninfo);
  if (is_in_uri) blank_authority(shown);
  for (auto word = shown.find(kWord); word != std::string::npos; word = shown.find(kWord, word)) {
    word += kWord.size();
    const auto equals = is_in_uri ? word : behind_spaces(shown, word);
    if (equals >= shown.size() || shown[equals] != '=') continue;
    const auto value = is_in_uri ? equals + 1 : behind_spaces(shown, equals + 1);
    shown.replace(value, end_of_value(shown, value, is_in_uri) - value, "***");
    word = value;
  }
  return shown;
}

}  // namespace tillgate
