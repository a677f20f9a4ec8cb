// What tells a damaged row from a sound one: 16 bytes of BLAKE2b over the table's name and the row's other columns, in the
// order of the schema. A row keeps its own in `row_check`; whoever reads the row compares. SQLite's own checks see broken
// structure and leave a flipped bit in a value alone.
#pragma once

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <string_view>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

using RowCheck = std::array<std::uint8_t, 16>;

class RowHasher {
 public:
  explicit RowHasher(std::string_view table) { add(table); }
  // Kind and length first, so that no two rows read alike.
  void add(std::int64_t value);
  void add(std::span<const std::uint8_t> blob) { add('b', blob); }
  void add(std::string_view text) { add('t', as_bytes(text)); }
  void add(const Uuid& id) { add('b', id.bytes); }
  void add(const Digest& digest) { add('b', digest.bytes); }
  template <class T>
  void add(const std::optional<T>& value) {
    value ? add(*value) : add('n', {});
  }
  [[nodiscard]] RowCheck finish();  // once

 private:
  void add(char kind, std::span<const std::uint8_t> bytes);
  Hasher hasher_;
};

template <class... Columns>
[[nodiscard]] RowCheck row_check(std::string_view table, const Columns&... columns) {
  RowHasher hasher(table);
  (hasher.add(columns), ...);
  return hasher.finish();
}

// Compares what a row keeps with what it should keep. Errc::corrupt names the row.
[[nodiscard]] Result<> compare_check(Statement& row, int column, const RowCheck& wanted, std::string_view name);

}  // namespace tillgate
