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

}  // namespace

std::string cursor_of(CustomerSort sort, const PageEnd& end) {
  if (sort == CustomerSort::created) return "c" + big_endian(end.n);
  return "u" + big_endian(end.updated_at) + "-" + big_endian(end.n);
}

std::optional<PageEnd> page_end_of(CustomerSort sort, std::string_view cursor) {
  PageEnd end;
  if (cursor.empty()) return end;
  const char letter = sort == CustomerSort::created ? 'c' : 'u';
  const std::size_t length = sort == CustomerSort::created ? 17 : 34;
  if (cursor.size() != length || cursor.front() != letter) return std::nullopt;
  const auto n = from_big_endian(cursor.substr(length - 16));
  const auto updated_at = sort == CustomerSort::created ? end.updated_at : from_big_endian(cursor.substr(1, 16));
  if (!n || !updated_at) return std::nullopt;
  end = {*updated_at, *n};
  if (cursor_of(sort, end) != cursor) return std::nullopt;  // another spelling
  return end;
}

}  // namespace tillgate
