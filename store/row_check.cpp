#include "store/row_check.hpp"

#include <string>

namespace tillgate {
namespace {

std::array<std::uint8_t, 8> big_endian(std::uint64_t value) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(value >> (56 - 8 * i));
  return bytes;
}

}  // namespace

void RowHasher::add(std::int64_t value) {
  add('i', big_endian(static_cast<std::uint64_t>(value)));
}

void RowHasher::add(char kind, std::span<const std::uint8_t> bytes) {
  hasher_.add(std::string_view(&kind, 1)).add(big_endian(bytes.size())).add(bytes);
}

RowCheck RowHasher::finish() {
  const Digest digest = hasher_.finish();
  RowCheck check{};
  std::copy_n(digest.bytes.begin(), check.size(), check.begin());
  return check;
}

Result<> compare_check(Statement& row, int column, const RowCheck& wanted, std::string_view name) {
  const auto kept = row.blob(column);
  if (auto ok = row.check(); !ok) return ok;
  if (std::equal(kept.begin(), kept.end(), wanted.begin(), wanted.end())) return {};
  return fail(Errc::corrupt, "a row of the store is damaged", std::string(name) + " does not match its checksum");
}

}  // namespace tillgate
