#include "service/utf8.hpp"

#include <array>
#include <charconv>

namespace tillgate::utf8 {

namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";
constexpr std::string_view cut_mark = "...";

void append_byte(std::string& out, std::uint8_t byte) {
  out += "\\x";
  out += hex_digits[byte >> 4];
  out += hex_digits[byte & 15];
}

void append_point(std::string& out, std::uint32_t point) {
  if (point == '\n') {
    out += "\\n";
  } else if (point == '\r') {
    out += "\\r";
  } else if (point == '\t') {
    out += "\\t";
  } else if (point < 0x80) {
    append_byte(out, static_cast<std::uint8_t>(point));
  } else {
    std::array<char, 8> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), point, 16);
    out += "\\u{";
    out.append(digits.data(), end.ptr);
    out += '}';
  }
}

bool is_continuation(char byte) {
  return (static_cast<std::uint8_t>(byte) & 0xc0) == 0x80;
}

}  // namespace

std::optional<Decoded> decode(std::string_view text) {
  const auto lead = static_cast<std::uint8_t>(text[0]);
  if (lead < 0x80) return Decoded{lead, 1};
  const std::size_t count = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < count) return std::nullopt;
  std::uint32_t point = lead & (0xffu >> (count + 1));
  for (std::size_t i = 1; i < count; ++i) {
    if (!is_continuation(text[i])) return std::nullopt;
    point = (point << 6) | (static_cast<std::uint8_t>(text[i]) & 0x3fu);
  }
  constexpr std::array<std::uint32_t, 5> smallest = {0, 0, 0x80, 0x800, 0x10000};
  if (point < smallest[count] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return std::nullopt;
  return Decoded{point, count};
}

bool is_control(std::uint32_t point) {
  return point < 0x20 || (point >= 0x7f && point <= 0x9f);
}

bool is_treacherous(std::uint32_t point) {
  return is_control(point) || point == 0x00ad || point == 0x061c || point == 0xfeff ||  // soft hyphen, Arabic mark, BOM
         (point >= 0x200b && point <= 0x200f) ||                                        // marks without width
         (point >= 0x2028 && point <= 0x202e) ||                                        // line ends, embeddings, overrides
         (point >= 0x2060 && point <= 0x206f) ||                                        // isolates and other invisible ones
         (point >= 0xfff9 && point <= 0xfffb) || (point >= 0xe0000 && point <= 0xe007f);
}

void append_printable(std::string& out, std::string_view text, bool is_quoted, std::size_t bytes_max) {
  while (!text.empty() && out.size() < bytes_max) {
    const auto decoded = decode(text);
    if (!decoded) {
      append_byte(out, static_cast<std::uint8_t>(text[0]));
    } else if (is_treacherous(decoded->point)) {
      append_point(out, decoded->point);
    } else {
      if (is_quoted && (text[0] == '"' || text[0] == '\\')) out += '\\';
      out += text.substr(0, decoded->bytes);
    }
    text.remove_prefix(decoded ? decoded->bytes : 1);
  }
}

void cut(std::string& text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) return;
  std::size_t end = bytes_max - cut_mark.size();
  while (end > 0 && is_continuation(text[end])) --end;
  text.resize(end);
  text += cut_mark;
}

}  // namespace tillgate::utf8
