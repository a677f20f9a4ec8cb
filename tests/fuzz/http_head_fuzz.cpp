// The head of an HTTP request: what passes is one request that two readers cannot read in two ways.
#include <algorithm>
#include <set>
#include <string>

#include "core/json.hpp"
#include "service/http_head.hpp"
#include "service/http_text.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

const HeadRules& rules() {
  static const HeadRules rules{8, 4096, {"till.local"}};
  return rules;
}

struct Scanned {
  HeadScan::State state;
  std::size_t bytes;
};

// The bytes in pieces of `step`, as a socket might bring them.
Scanned scan(std::string_view bytes, std::size_t step) {
  HeadScan scan;
  auto state = HeadScan::State::incomplete;
  for (std::size_t end = 0; end < bytes.size() && state == HeadScan::State::incomplete;) {
    end = std::min(end + step, bytes.size());
    state = scan.look(bytes.substr(0, end));
  }
  return {state, scan.head_bytes()};
}

void check_target(const HttpRequest& request) {
  claim(request.target.size() <= kTargetBytesMax && request.target.starts_with('/'), "a target is short and absolute");
  claim(request.path.starts_with('/') && is_utf8(request.path) && is_field_value(request.path), "a path is clean text");
  const std::string path = request.path + "/";
  claim(path.find("/./") == std::string::npos && path.find("/../") == std::string::npos, "a path holds no dot segment");
  claim(request.query.size() <= kQueryPartsMax, "a query has few parts");
  std::set<std::string> names;
  for (const auto& [name, value] : request.query)
    claim(!name.empty() && names.insert(name).second && is_utf8(name) && is_utf8(value), "a query part is named, once");
}

void check_fields(const HttpHead& head) {
  static const std::set<std::string> once{"content-length", "authorization", "idempotency-key", "if-match",
                                          "host",           "content-type",  "expect",          "if-none-match"};
  std::set<std::string> seen;
  claim(head.request.headers.size() <= rules().fields_max, "fields are bounded");
  for (const auto& [name, value] : head.request.headers) {
    claim(is_token(name) && to_lower(name) == name, "a field's name is a lower-case token");
    claim(is_field_value(value) && trimmed(value) == value, "a field's value is trimmed and holds no control character");
    claim(seen.insert(name).second || !once.contains(name), "a field that may stand once stands once");
    claim(name != "transfer-encoding" && name != "upgrade", "no other framing and no other protocol");
  }
  const auto host = head.request.header("host");
  claim(host && host_of(*host) && is_host_allowed(*host_of(*host), rules().hosts), "a host is ours");
  const auto length = head.request.header("content-length");
  claim(length ? std::ranges::all_of(*length, [](char c) { return c >= '0' && c <= '9'; }) : head.body_bytes == 0,
        "the length is digits, or there is no body");
  claim(head.body_bytes <= rules().body_bytes_max, "a body has its greatest size");
  const std::string& method = head.request.method;
  claim(head.body_bytes == 0 || method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE",
        "what asks only has no body");
}

std::string written(const HttpRequest& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\n";
  for (const auto& [name, value] : request.headers) text += name + ": " + value + "\r\n";
  return text + "\r\n";
}

void check_head(std::string_view text) {
  const auto head = parse_head(text, rules());
  if (!head) {
    claim(head.error().status >= 400 && !reason_of(head.error().status).empty(), "a refusal has a status that we send");
    claim(!head.error().code.empty() && !head.error().sentence.empty(), "a refusal says why");
    return;
  }
  check_target(head->request);
  check_fields(*head);
  const auto again = parse_head(written(head->request), rules());
  claim(again && again->request.method == head->request.method && again->request.target == head->request.target &&
            again->request.path == head->request.path && again->request.query == head->request.query &&
            again->request.headers == head->request.headers && again->body_bytes == head->body_bytes &&
            again->wants_close == head->wants_close && again->expects_continue == head->expects_continue,
        "a head reads back");
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view bytes = fuzz::text_of(data, size);
  const fuzz::Scanned whole = fuzz::scan(bytes, bytes.size() + 1);
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}}) {
    const fuzz::Scanned pieces = fuzz::scan(bytes, step);
    fuzz::claim(pieces.state == whole.state && (whole.state != HeadScan::State::complete || pieces.bytes == whole.bytes),
                "how bytes arrive does not matter");
  }
  if (const auto decoded = percent_decode(bytes)) fuzz::claim(decoded->size() <= bytes.size(), "decoding does not grow");
  if (const auto host = host_of(bytes)) fuzz::claim(host_of(*host) == host && to_lower(*host) == *host, "a host is stable");
  if (whole.state != HeadScan::State::complete) return 0;
  const std::string_view head = bytes.substr(0, whole.bytes);
  fuzz::claim(head.find("\r\n\r\n") == head.size() - 4, "a head ends at its first empty line");
  fuzz::check_head(head);
  return 0;
}
