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

}  // namespace
}  // namespace tillgate
