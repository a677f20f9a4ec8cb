// What a terminal writes in a request beside the body: the target with its escapes and query, Idempotency-Key, If-Match,
// Content-Type, the cursor of a list. Input: lines, in this order; the rest is the body.
#include <algorithm>
#include <array>
#include <string>

#include "core/json.hpp"
#include "daemon/terminal_request.hpp"
#include "service/http_text.hpp"
#include "store/page_end.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

// Every byte that need not stand for itself is escaped.
std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<std::uint8_t>(c);
    out += '%';
    out += to_hex(std::span(&byte, 1));
  }
  return out;
}

void check_target(const HttpTarget& target) {
  std::string again;
  for (std::string_view path = target.path; !path.empty();) {
    path.remove_prefix(1);
    const auto segment = path.substr(0, path.find('/'));
    again.append("/").append(escaped(segment));
    path.remove_prefix(segment.size());
  }
  for (const auto& [name, value] : target.query)
    again += (again.find('?') == std::string::npos ? '?' : '&') + escaped(name) + "=" + escaped(value);
  if (again.size() > kTargetBytesMax) return;
  const auto parsed = parse_target(again);
  claim(parsed && parsed->path == target.path && parsed->query == target.query, "a target means what its escapes say");
}

void check_list(const HttpRequest& request) {
  const auto query = list_query(request);
  if (!query) {
    claim(query.error().code == Errc::invalid && !query.error().what.empty(), "a refused list says why");
    return;
  }
  claim(query->limit >= 1 && query->limit <= 200, "a page is bounded");
  for (const auto& [name, value] : request.query)
    claim(name == "limit" || name == "cursor" || name == "sort" || name == "updated_since", "nothing is overlooked");
}

void check_cursor(std::string_view cursor) {
  for (const CustomerSort sort : {CustomerSort::created, CustomerSort::updated}) {
    const auto end = page_end_of(sort, cursor);
    if (!end || cursor.empty()) continue;
    claim(cursor_of(sort, *end) == cursor, "a place in a list has one cursor");
    const auto other = sort == CustomerSort::created ? CustomerSort::updated : CustomerSort::created;
    claim(!page_end_of(other, cursor), "a cursor belongs to one list");
  }
}

void check_key(HttpRequest request) {
  const Caller caller{Role::staff, "till-1", "", "terminal:till-1"};
  const auto key = command_key(request, caller, "PATCH /customers");
  if (!key) return claim(key.error().code == Errc::invalid, "a key is refused as such");
  claim(key->key == request.header("idempotency-key") && !key->key.empty() && key->key.size() <= 64, "a key is taken as it is");
  request.body += "x";
  claim(command_key(request, caller, "PATCH /customers")->request != key->request, "another body is another request");
}

void check_if_match(std::string_view text) {
  const auto match = parse_if_match(text);
  if (!match) return;
  claim((match->digest ? "\"" + match->digest->text() + "\"" : "*") == text, "an ETag is compared byte for byte");
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  std::string_view text = fuzz::text_of(data, size);
  HttpRequest request;
  request.method = "PATCH";
  request.target = std::string(fuzz::take_line(text));
  if (auto target = parse_target(request.target)) {
    fuzz::check_target(*target);
    request.path = std::move(target->path);
    request.query = std::move(target->query);
    fuzz::check_list(request);
    if (const auto cursor = request.query_value("cursor")) fuzz::check_cursor(*cursor);
  }
  for (const char* name : {"idempotency-key", "if-match", "content-type"})
    request.headers.emplace_back(name, fuzz::take_line(text));
  request.body = std::string(text);
  fuzz::check_key(request);
  fuzz::check_if_match(*request.header("if-match"));
  fuzz::check_cursor(*request.header("if-match"));
  if (has_json_body(request, false)) fuzz::claim(has_json_body(request, true), "JSON is taken wherever a merge patch is");
  return 0;
}
