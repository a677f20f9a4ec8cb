// JSON for what lies in the ledger and crosses the link: a strict, bounded reader and an exact writer.
// The reader takes what any correct writer sends and refuses what two readers could understand differently: duplicate keys,
// invalid UTF-8, NUL, depth, rubbish behind the value. The writer always gives the same bytes for the same value, because those
// bytes are hashed. The only door to Boost.JSON in core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.hpp"

namespace tillgate {

inline constexpr std::size_t kJsonDepthMax = 6;

struct Json {
  using Array = std::vector<Json>;
  using Object = std::vector<std::pair<std::string, Json>>;  // in the order of the text, each key once
  struct Fraction {};                                        // a number that is no int64; nothing of ours holds one
  std::variant<std::nullptr_t, bool, std::int64_t, Fraction, std::string, Array, Object> value = nullptr;

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::nullptr_t>(value); }
  template <class T>
  [[nodiscard]] const T* as() const {
    return std::get_if<T>(&value);
  }
};

// Exactly one value, at most `bytes_max` long. Errc::invalid otherwise; the reason holds nothing of the text.
[[nodiscard]] Result<Json> parse_json(std::string_view text, std::size_t bytes_max);

// True when every byte belongs to well-formed UTF-8 (no overlong forms, no surrogates). NUL counts as well-formed.
[[nodiscard]] bool is_utf8(std::string_view text);

// Reads an object key by key and tells afterwards whether something was left that the reader does not know.
class JsonReader {
 public:
  explicit JsonReader(const Json::Object& object) : object_(object) {}
  // nullptr: no such key, or its value is of another type.
  template <class T>
  [[nodiscard]] const T* take(std::string_view key) {
    const Json* found = take_any(key);
    return found ? found->as<T>() : nullptr;
  }
  [[nodiscard]] const Json* take_any(std::string_view key) {
    for (const auto& [name, value] : object_) {
      if (name != key) continue;
      ++taken_;
      return &value;
    }
    return nullptr;
  }
  [[nodiscard]] bool has_more() const { return taken_ < object_.size(); }  // each key is to be taken at most once

 private:
  const Json::Object& object_;
  std::size_t taken_ = 0;
};

// Appends to one string; no white space. Bytes that are not UTF-8, and NUL, become U+FFFD: whatever we write can be read.
class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  JsonWriter& raw(std::string_view json);  // a value that one of our writers has written already
  JsonWriter& text_or_null(const std::optional<std::string>& value) { return value ? text(*value) : null(); }
  // key and text together; nothing at all when the value is empty.
  JsonWriter& member_unless_empty(std::string_view name, std::string_view value) {
    return value.empty() ? *this : key(name).text(value);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void quote(std::string_view value);
  std::string out_;
  bool needs_comma_ = false;
};

}  // namespace tillgate
