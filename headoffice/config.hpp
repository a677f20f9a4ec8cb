// What head office's YAML says, typed, with every default. `config/tillgate-hq.yaml` documents each key; a test holds the two
// together. Read once at start; immutable afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "service/yaml.hpp"

namespace tillgate {

struct OfficeConfig {
  std::string database = "postgresql:///tillgate";  // libpq: a URI or key=value words
  std::string topic_root = "tillgate/v1";
  std::vector<std::string> orgs;  // empty: every organisation that the broker lets publish

  struct Broker {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8883;
    std::string client_id = "headoffice-1";  // unique per instance
    bool plain = false;                      // no TLS: only for a broker on this machine
    std::string ca_file = "/etc/tillgate-hq/tls/ca.crt";
    std::string cert_file = "/etc/tillgate-hq/tls/headoffice.crt";
    std::string key_file = "/etc/tillgate-hq/tls/headoffice.key";
    bool operator==(const Broker&) const = default;
  } broker;

  struct Http {
    std::string listen = "127.0.0.1";  // loopback only
    std::uint16_t port = 8081;
    std::string token_hash;            // hex BLAKE2b-256 of the bearer token for reading; empty: nobody but /live and /ready
    std::string decisions_token_hash;  // of the one that decides about parked changes, too; empty: only the command line does
    bool operator==(const Http&) const = default;
  } http;

  struct Reconnect {
    milliseconds first{30'000};
    milliseconds max{45'000};
    bool operator==(const Reconnect&) const = default;
  } reconnect;

  struct Log {
    std::string level = "info";
    bool operator==(const Log&) const = default;
  } log;

  bool operator==(const OfficeConfig&) const = default;
};

// Throws ConfigError with every fault at once.
[[nodiscard]] OfficeConfig read_office_config(YamlFile file);
[[nodiscard]] OfficeConfig load_office_config(const std::filesystem::path& path);
// The configuration that counts, as YAML with every default filled in. The database password is blanked.
[[nodiscard]] std::string print_office_config(const OfficeConfig& config);

}  // namespace tillgate
