#include "core/json.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cstring>

namespace tillgate {

namespace {

namespace bj = boost::json;

// Length of the well-formed UTF-8 sequence at the front, 0 when there is none (Unicode 15, table 3-7).
std::size_t utf8_front(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const auto is_tail = [&](std::size_t i) { return byte(i) >= 0x80 && byte(i) <= 0xbf; };
  const unsigned a = byte(0), b = byte(1);
  if (a < 0x80) return text.empty() ? 0 : 1;
  if (a >= 0xc2 && a <= 0xdf) return is_tail(1) ? 2 : 0;
  if (a >= 0xe0 && a <= 0xef) {
    const unsigned low = a == 0xe0 ? 0xa0 : 0x80, high = a == 0xed ? 0x9f : 0xbf;
    return b >= low && b <= high && is_tail(2) ? 3 : 0;
  }
  if (a >= 0xf0 && a <= 0xf4) {
    const unsigned low = a == 0xf0 ? 0x90 : 0x80, high = a == 0xf4 ? 0x8f : 0xbf;
    return b >= low && b <= high && is_tail(2) && is_tail(3) ? 4 : 0;
  }
  return 0;
}

// How many bytes at the front stand in JSON as they are: ASCII without controls, quotes and backslashes. Eight at a time.
std::size_t plain_front(std::string_view text) {
  constexpr std::uint64_t ones = 0x0101010101010101, highs = 0x8080808080808080;
  const auto has_below = [](std::uint64_t word, std::uint64_t limit) { return (word - ones * limit) & ~word & highs; };
  std::size_t at = 0;
  for (; at + sizeof(std::uint64_t) <= text.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, text.data() + at, sizeof word);
    const std::uint64_t quotes = has_below(word ^ (ones * '"'), 1), backslashes = has_below(word ^ (ones * '\\'), 1);
    if (((word & highs) | has_below(word, ' ') | quotes | backslashes) != 0) break;
  }
  const auto is_plain = [](char c) { return static_cast<unsigned char>(c) >= ' ' && static_cast<unsigned char>(c) < 0x80 && c != '"' && c != '\\'; };
  while (at < text.size() && is_plain(text[at])) ++at;
  return at;
}

bool has_duplicate_key(const Json::Object& object) {
  std::vector<std::string_view> keys;
  keys.reserve(object.size());
  for (const auto& [key, value] : object) keys.push_back(key);
  std::sort(keys.begin(), keys.end());
  return std::adjacent_find(keys.begin(), keys.end()) != keys.end();
}

// Boost.JSON calls this for each token; it builds a Json and refuses what our formats never hold.
struct Handler {
  static constexpr std::size_t max_object_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_array_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_key_size = static_cast<std::size_t>(-1);
  static constexpr std::size_t max_string_size = static_cast<std::size_t>(-1);

  struct Open {
    Json json;
    std::string key;  // of the member being read, when json is an object
  };
  std::vector<Open> open;
  std::string partial;
  Json root;

  bool put(Json json) {
    if (open.empty()) {
      root = std::move(json);
    } else if (auto* array = std::get_if<Json::Array>(&open.back().json.value)) {
      array->push_back(std::move(json));
    } else if (auto* object = std::get_if<Json::Object>(&open.back().json.value)) {
      object->emplace_back(std::move(open.back().key), std::move(json));
    }
    return true;
  }
  bool refuse(bj::error_code& ec) {
    ec = bj::error::syntax;
    return false;
  }
  bool end(bj::error_code& ec) {
    Json done = std::move(open.back().json);
    open.pop_back();
    if (const auto* object = done.as<Json::Object>(); object && has_duplicate_key(*object)) return refuse(ec);
    return put(std::move(done));
  }
  std::optional<std::string> whole(bj::string_view last) {
    partial.append(last.data(), last.size());
    std::string text = std::exchange(partial, {});
    if (text.find('\0') != std::string::npos) return std::nullopt;
    return text;
  }

  bool on_document_begin(bj::error_code&) { return true; }
  bool on_document_end(bj::error_code&) { return true; }
  bool on_object_begin(bj::error_code&) {
    open.push_back({Json{Json::Object{}}, {}});
    std::get<Json::Object>(open.back().json.value).reserve(16);  // what most of ours hold
    return true;
  }
  bool on_object_end(std::size_t, bj::error_code& ec) { return end(ec); }
  bool on_array_begin(bj::error_code&) {
    open.push_back({Json{Json::Array{}}, {}});
    return true;
  }
  bool on_array_end(std::size_t, bj::error_code& ec) { return end(ec); }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    partial.append(part.data(), part.size());
    return true;
  }
  bool on_key(bj::string_view last, std::size_t, bj::error_code& ec) {
    auto text = whole(last);
    if (!text) return refuse(ec);
    open.back().key = std::move(*text);
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    partial.append(part.data(), part.size());
    return true;
  }
  bool on_string(bj::string_view last, std::size_t, bj::error_code& ec) {
    auto text = whole(last);
    return text ? put(Json{std::move(*text)}) : refuse(ec);
  }
  bool on_number_part(bj::string_view, bj::error_code&) { return true; }
  bool on_int64(std::int64_t number, bj::string_view, bj::error_code&) { return put(Json{number}); }
  bool on_uint64(std::uint64_t, bj::string_view, bj::error_code&) { return put(Json{Json::Fraction{}}); }
  bool on_double(double, bj::string_view, bj::error_code&) { return put(Json{Json::Fraction{}}); }
  bool on_bool(bool value, bj::error_code&) { return put(Json{value}); }
  bool on_null(bj::error_code&) { return put(Json{nullptr}); }
  bool on_comment_part(bj::string_view, bj::error_code& ec) { return refuse(ec); }
  bool on_comment(bj::string_view, bj::error_code& ec) { return refuse(ec); }
};

}  // namespace

Result<Json> parse_json(std::string_view text, std::size_t bytes_max) {
  if (text.size() > bytes_max) return fail(Errc::invalid, "the text is longer than allowed");
  bj::parse_options options;
  options.max_depth = kJsonDepthMax;
  bj::basic_parser<Handler> parser(options);
  bj::error_code ec;
  const std::size_t used = parser.write_some(false, text.data(), text.size(), ec);
  if (ec) return fail(Errc::invalid, "the text is not the JSON we expect", ec.message());
  if (used != text.size() || !parser.done()) return fail(Errc::invalid, "the text is not exactly one JSON value");
  return std::move(parser.handler().root);
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    // Nearly all of it is plain ASCII, and that shows eight bytes at a time.
    std::uint64_t word = 0;
    while (text.size() >= sizeof word) {
      std::memcpy(&word, text.data(), sizeof word);
      if ((word & 0x8080808080808080U) != 0) break;
      text.remove_prefix(sizeof word);
    }
    if (text.empty()) return true;
    const std::size_t length = utf8_front(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

void JsonWriter::separate() {
  if (needs_comma_) out_.push_back(',');
  needs_comma_ = true;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  out_.push_back(bracket);
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  out_.push_back(bracket);
  needs_comma_ = true;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  quote(name);
  out_.push_back(':');
  needs_comma_ = false;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  quote(value);
  return *this;
}

JsonWriter& JsonWriter::raw(std::string_view json) {
  separate();
  out_ += json;
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  out_.append(digits, end);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  out_.append(value ? "true" : "false");
  return *this;
}

JsonWriter& JsonWriter::null() {
  separate();
  out_.append("null");
  return *this;
}

void JsonWriter::quote(std::string_view value) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out_.push_back('"');
  while (!value.empty()) {
    // Most texts are nothing but plain ASCII: taken in one go.
    const std::size_t plain = plain_front(value);
    out_.append(value.substr(0, plain));
    value.remove_prefix(plain);
    if (value.empty()) break;
    const char c = value.front();
    const std::size_t length = utf8_front(value);
    if (length == 0 || c == '\0') {
      out_.append("\xef\xbf\xbd");
    } else if (c == '"' || c == '\\') {
      out_.push_back('\\');
      out_.push_back(c);
    } else if (c == '\n') {
      out_.append("\\n");
    } else if (c == '\t') {
      out_.append("\\t");
    } else if (length == 1 && c < ' ') {
      out_.append("\\u00");
      out_.push_back(hex[static_cast<unsigned char>(c) >> 4]);
      out_.push_back(hex[static_cast<unsigned char>(c) & 15]);
    } else {
      out_.append(value.substr(0, length));
    }
    value.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out_.push_back('"');
}

}  // namespace tillgate
