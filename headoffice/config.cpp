#include "headoffice/config.hpp"

#include <array>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "headoffice/conninfo.hpp"

namespace tillgate {

namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 4> kLevels{"debug", "info", "warn", "error"};
constexpr std::size_t kOrgsMax = 256;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void read_broker(YamlMap map, OfficeConfig::Broker& out) {
  out.host = map.text("host", out.host);
  out.port = static_cast<std::uint16_t>(map.integer("port", out.port, 1, 65535));
  out.client_id = map.text("client_id", out.client_id);
  if (out.client_id.empty()) map.complain("client_id", "must not be empty; each instance needs its own");
  out.plain = map.boolean("plain", out.plain);
  if (out.plain && !is_loopback(out.host)) map.complain("plain", "is allowed only for a broker on this machine (127.0.0.1)");
  out.ca_file = map.text("ca_file", out.ca_file);
  out.cert_file = map.text("cert_file", out.cert_file);
  out.key_file = map.text("key_file", out.key_file);
  map.finish();
}

void read_http(YamlMap map, OfficeConfig::Http& out) {
  out.listen = map.text("listen", out.listen);
  if (!is_loopback(out.listen)) map.complain("listen", "must be a loopback address: this listener has no TLS");
  out.port = static_cast<std::uint16_t>(map.integer("port", out.port, 0, 65535));
  for (const auto& [key, hash] : {std::pair{"token_hash", &out.token_hash}, std::pair{"decisions_token_hash", &out.decisions_token_hash}}) {
    *hash = map.text(key, *hash);
    if (!hash->empty() && !Digest::from_text(*hash))
      map.complain(key, "must be 64 hexadecimal digits in lower case (make one with: tillgatectl token)");
  }
  if (!out.token_hash.empty() && out.token_hash == out.decisions_token_hash)
    map.complain("decisions_token_hash", "must be that of another token: who reads figures does not decide");
  map.finish();
}

std::string quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') out += '\'';
    out += c;
  }
  return out + "'";
}

}  // namespace

OfficeConfig read_office_config(YamlFile file) {
  OfficeConfig config;
  auto root = file.root();
  config.database = root.text("database", config.database);
  config.topic_root = root.text("topic_root", config.topic_root);
  if (config.topic_root.empty() || config.topic_root.find_first_of("+#$ ") != std::string::npos)
    root.complain("topic_root", "must be a plain topic without + # $ or blanks");
  config.orgs = root.texts("orgs", kOrgsMax);
  for (const auto& org : config.orgs) {
    if (!is_name_id(org)) root.complain("orgs", "must list names (a-z 0-9 -, at most 32 characters)");
  }
  read_broker(root.map("broker"), config.broker);
  read_http(root.map("http"), config.http);

  auto reconnect = root.map("reconnect");
  config.reconnect.first = reconnect.duration("first", config.reconnect.first, 1ms, 30s);
  config.reconnect.max = reconnect.duration("max", config.reconnect.max, 1ms, 45s);
  reconnect.finish();

  auto log = root.map("log");
  config.log.level = log.choice("level", kLevels, config.log.level);
  log.finish();

  root.finish();
  file.complain_if_faulty();
  return config;
}

OfficeConfig load_office_config(const std::filesystem::path& path) {
  return read_office_config(YamlFile(path));
}

std::string print_office_config(const OfficeConfig& config) {
  std::string out;
  auto line = [&out](std::string_view text) { out.append(text).append("\n"); };
  auto pair = [&out](std::string_view key, const std::string& value) {
    out.append(key).append(": ").append(value).append("\n");
  };
  pair("database", quoted(without_password(config.database)));
  pair("topic_root", quoted(config.topic_root));
  std::string orgs;
  for (const auto& org : config.orgs) orgs += (orgs.empty() ? "" : ", ") + quoted(org);
  pair("orgs", "[" + orgs + "]");
  line("broker:");
  pair("  host", quoted(config.broker.host));
  pair("  port", std::to_string(config.broker.port));
  pair("  client_id", quoted(config.broker.client_id));
  pair("  plain", config.broker.plain ? "true" : "false");
  pair("  ca_file", quoted(config.broker.ca_file));
  pair("  cert_file", quoted(config.broker.cert_file));
  pair("  key_file", quoted(config.broker.key_file));
  line("http:");
  pair("  listen", quoted(config.http.listen));
  pair("  port", std::to_string(config.http.port));
  pair("  token_hash", quoted(config.http.token_hash));
  pair("  decisions_token_hash", quoted(config.http.decisions_token_hash));
  line("reconnect:");
  pair("  first", duration_text(config.reconnect.first));
  pair("  max", duration_text(config.reconnect.max));
  line("log:");
  pair("  level", config.log.level);
  return out;
}

}  // namespace tillgate
