// The strict YAML walker: the only door to yaml-cpp. It reads one document of a root-owned file of at most 256 KiB and gives
// out typed values; everything that yaml-cpp lets pass silently is an error here: unknown and duplicate keys, a second document,
// anchors, aliases, tags, octal-looking numbers (0443), bare numbers for durations and sizes, `on` for true.
// Every complaint has file:line:column, the key path, and "did you mean" where a known key is close.
//
//   YamlFile file(path);                       // throws ConfigError when it cannot be read or parsed
//   YamlMap root = file.root();
//   YamlMap http = root.map("http");           // absent: an empty map, every default applies
//   config.port = http.integer("port", 8080, 1, 65535);
//   root.finish();                             // unknown keys of this map; call on every map
//   file.complain_if_faulty();                 // throws one ConfigError holding all complaints
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

namespace tillgate {

class ConfigError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;  // what(): one complaint per line
};


class YamlMap {
 public:
  // Each accessor marks the key as known. A fault is recorded and the default returned, so one run reports every fault.
  // Without a default the key is required.
  [[nodiscard]] std::string text(std::string_view key, std::optional<std::string> fallback = {});
  [[nodiscard]] std::string name_id(std::string_view key, std::optional<std::string> fallback = {});  // [a-z0-9-]{1,32}
  [[nodiscard]] std::string choice(std::string_view key, std::span<const std::string_view> choices, std::optional<std::string> fallback = {});
  [[nodiscard]] std::int64_t integer(std::string_view key, std::optional<std::int64_t> fallback, std::int64_t min, std::int64_t max);
  [[nodiscard]] bool boolean(std::string_view key, std::optional<bool> fallback = {});          // true | false only
  [[nodiscard]] milliseconds duration(std::string_view key, std::optional<milliseconds> fallback, milliseconds min, milliseconds max);  // 500ms 30s 5m 2h 7d
  [[nodiscard]] std::int64_t bytes(std::string_view key, std::optional<std::int64_t> fallback, std::int64_t min, std::int64_t max);      // 64B 256KiB 16MiB 4GiB
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] YamlMap map(std::string_view key);               // absent: empty
  [[nodiscard]] std::vector<YamlMap> maps(std::string_view key, std::size_t max);    // a list of maps; absent: empty
  [[nodiscard]] std::vector<std::string> texts(std::string_view key, std::size_t max);
  // A complaint of the caller's own about this key (file:line:column and path are added).
  void complain(std::string_view key, std::string sentence);
  void finish();
  [[nodiscard]] std::string path() const;

  struct Node;  // yaml.cpp
  explicit YamlMap(std::shared_ptr<Node> node) : node_(std::move(node)) {}

 private:
  std::shared_ptr<Node> node_;
};

class YamlFile {
 public:
  explicit YamlFile(const std::filesystem::path& path);
  YamlFile(std::string name, std::string_view text);  // for tests and fuzzing
  ~YamlFile();
  [[nodiscard]] YamlMap root();
  [[nodiscard]] const std::vector<std::string>& complaints() const;
  void complain_if_faulty() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

// "7d", "1h30m" is not accepted: one number, one unit. The shortest exact form.
[[nodiscard]] std::string duration_text(milliseconds value);
[[nodiscard]] std::string bytes_text(std::int64_t value);

}  // namespace tillgate
