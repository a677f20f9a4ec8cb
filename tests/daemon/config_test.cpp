#include "daemon/config.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

#include "tests/source_dir.hpp"

namespace tillgate {
namespace {

constexpr const char* kSmall = "store: {org: acme, id: s1}\n";

std::string complaints_of(const std::string& text) {
  try {
    (void)read_config(YamlFile("t.yaml", text));
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

// "http:\n  tls:\n    port: 1" -> {"http", "http.tls", "http.tls.port"}; list items count as one.
std::set<std::string> key_paths(const std::string& yaml) {
  std::set<std::string> paths;
  std::vector<std::pair<std::size_t, std::string>> stack;
  std::istringstream in(yaml);
  const std::regex key(R"(^(\s*)(- )?([a-z_]+):(\s.*)?$)");
  for (std::string line; std::getline(in, line);) {
    std::smatch match;
    if (!std::regex_match(line, match, key)) continue;
    const std::size_t indent = match[1].length() + match[2].length();
    while (!stack.empty() && stack.back().first >= indent) stack.pop_back();
    std::string path;
    for (const auto& [depth, name] : stack) path += name + ".";
    stack.emplace_back(indent, match[3]);
    paths.insert(path + match[3].str());
  }
  return paths;
}

TEST(Config, TheSampleHoldsEveryKeyWithItsDefault) {
  const auto sample_file = source_dir() + "/config/tillgated.yaml";
  const Config sample = load_config(sample_file);
  Config defaults;
  defaults.store.org = sample.store.org;
  defaults.store.id = sample.store.id;
  defaults.terminals = sample.terminals;
  EXPECT_EQ(print_config(sample), print_config(defaults));
  ASSERT_EQ(sample.terminals.size(), 1u);

  std::ifstream in(sample_file);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(key_paths(text), key_paths(print_config(sample)));
}

TEST(Config, WhatIsPrintedReadsBackTheSame) {
  Config config = read_config(YamlFile("t.yaml", kSmall));
  config.http.tls.enabled = true;
  config.http.hosts = {"till.local", "it's"};
  config.uplink.host = "mq.example.invalid";
  config.replication.ack_timeout = milliseconds(1500);
  config.storage.max_bytes = 64 << 20;
  config.storage.backup_every = std::chrono::hours(24);
  config.storage.backups_kept = 7;
  config.storage.forget_customers_after = std::chrono::hours(24 * 1095);
  config.store.time_zone = "America/Denver";
  config.sales.age = {.minimum = 19, .minimum_medical = 18};
  config.sales.limits = {{"flower", 28'000, {"flower", "pre-roll"}, CustomerType::recreational, 30}, {"it's all", 1, {"edibles"}, {}, 0}};
  config.terminals.push_back({"till-1", Role::manager, std::string(64, 'a')});
  EXPECT_EQ(read_config(YamlFile("again.yaml", print_config(config))), config);
}

TEST(Config, ASmallFileIsEnough) {
  const Config config = read_config(YamlFile("t.yaml", kSmall));
  EXPECT_EQ(config.http.port, 8080);
  EXPECT_EQ(config.uplink.reconnect_max, seconds(45));
  EXPECT_TRUE(config.terminals.empty());
}

TEST(Config, EveryFaultIsNamedAtOnceWithPlaceAndPath) {
  const auto text = complaints_of(
      "store: {org: Acme, id: s1}\n"
      "http:\n"
      "  prot: 8080\n"
      "  admin_socket: relative\n"
      "uplink: {host: example.invalid, plain: true, keepalive: 20}\n"
      "terminals:\n"
      "  - {id: a, role: king, token_hash: abc}\n");
  for (const char* expected : {"t.yaml:1:", "store.org", "http.prot", "did you mean \"port\"", "http.admin_socket", "uplink.plain", "uplink.keepalive", "role", "token_hash"})
    EXPECT_NE(text.find(expected), std::string::npos) << expected << " missing in:\n" << text;
}

TEST(Config, TwoTerminalsShareNeitherIdNorToken) {
  const std::string hash(64, 'a');
  const auto text = complaints_of(std::string(kSmall) + "terminals:\n  - {id: a, token_hash: " + hash + "}\n  - {id: a, token_hash: " + hash + "}\n");
  EXPECT_NE(text.find("used by another terminal; each needs its own"), std::string::npos) << text;
  EXPECT_NE(text.find("a shared token cannot be revoked"), std::string::npos) << text;
}

TEST(Config, NamesWhatIsWrongWithALimitAndATimeZone) {
  const auto text = complaints_of(
      "store: {org: acme, id: s1, time_zone: Mars/Olympus}\n"
      "sales:\n"
      "  minimum_age: 200\n"
      "  limits:\n"
      "  - {name: a, max_mg: 0, categories: [flower]}\n"
      "  - {name: a, max_mg: 5, categories: [Flower], only_for: cats}\n"
      "  - {name: b, max_mg: 5, categories: [], days: 400}\n");
  for (const char* part : {"store.time_zone", "sales.minimum_age", "limits[0].max_mg", "limits[1].name", "limits[1].categories", "limits[1].only_for",
                           "limits[2].categories", "limits[2].days"})
    EXPECT_NE(text.find(part), std::string::npos) << part << "\n" << text;
  EXPECT_TRUE(complaints_of("store: {org: acme, id: s1, time_zone: ../../etc/passwd}\n").find("time_zone") != std::string::npos);
}

}  // namespace
}  // namespace tillgate
