// The head of an HTTP/1.1 request: bytes of a stranger -> a request, or the one status that refuses it. Pure, so it can be
// tested and fuzzed without a socket; the server reads nothing but what this file has let pass.
//
// A parser of our own, because Boost.Beast 1.81's accepts what we must refuse: chunk extensions and trailers without bound,
// a trailer that sets Authorization, codings other than chunked, folded lines, any number of fields, a missing Host. What is
// left of HTTP/1.1 when all of that is refused is small: a request line, fields, and a body of exactly Content-Length.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/http.hpp"
#include "core/result.hpp"

namespace tillgate {

// Looks for the end of a head in bytes that arrive piece by piece, and refuses at once what no head can hold (a bare CR or
// LF, NUL, any other control character): garbage need not be waited for.
class HeadScan {
 public:
  enum class State { incomplete, complete, faulty };
  // `bytes` is everything received so far; only what is new is looked at.
  [[nodiscard]] State look(std::string_view bytes);
  [[nodiscard]] std::size_t head_bytes() const { return seen_; }  // after complete: up to and with the empty line

 private:
  std::size_t seen_ = 0;
};

struct HeadRules {
  std::size_t fields_max = 64;
  std::size_t body_bytes_max = 1024 * 1024;
  std::vector<std::string> hosts;  // lower case, besides literal addresses and localhost
};

struct HttpHead {
  HttpRequest request;  // without body, peer and correlation id
  std::size_t body_bytes = 0;
  bool wants_close = false;
  bool expects_continue = false;
};

// After any refusal the connection ends: where this request stops and the next one begins is no longer certain.
struct HeadRefusal {
  int status = 400;
  std::string_view code;
  std::string_view sentence;
};

// `head` ends with the empty line, as HeadScan found it.
[[nodiscard]] tl::expected<HttpHead, HeadRefusal> parse_head(std::string_view head, const HeadRules& rules);

}  // namespace tillgate
