// Names to addresses. The resolver of the C library cannot be given a deadline, so whoever calls resolve() does so on a thread it
// can afford to lose, and keeps the deadline itself.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

namespace tillgate {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
};

struct Resolution {
  std::vector<Address> addresses;  // in the order in which paho would try them: the first IPv4 address, then the rest
  std::string failure;             // one sentence; empty when there are addresses
};

// Host given as an address: answers at once. Anything else: nullopt.
[[nodiscard]] std::optional<Resolution> resolve_numeric(const std::string& host, int port);

// May take as long as the system's resolver likes.
[[nodiscard]] Resolution resolve(const std::string& host, int port);

}  // namespace tillgate
