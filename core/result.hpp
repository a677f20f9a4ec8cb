// Result<T>: a value, or an Error named by what the caller should do about it.
// Errors travel as values; exceptions are for start-up and for libraries, and end in the door file.
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace tillgate {

enum class Errc {
  invalid,          // the sender is wrong; asking again changes nothing
  not_found,
  unauthenticated,  // who are you?
  forbidden,        // we know who you are
  conflict,         // the version moved, or it is already known
  unsupported,      // this side cannot do it (yet)
  busy,             // a limit was reached; ask again later
  unavailable,      // the link, bus or vendor is down
  full,             // no room to keep a promise
  corrupt,          // our own data is not what we wrote, or a COMMIT failed: stop the process
};

[[nodiscard]] constexpr std::string_view name_of(Errc code) {
  switch (code) {
    case Errc::invalid: return "invalid";
    case Errc::not_found: return "not_found";
    case Errc::unauthenticated: return "unauthenticated";
    case Errc::forbidden: return "forbidden";
    case Errc::conflict: return "conflict";
    case Errc::unsupported: return "unsupported";
    case Errc::busy: return "busy";
    case Errc::unavailable: return "unavailable";
    case Errc::full: return "full";
    case Errc::corrupt: return "corrupt";
  }
  return "unknown";
}

struct Error {
  Errc code{};
  std::string what;    // one sentence, safe to show to whoever asked; holds no personal data
  std::string detail;  // for the log only: SQL messages, paths, peer text
  bool operator==(const Error&) const = default;
};

template <class T = void>
class [[nodiscard]] Result : public tl::expected<T, Error> {
 public:
  using tl::expected<T, Error>::expected;
  // An expected of the same type is a Result; this keeps `return other_result;` short.
  Result(tl::expected<T, Error> other) : tl::expected<T, Error>(std::move(other)) {}
};

[[nodiscard]] inline tl::unexpected<Error> fail(Errc code, std::string what, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(what), std::move(detail)});
}
[[nodiscard]] inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

}  // namespace tillgate
