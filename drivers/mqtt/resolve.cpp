#include "drivers/mqtt/resolve.hpp"

#include <netdb.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace tillgate {
namespace {

constexpr std::size_t addresses_max = 16;

Resolution look_up(const std::string& host, int port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  const int code = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);

  Resolution found;
  if (code != 0) {
    found.failure = "the name " + host + " cannot be resolved (" + gai_strerror(code) + ")";
    return found;
  }
  for (const addrinfo* at = list; at != nullptr && found.addresses.size() < addresses_max; at = at->ai_next) {
    if (at->ai_addrlen > sizeof(sockaddr_storage)) continue;
    Address address;
    std::memcpy(&address.storage, at->ai_addr, at->ai_addrlen);
    address.length = at->ai_addrlen;
    found.addresses.push_back(address);
  }
  std::stable_partition(found.addresses.begin(), found.addresses.end(),
                        [](const Address& address) { return address.storage.ss_family == AF_INET; });
  if (found.addresses.empty()) found.failure = "the name " + host + " has no address";
  return found;
}

}  // namespace

std::optional<Resolution> resolve_numeric(const std::string& host, int port) {
  Resolution found = look_up(host, port, AI_NUMERICHOST);
  if (!found.failure.empty()) return std::nullopt;
  return found;
}

Resolution resolve(const std::string& host, int port) {
  return look_up(host, port, 0);
}

}  // namespace tillgate
