// The typed reading of yaml.hpp: what a value must look like, and what is said when it does not.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "service/utf8.hpp"
#include "service/yaml_tree.hpp"

namespace tillgate {

// One map as its reader sees it. Without `node` every key is absent; then `is_silent` says that the map itself was already
// complained about, so that one mistake does not become twenty lines.
struct YamlMap::Node {
  std::shared_ptr<yaml::Document> document;
  yaml::Node* node = nullptr;
  std::string path;
  yaml::Place place;
  bool is_silent = false;

  // An empty key stands for the map itself.
  [[nodiscard]] std::string path_of(std::string_view key) const {
    if (key.empty() || path.empty()) return path + std::string(key);
    return path + '.' + std::string(key);
  }

  // Marks the key as known.
  [[nodiscard]] const yaml::Entry* look(std::string_view key) const {
    if (node == nullptr) return nullptr;
    node->known.emplace(key);
    const auto found =
        std::find_if(node->entries.begin(), node->entries.end(), [&](const yaml::Entry& entry) { return entry.key == key; });
    return found == node->entries.end() ? nullptr : &*found;
  }
  void complain(std::string_view key, yaml::Place at, std::string_view sentence) const {
    document->faults.add(at, path_of(key), sentence);
  }
};

namespace {

using Kind = yaml::Node::Kind;

std::string_view kind_text(const yaml::Node& node) {
  switch (node.kind) {
    case Kind::list: return "a list";
    case Kind::map: return "a map";
    case Kind::scalar: return "a single value";
    case Kind::null:
    case Kind::refused: return "nothing";
  }
  return "nothing";
}

// A null stands where the parser noticed it, often a line later: its key is the better place.
yaml::Place place_of(const yaml::Entry& entry) {
  return entry.value->kind == Kind::null ? entry.place : entry.value->place;
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// A whole decimal number, or why not.
struct Number {
  std::int64_t value = 0;
  std::string fault;
};
Number number_from(std::string_view text) {
  const std::string_view digits = text.starts_with('-') ? text.substr(1) : text;
  if (!is_digits(digits)) return {0, "expected a whole number in plain decimal digits, found " + yaml::quoted(text)};
  if (digits.size() > 1 && digits[0] == '0') {
    const std::string_view plain = digits.substr(std::min(digits.find_first_not_of('0'), digits.size() - 1));
    return {0, yaml::quoted(text) + " begins with a zero, which YAML may read as octal; write " + yaml::shown(plain)};
  }
  Number number;
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number.value);
  // Too large for 64 bits: the range below is smaller, and says so.
  if (end.ec != std::errc()) {
    number.value = text.starts_with('-') ? std::numeric_limits<std::int64_t>::min() : std::numeric_limits<std::int64_t>::max();
  }
  return number;
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};
// Ascending, each a multiple of the one before.
constexpr std::array<Unit, 5> time_units = {{{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
constexpr std::array<Unit, 4> size_units = {{{"B", 1}, {"KiB", 1LL << 10}, {"MiB", 1LL << 20}, {"GiB", 1LL << 30}}};

struct Quantity {
  std::string_view noun, units_text, example;
  std::span<const Unit> units;
};
const Quantity a_duration = {"a duration", "ms, s, m, h or d", "500ms, 30s, 5m, 2h or 7d", time_units};
const Quantity a_size = {"a size", "B, KiB, MiB or GiB", "64B, 256KiB, 16MiB or 4GiB", size_units};

Number quantity_from(std::string_view text, const Quantity& quantity) {
  const std::size_t split = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::string_view digits = text.substr(0, split);
  const std::string_view unit_name = text.substr(split);
  const auto expected = [&](std::string_view what) {
    return Number{0, std::string(quantity.noun) + ' ' + std::string(what) + ", such as " + std::string(quantity.example) +
                         "; found " + yaml::quoted(text)};
  };
  if (digits.empty()) return expected("is a whole number and a unit");
  if (unit_name.empty()) return expected("needs a unit");
  if (unit_name.find_first_of("0123456789 .,-+_") != std::string_view::npos)
    return expected("is one whole number and one unit without a space");
  const auto unit =
      std::find_if(quantity.units.begin(), quantity.units.end(), [&](const Unit& one) { return one.name == unit_name; });
  if (unit == quantity.units.end())
    return {0, "unknown unit " + yaml::quoted(unit_name) + "; use " + std::string(quantity.units_text)};
  Number number = number_from(digits);
  if (number.fault.empty() && __builtin_mul_overflow(number.value, unit->factor, &number.value)) {
    number.value = std::numeric_limits<std::int64_t>::max();
  }
  return number;
}

std::string quantity_text(std::int64_t value, std::span<const Unit> units) {
  const Unit* best = &units.front();
  for (const Unit& unit : units) {
    if (value != 0 && value % unit.factor == 0) best = &unit;
  }
  if (value == 0 && units.size() > 1 && units[1].name == "s") best = &units[1];  // 0s reads better than 0ms
  return std::to_string(value / best->factor) + std::string(best->name);
}

bool has_control(std::string_view text) {
  while (!text.empty()) {
    const auto decoded = utf8::decode(text);
    if (!decoded || utf8::is_control(decoded->point)) return true;
    text.remove_prefix(decoded->bytes);
  }
  return false;
}

// The text of a scalar, or a complaint made (or an earlier one standing).
std::optional<std::string_view> scalar_text(const YamlMap::Node& map, std::string_view key, const yaml::Node& value,
                                            yaml::Place at, std::string_view expected) {
  if (value.kind == Kind::refused) return std::nullopt;
  if (value.kind == Kind::null) {
    map.complain(key, at, "has no value; expected " + std::string(expected));
    return std::nullopt;
  }
  if (value.kind != Kind::scalar) {
    map.complain(key, at, "expected " + std::string(expected) + ", found " + std::string(kind_text(value)));
    return std::nullopt;
  }
  if (has_control(value.text)) {
    map.complain(key, at, "holds a control character: " + yaml::quoted(value.text));
    return std::nullopt;
  }
  return value.text;
}

struct Scalar {
  std::string_view text;
  yaml::Place place;
  bool is_quoted;
};
std::optional<Scalar> find_scalar(const YamlMap::Node& map, std::string_view key, bool is_required, std::string_view expected) {
  const yaml::Entry* entry = map.look(key);
  if (entry == nullptr) {
    if (is_required && !map.is_silent)
      map.complain(key, map.place, "this required key is missing; expected " + std::string(expected));
    return std::nullopt;
  }
  const auto text = scalar_text(map, key, *entry->value, place_of(*entry), expected);
  if (!text) return std::nullopt;
  return Scalar{*text, place_of(*entry), entry->value->is_quoted};
}

// The steps that integer, duration and size share: find, parse, hold against the range.
template <class Parse, class Show>
std::optional<std::int64_t> find_number(const YamlMap::Node& map, std::string_view key, bool is_required,
                                        std::string_view expected, std::int64_t min, std::int64_t max, Parse parse, Show show) {
  const auto scalar = find_scalar(map, key, is_required, expected);
  if (!scalar) return std::nullopt;
  const Number number = parse(*scalar);
  if (!number.fault.empty()) {
    map.complain(key, scalar->place, number.fault);
    return std::nullopt;
  }
  if (number.value < min || number.value > max) {
    map.complain(key, scalar->place,
                 yaml::shown(scalar->text) + " is out of range; allowed is " + show(min) + " to " + show(max));
    return std::nullopt;
  }
  return number.value;
}

// The list under a key, empty when it is absent or not one of at most `max` values.
const std::vector<std::unique_ptr<yaml::Node>>& find_list(const YamlMap::Node& map, std::string_view key, std::size_t max) {
  static const std::vector<std::unique_ptr<yaml::Node>> none;
  const yaml::Entry* entry = map.look(key);
  if (entry == nullptr || entry->value->kind == Kind::refused) return none;
  if (entry->value->kind == Kind::null) {
    map.complain(key, entry->place, "has no value; write [] for an empty list");
    return none;
  }
  if (entry->value->kind != Kind::list) {
    map.complain(key, entry->value->place, "expected a list, found " + std::string(kind_text(*entry->value)));
    return none;
  }
  if (entry->value->items.size() > max) {
    map.complain(key, entry->value->place,
                 std::to_string(entry->value->items.size()) + " entries; at most " + std::to_string(max) + " are allowed");
    return none;
  }
  return entry->value->items;
}

std::string indexed(std::string_view key, std::size_t index) {
  return std::string(key) + '[' + std::to_string(index) + ']';
}

bool is_name_id(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace

YamlMap yaml::root_map(std::shared_ptr<Document> document) {
  yaml::Node& root = document->root;
  const bool is_map = root.kind == Kind::map;
  if (!is_map && root.kind != Kind::refused && document->faults.empty()) {
    document->faults.add(root.place, {}, "expected a map of keys, found " + std::string(kind_text(root)));
  }
  auto node = std::make_shared<YamlMap::Node>();
  node->node = is_map ? &root : nullptr;
  node->place = root.place;
  node->is_silent = !is_map;
  node->document = std::move(document);
  return YamlMap(std::move(node));
}

std::string YamlMap::text(std::string_view key, std::optional<std::string> fallback) {
  const auto scalar = find_scalar(*node_, key, !fallback, "a text");
  if (!scalar) return std::move(fallback).value_or(std::string());
  return std::string(scalar->text);
}

std::string YamlMap::name_id(std::string_view key, std::optional<std::string> fallback) {
  const auto scalar = find_scalar(*node_, key, !fallback, "a name");
  if (scalar && is_name_id(scalar->text)) return std::string(scalar->text);
  if (scalar) {
    node_->complain(key, scalar->place, yaml::quoted(scalar->text) + " is no name; a name is 1 to 32 of a-z, 0-9 and -");
  }
  return std::move(fallback).value_or(std::string());
}

std::string YamlMap::choice(std::string_view key, std::span<const std::string_view> choices,
                            std::optional<std::string> fallback) {
  std::string list;
  for (const std::string_view one : choices) list.append(list.empty() ? "" : ", ").append(one);
  const auto scalar = find_scalar(*node_, key, !fallback, "one of " + list);
  if (scalar && std::find(choices.begin(), choices.end(), scalar->text) != choices.end()) return std::string(scalar->text);
  if (scalar) {
    std::string sentence = yaml::quoted(scalar->text) + " is none of " + list;
    if (const auto near = yaml::nearest(scalar->text, choices); !near.empty())
      sentence += "; did you mean \"" + std::string(near) + "\"?";
    node_->complain(key, scalar->place, sentence);
  }
  return std::move(fallback).value_or(choices.empty() ? std::string() : std::string(choices.front()));
}

std::int64_t YamlMap::integer(std::string_view key, std::optional<std::int64_t> fallback, std::int64_t min, std::int64_t max) {
  const auto parse = [](const Scalar& scalar) {
    if (scalar.is_quoted) return Number{0, "expected a whole number, found the quoted text " + yaml::quoted(scalar.text)};
    return number_from(scalar.text);
  };
  const auto show = [](std::int64_t value) { return std::to_string(value); };
  return find_number(*node_, key, !fallback, "a whole number", min, max, parse, show).value_or(fallback.value_or(min));
}

bool YamlMap::boolean(std::string_view key, std::optional<bool> fallback) {
  const auto scalar = find_scalar(*node_, key, !fallback, "true or false");
  if (scalar && !scalar->is_quoted && (scalar->text == "true" || scalar->text == "false")) return scalar->text == "true";
  if (scalar) {
    node_->complain(key, scalar->place,
                    std::string("expected true or false, found ") + (scalar->is_quoted ? "the quoted text " : "") +
                        yaml::quoted(scalar->text));
  }
  return fallback.value_or(false);
}

milliseconds YamlMap::duration(std::string_view key, std::optional<milliseconds> fallback, milliseconds min, milliseconds max) {
  const auto parse = [](const Scalar& scalar) { return quantity_from(scalar.text, a_duration); };
  const auto show = [](std::int64_t value) { return duration_text(milliseconds(value)); };
  const auto value = find_number(*node_, key, !fallback, "a duration", min.count(), max.count(), parse, show);
  return value ? milliseconds(*value) : fallback.value_or(min);
}

std::int64_t YamlMap::bytes(std::string_view key, std::optional<std::int64_t> fallback, std::int64_t min, std::int64_t max) {
  const auto parse = [](const Scalar& scalar) { return quantity_from(scalar.text, a_size); };
  return find_number(*node_, key, !fallback, "a size", min, max, parse, bytes_text).value_or(fallback.value_or(min));
}

bool YamlMap::has(std::string_view key) const {
  return node_->look(key) != nullptr;
}

YamlMap YamlMap::map(std::string_view key) {
  auto inner = std::make_shared<Node>();
  inner->document = node_->document;
  inner->path = node_->path_of(key);
  inner->place = node_->place;
  inner->is_silent = node_->is_silent;
  if (const yaml::Entry* entry = node_->look(key)) {
    const bool is_map = entry->value->kind == Kind::map;
    inner->place = entry->place;
    inner->is_silent = !is_map;
    if (is_map) {
      inner->node = entry->value.get();
    } else if (entry->value->kind == Kind::null) {
      node_->complain(key, entry->place, "has no value; expected a map (write {} for an empty one, or leave the key out)");
    } else if (entry->value->kind != Kind::refused) {
      node_->complain(key, entry->value->place, "expected a map, found " + std::string(kind_text(*entry->value)));
    }
  }
  return YamlMap(std::move(inner));
}

std::vector<YamlMap> YamlMap::maps(std::string_view key, std::size_t max) {
  std::vector<YamlMap> out;
  const auto& items = find_list(*node_, key, max);
  for (std::size_t i = 0; i < items.size(); ++i) {
    yaml::Node& item = *items[i];
    if (item.kind == Kind::map) {
      auto inner = std::make_shared<Node>();
      *inner = Node{node_->document, &item, node_->path_of(indexed(key, i)), item.place, false};
      out.push_back(YamlMap(std::move(inner)));
    } else if (item.kind != Kind::refused) {
      node_->complain(indexed(key, i), item.place, "expected a map, found " + std::string(kind_text(item)));
    }
  }
  return out;
}

std::vector<std::string> YamlMap::texts(std::string_view key, std::size_t max) {
  std::vector<std::string> out;
  const auto& items = find_list(*node_, key, max);
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (const auto text = scalar_text(*node_, indexed(key, i), *items[i], items[i]->place, "a text")) out.emplace_back(*text);
  }
  return out;
}

void YamlMap::complain(std::string_view key, std::string sentence) {
  const yaml::Entry* entry = key.empty() ? nullptr : node_->look(key);
  node_->complain(key, entry == nullptr ? node_->place : place_of(*entry), sentence);
}

void YamlMap::finish() {
  if (node_->node == nullptr) return;
  auto& known = node_->node->known;
  const std::vector<std::string_view> names(known.begin(), known.end());
  std::vector<std::string_view> unknown;
  for (const yaml::Entry& entry : node_->node->entries) {
    if (known.contains(entry.key)) continue;
    std::string sentence = "unknown key";
    if (const auto near = yaml::nearest(entry.key, names); !near.empty())
      sentence += "; did you mean \"" + std::string(near) + "\"?";
    node_->complain(yaml::shown(entry.key), entry.place, sentence);
    unknown.push_back(entry.key);
  }
  known.insert(unknown.begin(), unknown.end());  // said once is enough
}

std::string YamlMap::path() const {
  return node_->path;
}

std::string duration_text(milliseconds value) {
  return quantity_text(value.count(), time_units);
}
std::string bytes_text(std::int64_t value) {
  return quantity_text(value, size_units);
}

}  // namespace tillgate
