#include "store/page_end.hpp"

#include <array>

#include "core/bytes.hpp"

namespace tillgate {
namespace {

std::string big_endian(std::int64_t value) {
  // The sign bit is flipped so that the text sorts like the number; nobody relies on it, but it reads well in a log.
  const auto bits = static_cast<std::uint64_t>(value) ^ (std::uint64_t{1} << 63);
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(bits >> (56 - 8 * i));
  return to_hex(bytes);
}

std::optional<std::int64_t> from_big_endian(std::string_view hex) {
  std::array<std::uint8_t, 8> bytes{};
  if (!from_hex(hex, bytes)) return std::nullopt;
  std::uint64_t bits = 0;
  for (const auto byte : bytes) bits = (bits << 8) | byte;
  return static_cast<std::int64_t>(bits ^ (std::uint64_t{1} << 63));
}

// One letter and a number.
std::string short_cursor(char letter, std::int64_t n) {
  return letter + big_endian(n);
}
std::optional<std::int64_t> from_short(char letter, std::string_view cursor) {
  if (cursor.size() != 17 || cursor.front() != letter) return std::nullopt;
  const auto n = from_big_endian(cursor.substr(1));
  if (!n || short_cursor(letter, *n) != cursor) return std::nullopt;  // another spelling
  return n;
}

// One letter, a time and a number.
struct TimeAndNumber {
  std::int64_t at, n;
};
std::string long_cursor(char letter, std::int64_t at, std::int64_t n) {
  return letter + big_endian(at) + "-" + big_endian(n);
}
std::optional<TimeAndNumber> from_long(char letter, std::string_view cursor) {
  if (cursor.size() != 34 || cursor.front() != letter) return std::nullopt;
  const auto at = from_big_endian(cursor.substr(1, 16)), n = from_big_endian(cursor.substr(18));
  if (!at || !n || long_cursor(letter, *at, *n) != cursor) return std::nullopt;
  return TimeAndNumber{*at, *n};
}

}  // namespace

std::string cursor_of(CustomerSort sort, const PageEnd& end) {
  return sort == CustomerSort::created ? short_cursor('c', end.n) : long_cursor('u', end.updated_at, end.n);
}

std::optional<PageEnd> page_end_of(CustomerSort sort, std::string_view cursor) {
  PageEnd end;
  if (cursor.empty()) return end;
  if (sort == CustomerSort::created) {
    const auto n = from_short('c', cursor);
    return n ? std::optional(PageEnd{end.updated_at, *n}) : std::nullopt;
  }
  const auto both = from_long('u', cursor);
  return both ? std::optional(PageEnd{both->at, both->n}) : std::nullopt;
}

std::string arrival_cursor(std::int64_t n) {
  return short_cursor('o', n);
}

std::optional<std::int64_t> arrival_end_of(std::string_view cursor) {
  return cursor.empty() ? std::optional<std::int64_t>(0) : from_short('o', cursor);
}

std::string settled_cursor(const SettledEnd& end) {
  return long_cursor('p', end.settled_at, end.n);
}

std::optional<SettledEnd> settled_end_of(std::string_view cursor) {
  if (cursor.empty()) return SettledEnd{};
  const auto both = from_long('p', cursor);
  return both ? std::optional(SettledEnd{both->at, both->n}) : std::nullopt;
}

}  // namespace tillgate
