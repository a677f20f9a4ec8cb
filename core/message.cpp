#include "core/message.hpp"

#include <algorithm>

namespace tillgate {

std::optional<Topic::Parsed> Topic::parse(std::string_view root, std::string_view topic) {
  if (!topic.starts_with(root)) return std::nullopt;
  topic.remove_prefix(root.size());
  if (topic.empty() || topic.front() != '/') return std::nullopt;
  topic.remove_prefix(1);
  const auto org_end = topic.find('/');
  if (org_end == std::string_view::npos) return std::nullopt;
  const auto store_end = topic.find('/', org_end + 1);
  if (store_end == std::string_view::npos) return std::nullopt;
  const std::string_view org = topic.substr(0, org_end), store = topic.substr(org_end + 1, store_end - org_end - 1),
                         rest = topic.substr(store_end + 1);
  if (!is_name_id(org) || !is_name_id(store)) return std::nullopt;
  if (rest.empty() || rest.size() > 128) return std::nullopt;
  // Only what a topic of ours can hold; wildcards, spaces and control characters never get as far as a log line.
  const bool is_plain = std::all_of(rest.begin(), rest.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '/';
  });
  if (!is_plain) return std::nullopt;
  Parsed parsed;
  parsed.org.value = org;
  parsed.store.value = store;
  parsed.rest = rest;
  return parsed;
}

}  // namespace tillgate
