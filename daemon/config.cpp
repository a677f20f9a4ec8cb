#include "daemon/config.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "core/bytes.hpp"
#include "service/clock.hpp"

namespace tillgate {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 5> kRoles{"kiosk", "staff", "manager", "administrator", "service"};
constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::array<std::string_view, 3> kBuyers{"everybody", "recreational", "medical"};
constexpr std::array<std::string_view, 2> kWithoutPos{"accept", "refuse"};
constexpr std::size_t kTerminalsMax = 500, kLimitsMax = 32, kCategoriesMax = 64;
constexpr int kAgeMax = 120;

void read_store(YamlMap map, Config::Store& out) {
  out.org.value = map.name_id("org");
  out.id.value = map.name_id("id");
  out.data_dir = map.text("data_dir", out.data_dir.string());
  out.runtime_dir = map.text("runtime_dir", out.runtime_dir.string());
  out.time_zone = map.text("time_zone", out.time_zone);
  if (!out.time_zone.empty() && !is_time_zone(out.time_zone))
    map.complain("time_zone", "is no time zone of this machine; one is called like America/Denver (see timedatectl list-timezones)");
  map.finish();
}

void read_http(YamlMap map, Config::Http& out) {
  out.listen = map.text("listen", out.listen);
  out.port = static_cast<std::uint16_t>(map.integer("port", out.port, 0, 65535));
  out.admin_socket = map.text("admin_socket", out.admin_socket);
  if (!out.admin_socket.starts_with('/')) map.complain("admin_socket", "must be an absolute path");
  // sockaddr_un has room for 107 characters.
  if (out.admin_socket.size() > 107) map.complain("admin_socket", "must be at most 107 characters long");
  out.hosts = map.texts("hosts", 32);
  auto tls = map.map("tls");
  out.tls.enabled = tls.boolean("enabled", out.tls.enabled);
  out.tls.listen = tls.text("listen", out.tls.listen);
  out.tls.port = static_cast<std::uint16_t>(tls.integer("port", out.tls.port, 0, 65535));
  out.tls.cert_file = tls.text("cert_file", out.tls.cert_file);
  out.tls.key_file = tls.text("key_file", out.tls.key_file);
  tls.finish();
  map.finish();
}

void read_terminals(YamlMap& root, std::vector<Config::Terminal>& out) {
  std::set<std::string> ids, hashes;
  for (auto& map : root.maps("terminals", kTerminalsMax)) {
    Config::Terminal terminal;
    terminal.id = map.name_id("id");
    if (auto role = role_named(map.choice("role", kRoles, "staff"))) terminal.role = *role;
    terminal.token_hash = map.text("token_hash");
    if (!terminal.token_hash.empty() && !Digest::from_text(terminal.token_hash))
      map.complain("token_hash", "must be 64 hexadecimal digits in lower case (make one with: tillgatectl token)");
    if (!ids.insert(terminal.id).second) map.complain("id", "is used by another terminal; each needs its own");
    if (!hashes.insert(terminal.token_hash).second)
      map.complain("token_hash", "is used by another terminal; a shared token cannot be revoked for one of them");
    map.finish();
    out.push_back(std::move(terminal));
  }
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

void read_uplink(YamlMap map, Config::Uplink& out) {
  out.host = map.text("host", out.host);
  out.port = static_cast<std::uint16_t>(map.integer("port", out.port, 1, 65535));
  out.plain = map.boolean("plain", out.plain);
  if (out.plain && !is_loopback(out.host)) map.complain("plain", "is allowed only for a broker on this machine (127.0.0.1)");
  out.client_id = map.text("client_id", out.client_id);
  out.ca_file = map.text("ca_file", out.ca_file);
  out.cert_file = map.text("cert_file", out.cert_file);
  out.key_file = map.text("key_file", out.key_file);
  out.topic_root = map.text("topic_root", out.topic_root);
  if (out.topic_root.empty() || out.topic_root.find_first_of("+#$ ") != std::string::npos)
    map.complain("topic_root", "must be a plain topic without + # $ or blanks");
  out.keepalive = map.duration("keepalive", out.keepalive, 5s, 10min);
  out.reconnect_first = map.duration("reconnect_first", out.reconnect_first, 1ms, 30s);
  out.reconnect_max = map.duration("reconnect_max", out.reconnect_max, 1ms, 45s);
  out.connect_deadline = map.duration("connect_deadline", out.connect_deadline, 1s, 60s);
  map.finish();
}

void read_limits(YamlMap& sales, std::vector<PurchaseLimit>& out) {
  std::set<std::string> names;
  for (auto& map : sales.maps("limits", kLimitsMax)) {
    PurchaseLimit limit;
    limit.name = map.text("name");
    limit.max_mg = map.integer("max_mg", {}, 1, std::int64_t{1} << 40);
    for (auto& category : map.texts("categories", kCategoriesMax)) {
      const bool is_lower = std::none_of(category.begin(), category.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
      if (category.empty() || !is_lower) map.complain("categories", "must be written in lower case, as orders have them");
      limit.categories.insert(std::move(category));
    }
    if (limit.categories.empty()) map.complain("categories", "must name at least one; this limit would hold nobody");
    const auto buyers = map.choice("only_for", kBuyers, "everybody");
    if (buyers != kBuyers[0]) limit.only_for = buyers == name_of(CustomerType::medical) ? CustomerType::medical : CustomerType::recreational;
    limit.days = static_cast<int>(map.integer("days", limit.days, 0, kLimitDaysMax));
    if (limit.name.empty() || !names.insert(limit.name).second) map.complain("name", "must be there once: cashiers are told which limit it was");
    map.finish();
    out.push_back(std::move(limit));
  }
}

void read_sales(YamlMap map, SaleRules& out) {
  out.age.minimum = static_cast<int>(map.integer("minimum_age", out.age.minimum, 0, kAgeMax));
  out.age.minimum_medical = static_cast<int>(map.integer("minimum_age_medical", out.age.minimum_medical, 0, kAgeMax));
  read_limits(map, out.limits);
  map.finish();
}

void read_legacy(YamlMap map, Config::Legacy& out) {
  out.enabled = map.boolean("enabled", out.enabled);
  out.kiosks = map.texts("kiosks", kTerminalsMax);
  for (const auto& kiosk : out.kiosks)
    if (kiosk.empty() || kiosk.size() > 18 || kiosk.find_first_not_of("0123456789") != std::string::npos)
      map.complain("kiosks", "must be numbers of 1 to 18 digits, in quotes");
  out.accepts_without_pos = map.choice("without_pos", kWithoutPos, "accept") == kWithoutPos[0];
  out.api_key_hash = map.text("api_key_hash", out.api_key_hash);
  if (!out.api_key_hash.empty() && !Digest::from_text(out.api_key_hash))
    map.complain("api_key_hash", "must be 64 hexadecimal digits in lower case (make one with: tillgatectl token)");
  map.finish();
}

}  // namespace

Config read_config(YamlFile file) {
  Config config;
  auto root = file.root();
  read_store(root.map("store"), config.store);
  read_http(root.map("http"), config.http);
  read_terminals(root, config.terminals);
  read_uplink(root.map("uplink"), config.uplink);

  auto replication = root.map("replication");
  config.replication.window = replication.integer("window", config.replication.window, 1, 64);
  config.replication.ack_timeout = replication.duration("ack_timeout", config.replication.ack_timeout, 1s, 10min);
  replication.finish();

  auto storage = root.map("storage");
  config.storage.max_bytes = storage.bytes("max_bytes", config.storage.max_bytes, std::int64_t{16} << 20, std::int64_t{1} << 44);
  config.storage.clock_skew_max = storage.duration("clock_skew_max", config.storage.clock_skew_max, 1s, 24h);
  if (storage.has("forget_customers_after"))
    config.storage.forget_customers_after = storage.duration("forget_customers_after", milliseconds{0}, 24h * 30, 24h * 36500);
  if (storage.has("backup_every")) config.storage.backup_every = storage.duration("backup_every", milliseconds{0}, 1h, 24h * 30);
  config.storage.backups_kept = storage.integer("backups_kept", config.storage.backups_kept, 1, 100);
  storage.finish();

  read_sales(root.map("sales"), config.sales);

  auto security = root.map("security");
  config.security.key_id = security.text("key_id", config.security.key_id);
  if (config.security.key_id.empty() || config.security.key_id.size() > 8 ||
      config.security.key_id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789") != std::string::npos)
    security.complain("key_id", "must be 1 to 8 lower-case letters or digits");
  config.security.pii_key_file = security.text("pii_key_file", config.security.pii_key_file);
  config.security.index_key_file = security.text("index_key_file", config.security.index_key_file);
  security.finish();

  read_legacy(root.map("legacy"), config.legacy);

  auto log = root.map("log");
  config.log.level = log.choice("level", kLevels, config.log.level);
  log.finish();

  root.finish();
  file.complain_if_faulty();
  return config;
}

Config load_config(const std::filesystem::path& path) { return read_config(YamlFile(path)); }

namespace {

// Single quotes are the one YAML style without escapes but its own.
std::string quoted(const std::string& text) {
  std::string out = "'";
  for (char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

class Printer {
 public:
  void section(std::string_view name) { line(std::string(name) + ":"), indent_ += 2; }
  void end() { indent_ -= 2; }
  void text(std::string_view key, const std::string& value) { line(std::string(key) + ": " + quoted(value)); }
  void raw(std::string_view key, const std::string& value) { line(std::string(key) + ": " + value); }
  template <class Texts>
  void texts(std::string_view key, const Texts& values) {
    std::string list;
    for (const auto& value : values) list += (list.empty() ? "" : ", ") + quoted(value);
    raw(key, "[" + list + "]");
  }
  void number(std::string_view key, std::int64_t value) { raw(key, std::to_string(value)); }
  void flag(std::string_view key, bool value) { raw(key, value ? "true" : "false"); }
  void duration(std::string_view key, milliseconds value) { raw(key, duration_text(value)); }
  void bytes(std::string_view key, std::int64_t value) { raw(key, bytes_text(value)); }
  void line(const std::string& content) { out_ += std::string(static_cast<std::size_t>(indent_), ' ') + content + "\n"; }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  std::string out_;
  int indent_ = 0;
};

void print_sales(Printer& print, const SaleRules& sales) {
  print.section("sales");
  print.number("minimum_age", sales.age.minimum);
  print.number("minimum_age_medical", sales.age.minimum_medical);
  if (sales.limits.empty()) {
    print.raw("limits", "[]");
  } else {
    print.section("limits");
    for (const auto& limit : sales.limits) {
      print.text("- name", limit.name);
      print.number("  max_mg", limit.max_mg);
      print.texts("  categories", limit.categories);
      print.raw("  only_for", std::string(limit.only_for ? name_of(*limit.only_for) : kBuyers[0]));
      print.number("  days", limit.days);
    }
    print.end();
  }
  print.end();
}

}  // namespace

std::string print_config(const Config& config) {
  Printer print;
  print.section("store");
  print.text("org", config.store.org.value);
  print.text("id", config.store.id.value);
  print.text("data_dir", config.store.data_dir.string());
  print.text("runtime_dir", config.store.runtime_dir.string());
  print.text("time_zone", config.store.time_zone);
  print.end();

  print.section("http");
  print.text("listen", config.http.listen);
  print.number("port", config.http.port);
  print.text("admin_socket", config.http.admin_socket);
  print.texts("hosts", config.http.hosts);
  print.section("tls");
  print.flag("enabled", config.http.tls.enabled);
  print.text("listen", config.http.tls.listen);
  print.number("port", config.http.tls.port);
  print.text("cert_file", config.http.tls.cert_file);
  print.text("key_file", config.http.tls.key_file);
  print.end();
  print.end();

  if (config.terminals.empty()) {
    print.raw("terminals", "[]");
  } else {
    print.section("terminals");
    for (const auto& terminal : config.terminals) {
      print.line("- id: " + quoted(terminal.id));
      print.line("  role: " + std::string(name_of(terminal.role)));
      print.line("  token_hash: " + quoted(terminal.token_hash));
    }
    print.end();
  }

  print.section("uplink");
  print.text("host", config.uplink.host);
  print.number("port", config.uplink.port);
  print.flag("plain", config.uplink.plain);
  print.text("client_id", config.uplink.client_id);
  print.text("ca_file", config.uplink.ca_file);
  print.text("cert_file", config.uplink.cert_file);
  print.text("key_file", config.uplink.key_file);
  print.text("topic_root", config.uplink.topic_root);
  print.duration("keepalive", config.uplink.keepalive);
  print.duration("reconnect_first", config.uplink.reconnect_first);
  print.duration("reconnect_max", config.uplink.reconnect_max);
  print.duration("connect_deadline", config.uplink.connect_deadline);
  print.end();

  print.section("replication");
  print.number("window", config.replication.window);
  print.duration("ack_timeout", config.replication.ack_timeout);
  print.end();

  print.section("storage");
  print.bytes("max_bytes", config.storage.max_bytes);
  print.duration("clock_skew_max", config.storage.clock_skew_max);
  if (config.storage.forget_customers_after) print.duration("forget_customers_after", *config.storage.forget_customers_after);
  if (config.storage.backup_every) print.duration("backup_every", *config.storage.backup_every);
  print.number("backups_kept", config.storage.backups_kept);
  print.end();

  print_sales(print, config.sales);

  print.section("security");
  print.text("key_id", config.security.key_id);
  print.text("pii_key_file", config.security.pii_key_file);
  print.text("index_key_file", config.security.index_key_file);
  print.end();

  print.section("legacy");
  print.flag("enabled", config.legacy.enabled);
  print.texts("kiosks", config.legacy.kiosks);
  print.raw("without_pos", std::string(kWithoutPos[config.legacy.accepts_without_pos ? 0 : 1]));
  print.text("api_key_hash", config.legacy.api_key_hash);
  print.end();

  print.section("log");
  print.raw("level", config.log.level);
  print.end();
  return print.take();
}

}  // namespace tillgate
