#include "daemon/json_body.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kBodyBytesMax = 1024 * 1024;  // the HTTP server has its own, smaller or equal

}  // namespace

Result<Json::Object> parse_object(std::string_view body) {
  auto value = parse_json(body, kBodyBytesMax);
  if (!value)
    return fail(Errc::invalid, "The body is not valid JSON: look for a missing quote or comma, or a field named twice.",
                value.error().detail);
  auto* object = std::get_if<Json::Object>(&value->value);
  if (object == nullptr) return fail(Errc::invalid, "The body must be a JSON object.");
  return std::move(*object);
}

std::string shown(std::string_view name) {
  std::string out;
  for (const char c : name.substr(0, 40)) out += (c > 0x20 && c < 0x7f && c != '"' && c != '\\') ? c : '?';
  return out;
}

}  // namespace tillgate
