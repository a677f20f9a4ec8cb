// Config: what the site's YAML says, typed, with every default. `config/tillgated.yaml` documents each key; a test holds the two
// together. Read once at start; immutable afterwards.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.hpp"
#include "core/sale.hpp"
#include "core/time.hpp"
#include "service/router.hpp"
#include "service/yaml.hpp"

namespace tillgate {

struct Config {
  struct Store {
    OrgId org;
    StoreId id;
    std::filesystem::path data_dir = "/var/lib/tillgate";
    std::filesystem::path runtime_dir = "/run/tillgate";
    std::string time_zone;  // whose calendar decides how old people are; empty: the machine's
    bool operator==(const Store&) const = default;
  } store;

  struct Http {
    std::string listen = "127.0.0.1";
    std::uint16_t port = 8080;
    std::string admin_socket = "/run/tillgate/admin.sock";
    std::vector<std::string> hosts;  // names besides literal addresses and localhost
    struct Tls {
      bool enabled = false;
      std::string listen = "0.0.0.0";
      std::uint16_t port = 8443;
      std::string cert_file = "/etc/tillgate/tls/http.crt";
      std::string key_file = "/etc/tillgate/tls/http.key";
      bool operator==(const Tls&) const = default;
    } tls;
    bool operator==(const Http&) const = default;
  } http;

  struct Terminal {
    std::string id;
    Role role = Role::staff;
    std::string token_hash;  // hex BLAKE2b-256 of the bearer token
    bool operator==(const Terminal&) const = default;
  };
  std::vector<Terminal> terminals;

  struct Uplink {
    std::string host;  // empty: no head office
    std::uint16_t port = 8883;
    bool plain = false;  // no TLS: only for a broker on this machine
    std::string client_id;  // empty: "<org>/<store>"
    std::string ca_file = "/etc/tillgate/tls/ca.crt";
    std::string cert_file = "/etc/tillgate/tls/store.crt";
    std::string key_file = "/etc/tillgate/tls/store.key";
    std::string topic_root = "tillgate/v1";
    milliseconds keepalive{15'000};  // paho gives up 1.5 intervals after its ping: a dead line shows within 45 s
    milliseconds reconnect_first{30'000};
    milliseconds reconnect_max{45'000};
    milliseconds connect_deadline{10'000};
    bool operator==(const Uplink&) const = default;
  } uplink;

  struct Replication {
    std::int64_t window = 8;
    milliseconds ack_timeout{30'000};
    bool operator==(const Replication&) const = default;
  } replication;

  struct Storage {
    std::int64_t max_bytes = std::int64_t{4} << 30;
    milliseconds clock_skew_max{5 * 60 * 1000};
    std::optional<milliseconds> forget_customers_after;  // none: never
    std::optional<milliseconds> backup_every;            // like
    std::int64_t backups_kept = 3;
    bool operator==(const Storage&) const = default;
  } storage;

  SaleRules sales;

  struct Security {
    std::string key_id = "k1";
    // Empty: the systemd credentials pii-key and index-key.
    std::string pii_key_file, index_key_file;
    bool operator==(const Security&) const = default;
  } security;

  // The routes of the platform before us (docs/legacy.md).
  struct Legacy {
    bool enabled = false;
    std::vector<std::string> kiosks;  // their ids in this store: the {catalog_id} of its routes
    bool accepts_without_pos = true;  // false: 405, as where a store had no POS
    std::string api_key_hash;         // hex BLAKE2b-256; empty: nobody has one
    bool operator==(const Legacy&) const = default;
  } legacy;

  struct Log {
    std::string level = "info";
    bool operator==(const Log&) const = default;
  } log;

  bool operator==(const Config&) const = default;
};

// Throws ConfigError holding every complaint, one per line.
[[nodiscard]] Config load_config(const std::filesystem::path& file);
[[nodiscard]] Config read_config(YamlFile file);
// The effective configuration as YAML that load_config reads back to the same value. Token hashes are shown: they are no secret
// that opens anything.
[[nodiscard]] std::string print_config(const Config& config);

}  // namespace tillgate
