// Why did that connection attempt fail? paho 1.3.12 answers "TCP/TLS connect failure" to everything, which helps nobody at
// 3 a.m. After a failed attempt the link asks here: the same address is tried once more by hand, as far as a TLS handshake, and
// what OpenSSL and the kernel say becomes one sentence. Nothing is ever sent over this connection. The door to OpenSSL in drivers/.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>

#include "drivers/mqtt/link.hpp"
#include "drivers/mqtt/resolve.hpp"

namespace tillgate {

// For TLS 1.2, only suites that TLS 1.1 does not have; those of TLS 1.3 are always on. So nothing older can be negotiated.
inline constexpr const char* tls_cipher_suites = "ECDHE+AESGCM:ECDHE+CHACHA20:@SECLEVEL=2";

// What is wrong with our own files: missing, unreadable, key and certificate that do not belong together. Empty: nothing.
[[nodiscard]] std::string fault_of_files(const LinkTls& tls);

// Blocks until it knows, or the deadline. keep_going is called at least every 100 ms; false ends the attempt.
[[nodiscard]] std::string diagnose(const std::string& host, const Address& address, const std::optional<LinkTls>& tls,
                                   std::chrono::steady_clock::time_point deadline, const std::function<bool()>& keep_going);

}  // namespace tillgate
