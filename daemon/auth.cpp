#include "daemon/auth.hpp"

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
    // The socket's mode (0660 root:tillgate) decides who gets here; the uid says who it was.
    Caller caller;
    caller.role = Role::administrator;
    caller.credential = "uid:" + std::to_string(request.peer_uid.value_or(0));
    caller.person = caller.credential;
    return caller;
  }
  const auto authorization = request.header("authorization");
  if (!authorization || !authorization->starts_with(kBearer)) return {};
  const auto token = authorization->substr(kBearer.size());
  if (token.empty() || token.size() > kTokenBytesMax) return {};
  const auto found = terminals_.find(hash_of(token));
  return found == terminals_.end() ? Caller{} : found->second;
}

}  // namespace tillgate
