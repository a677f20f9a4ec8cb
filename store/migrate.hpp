// Brings a database file to the schema of this program, or refuses. Migrations are numbered SQL files, embedded and never
// edited; each runs in a transaction of its own and is recorded with the checksum of its text.
#pragma once

#include <cstdint>
#include <span>

#include "core/embedded_sql.hpp"
#include "core/result.hpp"
#include "core/time.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

inline constexpr std::int64_t kApplicationId = 0x54474154;  // "TGAT" in the file's header: tells our file from others

struct Migrated {
  int from = 0, to = 0;  // 0: the file was new
};

[[nodiscard]] std::span<const EmbeddedSql> store_schema();  // the migrations of this program, in order

// Errc::unsupported: written by a newer program, or by a program with other migrations (the daemon exits
// 78; `what` says what to do). The file is left as it was.
[[nodiscard]] Result<Migrated> migrate(Connection& db, std::span<const EmbeddedSql> migrations, Timestamp now);

}  // namespace tillgate
