// The configuration file, through the YAML walker into the daemon's Config: typed and within its bounds, or a complaint that is
// safe to print. What is accepted is printed and read again without change.
#include "daemon/config.hpp"

#include <algorithm>
#include <set>
#include <string>

#include "core/bytes.hpp"
#include "core/json.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

constexpr std::size_t kComplaintsBytesMax = 64 * 1024;

void check_complaints(std::string_view text) {
  claim(!text.empty() && text.size() <= kComplaintsBytesMax, "complaints are bounded");
  claim(is_utf8(text), "a complaint can be read");
  claim(std::ranges::none_of(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; }),
        "a complaint holds no control character");
}

template <class T>
bool is_within(T value, T least, T most) {
  return value >= least && value <= most;
}

void check_config(const Config& config) {
  claim(is_name_id(config.store.org.value) && is_name_id(config.store.id.value), "a store is named");
  claim(config.http.admin_socket.starts_with('/') && config.http.admin_socket.size() <= 107, "the socket has an address");
  claim(config.http.hosts.size() <= 32, "host names are bounded");
  claim(config.terminals.size() <= 500, "terminals are bounded");
  std::set<std::string> ids, hashes;
  for (const auto& terminal : config.terminals) {
    claim(is_name_id(terminal.id) && ids.insert(terminal.id).second, "a terminal has a name of its own");
    claim(Digest::from_text(terminal.token_hash) && hashes.insert(terminal.token_hash).second,
          "a terminal has a token of its own");
  }
  const auto& uplink = config.uplink;
  claim(uplink.port >= 1, "the broker has a port");
  claim(!uplink.plain || uplink.host == "localhost" || uplink.host == "::1" || uplink.host.starts_with("127."),
        "without TLS only to this machine");
  claim(!uplink.topic_root.empty() && uplink.topic_root.find_first_of("+#$ ") == std::string::npos, "a topic is plain");
  claim(is_within(uplink.keepalive, milliseconds(5'000), milliseconds(600'000)), "keepalive is within its bounds");
  claim(is_within(uplink.reconnect_first, milliseconds(1), milliseconds(30'000)), "reconnect_first is within its bounds");
  claim(is_within(uplink.reconnect_max, milliseconds(1), milliseconds(45'000)), "reconnect_max is within its bounds");
  claim(is_within(config.replication.window, std::int64_t{1}, std::int64_t{64}), "the window is within its bounds");
  claim(is_within(config.replication.ack_timeout, milliseconds(1'000), milliseconds(600'000)),
        "ack_timeout is within its bounds");
  claim(is_within(config.storage.max_bytes, std::int64_t{16} << 20, std::int64_t{1} << 44), "max_bytes is within its bounds");
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view text = fuzz::text_of(data, size);
  Config config;
  try {
    config = read_config(YamlFile("site.yaml", text));
  } catch (const ConfigError& error) {
    fuzz::check_complaints(error.what());
    return 0;
  }
  fuzz::check_config(config);
  try {
    fuzz::claim(read_config(YamlFile("printed.yaml", print_config(config))) == config, "a configuration reads back");
  } catch (const ConfigError& error) {
    fuzz::claim(false, error.what());
  }
  return 0;
}
