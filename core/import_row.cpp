#include "core/import_row.hpp"

#include <algorithm>
#include <array>

#include "core/csv.hpp"
#include "core/typed_text.hpp"

namespace tillgate {

namespace {

using Kind = ImportLeaf::Kind;

bool is_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view trimmed_blanks(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text;
}

std::string lower(std::string_view text) {
  std::string out(trimmed_blanks(text));
  std::transform(out.begin(), out.end(), out.begin(), lower_ascii);
  return out;
}

// "12/31/1990" -> "1990-12-31"; what is no date is left as it is, and refused as one later.
std::string date_of(std::string_view text, DateOrder order) {
  text = trimmed_blanks(text);
  if (text.size() > 10 && (text[10] == 'T' || text[10] == ' ') && calendar_date(text.substr(0, 10)))
    return std::string(text.substr(0, 10));
  if (order == DateOrder::iso) return std::string(text);
  const auto first = text.find_first_of("/.-");
  const auto second = first == std::string_view::npos ? first : text.find(text[first], first + 1);
  if (second == std::string_view::npos) return std::string(text);
  auto month = text.substr(0, first), day = text.substr(first + 1, second - first - 1);
  const auto year = text.substr(second + 1);
  if (order == DateOrder::day_first) std::swap(month, day);
  if (!is_digits(month) || !is_digits(day) || !is_digits(year) || month.size() > 2 || day.size() > 2 || year.size() != 4)
    return std::string(text);
  const auto two = [](std::string_view digits) { return (digits.size() == 1 ? "0" : "") + std::string(digits); };
  return std::string(year) + "-" + two(month) + "-" + two(day);
}

struct Word {
  std::string_view short_form, meant;
};
constexpr auto kGenders = std::to_array<Word>({{"f", "female"}, {"m", "male"}, {"x", "nonbinary"}, {"u", "unspecified"}});
constexpr auto kTypes = std::to_array<Word>({{"rec", "recreational"}, {"adult", "recreational"}, {"med", "medical"}});

std::string choice_of(Field field, std::string_view text) {
  const std::string word = lower(text);
  const auto search = [&](const auto& words) {
    for (const Word& one : words)
      if (one.short_form == word) return std::string(one.meant);
    return word;
  };
  if (field == Field::gender) return search(kGenders);
  if (field == Field::type) return search(kTypes);
  return word;
}

std::optional<bool> yes_or_no(std::string_view text) {
  const std::string word = lower(text);
  if (word == "true" || word == "yes" || word == "y" || word == "1") return true;
  if (word == "false" || word == "no" || word == "n" || word == "0") return false;
  return std::nullopt;
}

// Builds the patch leaf by leaf; what is empty is not said at all.
class RowBuilder {
 public:
  explicit RowBuilder(DateOrder dates) : dates_(dates) {}

  void add(const ImportLeaf& leaf, std::string_view text) {
    if (text.empty() || leaf.kind == Kind::ignored) return;
    switch (leaf.kind) {
      case Kind::field: return add_field(leaf.field, text);
      case Kind::consent: return add_consent(leaf, text);
      case Kind::consent_source: sources_[index(leaf)] = text; return;
      case Kind::consent_text: texts_[index(leaf)] = text; return;
      case Kind::tags: return add_tags(split_list(text));
      case Kind::pos_links: return add_links(split_list(text));
      case Kind::pos_link: return add_link(leaf.account, std::string(text));
      case Kind::ignored: return;
    }
  }
  void add_tags(std::vector<std::string> tags) {
    std::erase_if(tags, [](const std::string& tag) { return trimmed_blanks(tag).empty(); });
    if (!tags.empty()) out_.patch.tags = std::move(tags);
  }
  void add_link(std::string account, std::string pos_id) {
    out_.patch.pos_links.emplace_back(std::move(account), std::move(pos_id));
  }
  void fault(std::string field, std::string code, std::string sentence) {
    out_.faults.push_back({std::move(field), std::move(code), std::move(sentence)});
  }

  ImportRow finish() {
    for (auto& statement : out_.patch.consent) {
      statement.source = sources_[static_cast<std::size_t>(statement.purpose)];
      statement.text_version = texts_[static_cast<std::size_t>(statement.purpose)];
    }
    auto faults = normalise(out_.patch, WriteKind::create);
    // The shape first; a field with a fault of its shape has no value that could be judged.
    for (auto& one : faults) {
      if (one.field.starts_with("pos_links."))  // the account's name is the file's
        one = {"pos_links", one.code,
               "A link names a POS account and its id there, of 1 to 64 plain characters; each account once."};
      const bool is_said =
          std::any_of(out_.faults.begin(), out_.faults.end(), [&](const auto& said) { return said.field == one.field; });
      if (!is_said) out_.faults.push_back(std::move(one));
    }
    return std::move(out_);
  }

 private:
  static std::size_t index(const ImportLeaf& leaf) { return static_cast<std::size_t>(leaf.purpose); }

  void add_field(Field field, std::string_view text) {
    if (text == "N/A" || text == "n/a") return;  // how some systems write that there is none
    const FieldKind kind = spec_of(field).kind;
    std::string value(text);
    if (kind == FieldKind::date) value = date_of(text, dates_);
    if (kind == FieldKind::choice) value = choice_of(field, text);
    out_.patch.fields.emplace_back(field, std::move(value));
  }
  void add_consent(const ImportLeaf& leaf, std::string_view text) {
    const auto granted = yes_or_no(text);
    if (!granted) return fault(name_of(leaf), "not_a_choice", "Consent is told by true or false, yes or no.");
    out_.patch.consent.push_back({leaf.purpose, *granted});
  }
  void add_links(const std::vector<std::string>& links) {
    for (const std::string& link : links) {
      const auto equals = link.find('=');
      if (equals == std::string::npos) return fault("pos_links", "not_a_link", "A link is written account=id.");
      add_link(link.substr(0, equals), link.substr(equals + 1));
    }
  }

  const DateOrder dates_;
  ImportRow out_;
  std::array<std::string, kPurposeNames.size()> sources_, texts_;
};

// Walks an object's members, dotted names and all; no name of the file leaves here.
class ObjectReader {
 public:
  ObjectReader(RowBuilder& builder, const ImportMapping& mapping) : builder_(builder), mapping_(mapping) {}

  void read(const Json::Object& object, const std::string& prefix) {
    for (const auto& [key, value] : object) member(prefix + key, value);
  }

 private:
  void member(const std::string& name, const Json& value) {
    if (value.is_null()) return;
    const auto* members = value.as<Json::Object>();
    // "address" alone is a column of theirs; an object of that name is ours.
    if (members && is_group(name)) return read(*members, name + ".");
    const auto leaf = leaf_of(name, mapping_);
    if (leaf && leaf->kind == Kind::ignored) return;
    if (!leaf) return builder_.fault("unknown", "unknown_field", "A member of the object means no field of ours.");
    if (seen_.size() > kCellsMax || std::find(seen_.begin(), seen_.end(), *leaf) != seen_.end())
      return builder_.fault(name_of(*leaf), "contradiction", "This field is given twice.");
    seen_.push_back(*leaf);
    if (const auto* list = value.as<Json::Array>()) return read_list(*leaf, *list);
    if (const auto* text = value.as<std::string>()) return builder_.add(*leaf, *text);
    if (const auto* flag = value.as<bool>(); flag && leaf->kind == Kind::consent)
      return builder_.add(*leaf, *flag ? "true" : "false");
    if (const auto* number = value.as<std::int64_t>()) return builder_.add(*leaf, std::to_string(*number));
    wrong_type(leaf);
  }

  [[nodiscard]] bool is_group(const std::string& name) const {
    if (std::find(mapping_.ignore.begin(), mapping_.ignore.end(), name) != mapping_.ignore.end()) return false;
    return name == "address" || name == "licence" || name == "medical" || name == "consent" || name.starts_with("consent.");
  }

  void read_list(const ImportLeaf& leaf, const Json::Array& list) {
    std::vector<std::string> words;
    for (const Json& item : list) {
      const auto* word = item.as<std::string>();
      const auto* object = item.as<Json::Object>();
      if (leaf.kind == Kind::tags && word) {
        words.push_back(*word);
      } else if (leaf.kind == Kind::pos_links && object) {
        JsonReader reader(*object);
        const auto* account = reader.take<std::string>("account");
        const auto* pos_id = reader.take<std::string>("pos_id");
        if (!account || !pos_id || reader.has_more()) return wrong_type(leaf);
        builder_.add_link(*account, *pos_id);
      } else {
        return wrong_type(leaf);
      }
    }
    if (leaf.kind == Kind::tags) builder_.add_tags(std::move(words));
  }

  void wrong_type(const std::optional<ImportLeaf>& leaf) {
    builder_.fault(leaf ? name_of(*leaf) : "unknown", "wrong_type", "This is not of the type that the field has.");
  }

  RowBuilder& builder_;
  const ImportMapping& mapping_;
  std::vector<ImportLeaf> seen_;
};

}  // namespace

ImportRow row_from_cells(std::span<const ImportLeaf> columns, std::span<const std::string> cells, DateOrder dates) {
  if (cells.size() != columns.size()) {
    ImportRow row;
    row.faults.push_back(
        {"row", "cell_count",
         "The row has " + std::to_string(cells.size()) + " cells, the header " + std::to_string(columns.size()) + "."});
    return row;
  }
  RowBuilder builder(dates);
  for (std::size_t i = 0; i < columns.size(); ++i) builder.add(columns[i], plain_cell(cells[i]));
  return builder.finish();
}

ImportRow row_from_json(std::string_view line, const ImportMapping& mapping, DateOrder dates) {
  const auto json = parse_json(line, kRowBytesMax);
  const auto* object = json ? json->as<Json::Object>() : nullptr;
  if (!object) {
    ImportRow row;
    row.faults.push_back(
        {"row", "not_json", "The line is no JSON object, or one that two readers could understand differently."});
    return row;
  }
  RowBuilder builder(dates);
  ObjectReader(builder, mapping).read(*object, "");
  return builder.finish();
}

std::string join_list(std::span<const std::string> words) {
  std::string text;
  bool is_first = true;
  for (const std::string& word : words) {
    if (!is_first) text += '|';
    is_first = false;
    for (const char c : word) {
      if (c == '|' || c == '\\') text += '\\';
      text += c;
    }
  }
  return text;
}

std::vector<std::string> split_list(std::string_view text) {
  std::vector<std::string> words(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '|' || text[i + 1] == '\\')) {
      words.back() += text[++i];
    } else if (text[i] == '|') {
      words.emplace_back();
    } else {
      words.back() += text[i];
    }
  }
  return words;
}

}  // namespace tillgate
