#include "daemon/auth.hpp"

#include <chrono>

#include "service/log.hpp"

namespace tillgate {

namespace {
constexpr std::string_view kBearer = "Bearer ";
constexpr std::size_t kTokenBytesMax = 256;
}  // namespace

Auth::Auth(const Config& config) {
  for (const auto& terminal : config.terminals) {
    auto hash = Digest::from_text(terminal.token_hash);
    if (!hash) continue;  // refused by read_config already
    Caller caller;
    caller.role = terminal.role;
    caller.terminal = terminal.id;
    caller.credential = "terminal:" + terminal.id;
    terminals_.emplace(*hash, std::move(caller));
  }
}

Caller Auth::identify(const HttpRequest& request) const {
  if (request.is_local_socket) {
    // The socket's mode (0660 root:tillgate) decides who gets here; the kernel's word for the uid says who it was. Without
    // that word nobody is an administrator.
    if (!request.peer_uid) return {};
    Caller caller;
    caller.role = Role::administrator;
    caller.credential = "uid:" + std::to_string(*request.peer_uid);
    caller.person = caller.credential;
    return caller;
  }
  const auto authorization = request.header("authorization");
  if (!authorization || !authorization->starts_with(kBearer)) return {};
  const auto token = authorization->substr(kBearer.size());
  if (token.empty() || token.size() > kTokenBytesMax) return {};
  const auto found = terminals_.find(hash_of(token));
  if (found != terminals_.end()) return found->second;
  log::warn_limited("token " + request.peer, std::chrono::minutes(1), "auth", "a token that no terminal has was refused",
                    {{"peer", std::string_view(request.peer)}});
  return {};
}

}  // namespace tillgate
