// What every write of a terminal has beside its own words: the key that makes a repeat harmless, the version its author saw, a JSON
// body, who asks. Read in one place, so that every write refuses in the same order and in the same words.
// Thread: logic.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/json.hpp"
#include "daemon/api_common.hpp"

namespace tillgate {

enum class IfMatchRule : std::uint8_t { none, optional, required };
enum class BodyRule : std::uint8_t {
  json,
  merge_patch,  // as PATCH has it; plain JSON is taken too
  optional,     // may be empty: then `body` is
};

struct WriteRules {
  std::string_view route;  // the scope of its keys: "POST /customers"
  BodyRule body = BodyRule::json;
  IfMatchRule if_match = IfMatchRule::none;
  std::string_view noun = "customer";  // what it is about, in sentences
};

struct WriteFrame {
  Actor actor;
  CommandKey key;
  std::optional<Digest> if_match;  // none: "*", or not given where it need not be
  std::string correlation_id;
  Json::Object body;

  // A command with all of this in it but the body.
  template <class CommandType>
  [[nodiscard]] CommandType command() const {
    CommandType command;
    command.actor = actor;
    command.key = key;
    if constexpr (requires { command.if_match; }) command.if_match = if_match;
    command.correlation_id = correlation_id;
    return command;
  }
  [[nodiscard]] Digest seen() const { return if_match.value_or(Digest{}); }
};

// Or the answer that the request gets.
[[nodiscard]] tl::expected<WriteFrame, HttpResponse> write_frame(const Gateway& gateway, const HttpRequest& request,
                                                                 const Caller& caller, const WriteRules& rules);

}  // namespace tillgate
