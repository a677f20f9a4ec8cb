#include "core/order_text.hpp"

#include <algorithm>
#include <map>

#include "core/check.hpp"
#include "core/leaf_text.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kStateBytesMax = 1024 * 1024;
constexpr std::string_view kLinePrefix = "lines.";

void write_leaf(JsonWriter& json, const OrderFieldSpec& spec, const std::optional<std::string>& value) {
  const auto cents = value && spec.kind == OrderFieldKind::cents ? cents_from_text(*value) : std::nullopt;
  if (cents) {
    json.number(*cents);
  } else {
    json.text_or_null(value);
  }
}

Result<std::optional<std::string>> read_leaf(const Json& json, const OrderFieldSpec& spec, std::string_view what) {
  if (json.is_null()) return std::optional<std::string>();
  if (spec.kind == OrderFieldKind::cents) {
    const auto* cents = json.as<std::int64_t>();
    if (!cents || *cents < 0) return malformed(what);
    if (*cents > kCentsMax) return from_the_future(what);
    return std::optional(std::to_string(*cents));
  }
  const auto* text = json.as<std::string>();
  if (!text) return malformed(what);
  switch (spec.kind) {
    case OrderFieldKind::text:
    case OrderFieldKind::cents: break;
    case OrderFieldKind::choice:
      if (std::find(spec.choices.begin(), spec.choices.end(), *text) == spec.choices.end()) return from_the_future(what);
      break;
    case OrderFieldKind::customer:
      if (!CustomerId::from_text(*text)) return malformed(what);
      break;
    case OrderFieldKind::time: {
      const auto at = timestamp_from_text(*text);
      if (!at || to_text(*at) != *text) return malformed(what);
      break;
    }
    case OrderFieldKind::store:
      if (!is_name_id(*text)) return malformed(what);
      break;
  }
  return std::optional(*text);
}

void write_line(JsonWriter& json, const OrderLine& line) {
  json.begin_object().key("quantity").number(line.quantity);
  json.member_unless_empty("name", line.name);
  json.member_unless_empty("category", line.category);
  if (line.weight_mg) json.key("weight_mg").number(*line.weight_mg);
  if (line.price_cents) json.key("price_cents").number(*line.price_cents);
  json.end_object();
}

void write_line_or_null(JsonWriter& json, const std::optional<OrderLine>& line) {
  if (line) {
    write_line(json, *line);
  } else {
    json.null();
  }
}

// The members of one line, with the first complaint kept.
class LineReader {
 public:
  explicit LineReader(const Json::Object& object) : reader_(object) {}

  std::optional<std::int64_t> number(std::string_view key, std::int64_t min, std::int64_t max) {
    const Json* json = reader_.take_any(key);
    if (!json) return std::nullopt;
    const auto* value = json->as<std::int64_t>();
    if (!value || *value < min) {
      is_malformed_ = true;
      return std::nullopt;
    }
    is_future_ |= *value > max;
    return *value;
  }
  std::string text(std::string_view key) {  // absent where it is empty
    const Json* json = reader_.take_any(key);
    if (!json) return {};
    const auto* value = json->as<std::string>();
    is_malformed_ |= !value || value->empty();
    return value ? *value : std::string();
  }
  [[nodiscard]] bool is_malformed() const { return is_malformed_; }
  [[nodiscard]] bool is_future() const { return is_future_ || reader_.has_more(); }

 private:
  JsonReader reader_;
  bool is_malformed_ = false, is_future_ = false;
};

Result<std::optional<OrderLine>> read_line(const Json& json, std::string_view what) {
  if (json.is_null()) return std::optional<OrderLine>();
  const auto* object = json.as<Json::Object>();
  if (!object) return malformed(what);
  LineReader reader(*object);
  OrderLine line;
  const auto quantity = reader.number("quantity", 1, kQuantityMax);
  line.name = reader.text("name");
  line.category = reader.text("category");
  line.weight_mg = reader.number("weight_mg", 0, kWeightMgMax);
  line.price_cents = reader.number("price_cents", 0, kCentsMax);
  if (!quantity || reader.is_malformed()) return malformed(what);
  if (reader.is_future()) return from_the_future(what);
  line.quantity = *quantity;
  return std::optional(std::move(line));
}

// What each leaf replaced, where there was something.
void write_was(JsonWriter& json, const OrderChange& change) {
  VersionTable was{Version{}};
  for (const auto& write : change.fields) was.note("", spec_of(write.field).name, write.was);
  for (const auto& write : change.lines) was.note(kLinePrefix, write.key.text(), write.was);
  for (const auto& write : change.pos_links) was.note(kPosLinkPrefix, write.account, write.was);
  was.write(json, "was");
}

template <class See>
void for_each_version(const Order& order, See see) {
  for (const auto& cell : order.cells) see(cell.version);
  for (const auto& [key, cell] : order.lines) see(cell.version);
  for (const auto& [account, cell] : order.pos_links) see(cell.version);
}

// The version that most leaves share; of several the greatest, so that equal orders agree on it.
Version common_version(const Order& order) {
  std::map<Version, int> counts;
  for_each_version(order, [&](const Version& version) {
    if (version.is_set()) ++counts[version];
  });
  const auto most = std::max_element(counts.begin(), counts.end(), [](const auto& a, const auto& b) {
    return a.second != b.second ? a.second < b.second : a.first < b.first;
  });
  return most == counts.end() ? Version{} : most->first;
}

}  // namespace

std::string line_text(const OrderLine& line) {
  JsonWriter json;
  write_line(json, line);
  return json.take();
}

void write_members(JsonWriter& json, const OrderChange& change, const Version& change_version) {
  VersionTable versions(change_version);
  if (!change.fields.empty()) {
    json.key("set").begin_object();
    for (const auto& write : change.fields) {
      const OrderFieldSpec& spec = spec_of(write.field);
      write_leaf(json.key(spec.name), spec, write.value);
      versions.note("", spec.name, write.version);
    }
    json.end_object();
  }
  write_was(json, change);
  for (const auto& write : change.lines) versions.note(kLinePrefix, write.key.text(), write.version);
  for (const auto& write : change.pos_links) versions.note(kPosLinkPrefix, write.account, write.version);
  versions.write(json, "versions");
  if (!change.lines.empty()) {
    json.key("lines").begin_object();
    for (const auto& write : change.lines) write_line_or_null(json.key(write.key.text()), write.line);
    json.end_object();
  }
  if (!change.pos_links.empty()) {
    json.key("pos_links").begin_object();
    for (const auto& write : change.pos_links) json.key(write.account).text_or_null(write.pos_id);
    json.end_object();
  }
}

Result<OrderChange> read_order_change(JsonReader& reader, const Version& change_version) {
  static constexpr std::string_view what = "change's payload";
  Members members(reader);
  const auto& set = members.take("set");
  const auto& was_part = members.take("was");
  const auto& versions_part = members.take("versions");
  const auto& lines = members.take("lines");
  const auto& pos_links = members.take("pos_links");
  OrderChange change;
  VersionLookup versions(change_version), was{Version{}};
  if (members.is_broken() || !versions.read(versions_part) || !was.read(was_part)) return malformed(what);
  // First, since a member from the future may have versions of its own.
  if (reader.has_more()) return from_the_future(what);

  for (const auto& [name, json] : set) {
    const auto field = order_field_named(name);
    if (!field) return from_the_future(what);
    auto value = read_leaf(json, spec_of(*field), what);
    if (!value) return fail(value.error());
    change.fields.push_back({*field, std::move(*value), *versions.take("", name), *was.take("", name)});
  }
  for (const auto& [name, json] : lines) {
    auto key = LineKey::from_text(name);
    if (!key) return malformed(what);
    auto line = read_line(json, what);
    if (!line) return fail(line.error());
    change.lines.push_back(
        {std::move(*key), std::move(*line), *versions.take(kLinePrefix, name), *was.take(kLinePrefix, name)});
  }
  for (const auto& [account, json] : pos_links) {
    auto pos_id = text_or_null(json);
    if (!pos_id || !is_name_id(account)) return malformed(what);
    change.pos_links.push_back(
        {account, std::move(*pos_id), *versions.take(kPosLinkPrefix, account), *was.take(kPosLinkPrefix, account)});
  }
  if (versions.has_more() || was.has_more()) return malformed(what);
  return change;
}

// {"id","v": the common version,"f": fields,"vs": versions that differ,"lines","pos_links"}; in table order, the others by their
// keys. Leaves never written are absent.
std::string encode_order_state(const Order& order) {
  const Version common = common_version(order);
  VersionTable versions(common);
  JsonWriter json;
  json.begin_object().key("id").text(order.id.text());
  if (common.is_set()) json.key("v").text(common.text());

  const auto is_written = [](const Cell& cell) { return cell.version.is_set(); };
  if (std::any_of(order.cells.begin(), order.cells.end(), is_written)) {
    json.key("f").begin_object();
    for (const auto& spec : order_fields()) {
      const Cell& cell = order[spec.field];
      CHECK(is_written(cell) || !cell.value);
      if (!is_written(cell)) continue;
      write_leaf(json.key(spec.name), spec, cell.value);
      versions.note("", spec.name, cell.version);
    }
    json.end_object();
  }
  for (const auto& [key, cell] : order.lines) versions.note(kLinePrefix, key.text(), cell.version);
  for (const auto& [account, cell] : order.pos_links) versions.note(kPosLinkPrefix, account, cell.version);
  versions.write(json, "vs");
  if (!order.lines.empty()) {
    json.key("lines").begin_object();
    for (const auto& [key, cell] : order.lines) write_line_or_null(json.key(key.text()), cell.line);
    json.end_object();
  }
  if (!order.pos_links.empty()) {
    json.key("pos_links").begin_object();
    for (const auto& [account, cell] : order.pos_links) json.key(account).text_or_null(cell.value);
    json.end_object();
  }
  return json.end_object().take();
}

Result<Order> decode_order_state(std::string_view text) {
  static constexpr std::string_view what = "order's state";
  auto json = parse_json(text, kStateBytesMax);
  if (!json) return malformed(what, json.error().what);
  const auto* object = json->as<Json::Object>();
  if (!object) return malformed(what);
  JsonReader reader(*object);
  Members members(reader);
  const auto* id_text = reader.take<std::string>("id");
  const Json* common_json = reader.take_any("v");
  const auto* common_text = common_json ? common_json->as<std::string>() : nullptr;
  const auto id = id_text ? OrderId::from_text(*id_text) : std::nullopt;
  const auto common = common_text ? Version::from_text(*common_text) : std::nullopt;
  const auto& leaves = members.take("f");
  const auto& versions_part = members.take("vs");
  const auto& lines = members.take("lines");
  const auto& pos_links = members.take("pos_links");
  VersionLookup versions(common);
  if (members.is_broken() || !id || (common_json && !common) || !versions.read(versions_part)) return malformed(what);
  if (reader.has_more()) return from_the_future(what);

  Order order;
  order.id = *id;
  for (const auto& [name, leaf] : leaves) {
    const auto field = order_field_named(name);
    if (!field) return from_the_future(what);
    auto value = read_leaf(leaf, spec_of(*field), what);
    if (!value) return fail(value.error());
    const auto version = versions.take("", name);
    if (!version) return malformed(what);
    order[*field] = Cell{std::move(*value), *version};
  }
  for (const auto& [name, leaf] : lines) {
    auto key = LineKey::from_text(name);
    const auto version = versions.take(kLinePrefix, name);
    if (!key || !version) return malformed(what);
    auto line = read_line(leaf, what);
    if (!line) return fail(line.error());
    order.lines.emplace(std::move(*key), LineCell{std::move(*line), *version});
  }
  for (const auto& [account, leaf] : pos_links) {
    auto pos_id = text_or_null(leaf);
    const auto version = versions.take(kPosLinkPrefix, account);
    if (!pos_id || !version || !is_name_id(account)) return malformed(what);
    order.pos_links.emplace(account, Cell{std::move(*pos_id), *version});
  }
  if (versions.has_more()) return malformed(what);
  return order;
}

}  // namespace tillgate
