#include "daemon/write_frame.hpp"

#include "daemon/terminal_request.hpp"
#include "service/problem.hpp"

namespace tillgate {

namespace {

HttpResponse wrong_media(BodyRule body) {
  return body == BodyRule::merge_patch
             ? problem(415, "unsupported_media_type", "Send the changed fields as application/merge-patch+json.")
             : problem(415, "unsupported_media_type",
                       "Send the request as application/json; {} where there is nothing to say.");
}

}  // namespace

tl::expected<WriteFrame, HttpResponse> write_frame(const Gateway& gateway, const HttpRequest& request, const Caller& caller,
                                                   const WriteRules& rules) {
  if (auto refusal = refusal_in(gateway)) return tl::unexpected(std::move(*refusal));
  const bool has_body = rules.body != BodyRule::optional || !request.body.empty();
  if (has_body && rules.body != BodyRule::optional && !has_json_body(request, rules.body == BodyRule::merge_patch))
    return tl::unexpected(wrong_media(rules.body));
  WriteFrame frame;
  if (rules.if_match != IfMatchRule::none) {
    const auto text = request.header("if-match");
    if (!text && rules.if_match == IfMatchRule::required) return tl::unexpected(if_match_missing());
    const auto if_match = text ? parse_if_match(*text) : IfMatch{};
    if (!if_match)
      return tl::unexpected(
          problem(400, "bad_request", "If-Match must be an ETag of this " + std::string(rules.noun) + " in quotes, or *."));
    frame.if_match = if_match->digest;
  }
  auto key = command_key(request, caller, rules.route);
  if (!key) return tl::unexpected(bad_request(key.error()));
  frame.key = std::move(*key);
  if (has_body) {
    auto body = parse_object(request.body);
    if (!body) return tl::unexpected(bad_request(body.error()));
    frame.body = std::move(*body);
  }
  frame.actor = actor_of(caller);
  frame.correlation_id = request.correlation_id;
  return frame;
}

}  // namespace tillgate
