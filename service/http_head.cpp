#include "service/http_head.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "service/http_text.hpp"

namespace tillgate {
namespace {

using Refused = std::optional<HeadRefusal>;

HeadRefusal malformed(std::string_view sentence) {
  return {400, "malformed", sentence};
}

constexpr std::array<std::string_view, 7> kMethods{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

// Said twice, these would let two readers of one request see two different requests.
constexpr std::array<std::string_view, 8> kOnce{"content-length", "authorization", "idempotency-key", "if-match",
                                                "host",           "content-type",  "expect",          "if-none-match"};

Refused check_version(std::string_view version) {
  if (version == "HTTP/1.1") return std::nullopt;
  const auto is_digit = [&](std::size_t at) { return version[at] >= '0' && version[at] <= '9'; };
  if (version.size() == 8 && version.starts_with("HTTP/") && is_digit(5) && version[6] == '.' && is_digit(7))
    return HeadRefusal{505, "http_version", "Only HTTP/1.1 is spoken here."};
  return malformed("The request line is not that of an HTTP request.");
}

Refused parse_request_line(std::string_view line, HttpRequest& request) {
  const auto first = line.find(' '), last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return malformed("The request line is not that of an HTTP request.");
  const auto method = line.substr(0, first), target = line.substr(first + 1, last - first - 1);
  if (!is_token(method)) return malformed("The request method is malformed.");
  if (auto refused = check_version(line.substr(last + 1))) return refused;
  if (std::ranges::find(kMethods, method) == kMethods.end())
    return HeadRefusal{501, "method_not_implemented", "This request method is not spoken here."};
  if (target.size() > kTargetBytesMax) return HeadRefusal{414, "target_too_long", "The request target is too long."};
  auto parsed = parse_target(target);
  if (!parsed) return malformed("The request target is malformed.");
  request.method = method;
  request.target = target;
  request.path = std::move(parsed->path);
  request.query = std::move(parsed->query);
  return std::nullopt;
}

Refused parse_field(std::string_view line, HttpRequest& request) {
  // A line that begins with a space continues the one before it (obs-fold); nobody sends that in good faith any more.
  if (line.front() == ' ' || line.front() == '\t') return malformed("Folded header lines are not accepted.");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon))) return malformed("A header line is malformed.");
  auto name = to_lower(line.substr(0, colon));
  if (std::ranges::find(kOnce, name) != kOnce.end() && request.header(name))
    return malformed("A header that may stand once stands twice.");
  request.headers.emplace_back(std::move(name), std::string(trimmed(line.substr(colon + 1))));
  return std::nullopt;
}

Refused check_host(const HttpRequest& request, const HeadRules& rules) {
  const auto field = request.header("host");
  if (!field) return malformed("The Host header is missing.");
  const auto host = host_of(*field);
  if (!host) return malformed("The Host header is malformed.");
  if (!is_host_allowed(*host, rules.hosts)) return HeadRefusal{421, "misdirected", "This host name is not served here."};
  return std::nullopt;
}

Refused parse_framing(const HeadRules& rules, HttpHead& head) {
  const auto& request = head.request;
  if (const auto connection = request.header("connection")) head.wants_close = list_has(*connection, "close");
  if (const auto length = request.header("content-length")) {
    const auto* end = length->data() + length->size();
    const auto [stopped, fault] = std::from_chars(length->data(), end, head.body_bytes);
    // from_chars takes no sign, no space, no hex: 1*DIGIT is what remains.
    if (fault == std::errc::result_out_of_range ||
        (fault == std::errc() && stopped == end && head.body_bytes > rules.body_bytes_max))
      return HeadRefusal{413, "body_too_large", "The request body is too large."};
    if (fault != std::errc() || stopped != end) return malformed("The Content-Length header is malformed.");
    // Those routes that anybody may call are for GET: a body there would only be a way to fill our memory.
    if (head.body_bytes > 0 && (request.method == "GET" || request.method == "HEAD" || request.method == "OPTIONS"))
      return malformed("A request of this method has no body.");
  }
  if (const auto expect = request.header("expect")) {
    if (!equals_ignoring_case(*expect, "100-continue"))
      return HeadRefusal{417, "expectation", "This expectation cannot be met."};
    head.expects_continue = true;
  }
  return std::nullopt;
}

Refused check_refused_fields(const HttpRequest& request) {
  if (request.header("transfer-encoding"))
    return HeadRefusal{501, "transfer_encoding", "Transfer-Encoding is not accepted; send Content-Length."};
  if (request.header("upgrade")) return HeadRefusal{501, "upgrade", "No other protocol is spoken here."};
  return std::nullopt;
}

}  // namespace

HeadScan::State HeadScan::look(std::string_view bytes) {
  for (; seen_ < bytes.size(); ++seen_) {
    const auto c = static_cast<unsigned char>(bytes[seen_]);
    const bool after_cr = seen_ > 0 && bytes[seen_ - 1] == '\r';
    if (after_cr != (c == '\n')) return State::faulty;
    if ((c < 0x20 && c != '\t' && c != '\r' && c != '\n') || c == 0x7f) return State::faulty;
    if (c == '\n' && bytes.substr(0, seen_ + 1).ends_with("\r\n\r\n")) {
      ++seen_;
      return State::complete;
    }
  }
  return State::incomplete;
}

tl::expected<HttpHead, HeadRefusal> parse_head(std::string_view head, const HeadRules& rules) {
  HttpHead parsed;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < head.size(); ++lines) {
    const auto end = head.find("\r\n", at);
    if (end == std::string_view::npos) return tl::unexpected(malformed("The request head does not end."));
    const auto line = head.substr(at, end - at);
    at = end + 2;
    if (line.empty() && lines > 0) break;
    if (lines > rules.fields_max)
      return tl::unexpected(HeadRefusal{431, "too_many_fields", "The request has too many header lines."});
    auto refused = lines == 0 ? parse_request_line(line, parsed.request) : parse_field(line, parsed.request);
    if (refused) return tl::unexpected(*refused);
  }
  if (lines == 0) return tl::unexpected(malformed("The request is empty."));
  if (auto refused = check_refused_fields(parsed.request)) return tl::unexpected(*refused);
  if (auto refused = check_host(parsed.request, rules)) return tl::unexpected(*refused);
  if (auto refused = parse_framing(rules, parsed)) return tl::unexpected(*refused);
  return parsed;
}

}  // namespace tillgate
