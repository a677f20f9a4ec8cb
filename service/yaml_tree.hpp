// What one YAML document says, as a small tree of our own with a place for every node, and the list of its faults. Internal to
// the walker of yaml.hpp: yaml.cpp builds it from the events of yaml-cpp, yaml_map.cpp reads it. Single thread.
#pragma once

#include <cstdint>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "service/yaml.hpp"

namespace tillgate::yaml {

// As an editor counts: both from 1, columns in code points. Line 0: the whole file.
struct Place {
  int line = 0, column = 0;
  auto operator<=>(const Place&) const = default;
};

struct Entry;
struct Node {
  // refused: something was here that is not allowed at all (an alias, a tag); already complained about.
  enum class Kind : std::uint8_t { null, scalar, list, map, refused };
  Kind kind = Kind::null;
  Place place;
  std::string text;        // scalar, exactly as written: nothing here guesses types
  bool is_quoted = false;  // scalar
  std::vector<std::unique_ptr<Node>> items;
  std::vector<Entry> entries;                 // map, in order of the file; of equal keys (a fault) the first counts
  std::set<std::string, std::less<>> known;   // map: what the reader asked for, or need not complain about again
};
struct Entry {
  std::string key;
  Place place;  // of the key
  std::unique_ptr<Node> value;
};

class Faults {
 public:
  explicit Faults(std::string file) : file_(std::move(file)) {}
  // Kept sorted by place. Beyond faults_max the rest is only counted: a file with a hundred faults is the wrong file.
  void add(Place place, std::string_view path, std::string_view sentence);
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[noreturn]] void raise() const;  // ConfigError with all lines

 private:
  std::string file_;
  std::vector<Place> places_;
  std::vector<std::string> lines_;
  std::size_t unsaid_ = 0;
};

struct Document {
  explicit Document(std::string file) : faults(std::move(file)) {}
  Faults faults;
  Node root;
};

// The outermost map; silent about missing keys when the document is not a map (that is complained about here).
[[nodiscard]] YamlMap root_map(std::shared_ptr<Document> document);

// For a complaint: printable, at most 64 bytes.
[[nodiscard]] std::string shown(std::string_view text);
[[nodiscard]] std::string quoted(std::string_view text);
// The known word that `word` was probably meant to be: at most two typing slips away (insert, delete, change, swap).
// Empty when none is close.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace tillgate::yaml
