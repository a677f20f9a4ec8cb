// A backup as a file: a header that people can read, then the copy of the database in sealed chunks (store/backup_cipher.hpp).
//
//   tillgate backup 1 \n  name value \n ... \n \n     at most kHeaderBytesMax; the first chunk is bound to it
//   24 bytes                                           of the stream
//   chunks of 64 KiB of the database, 17 bytes longer  the last one may be shorter, and says that it is the last
//
// The header's `bytes` says how long the file must be. Whatever is not exactly what was written is refused. Memory: two chunks.
// Thread: whoever calls; nothing is shared.
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "core/change.hpp"
#include "core/ids.hpp"
#include "core/result.hpp"
#include "store/backup_cipher.hpp"

namespace tillgate {

inline constexpr std::size_t kBackupHeaderBytesMax = 1024, kBackupChunkBytes = 64 * 1024;

struct BackupHeader {
  OrgId org;
  StoreId store;
  std::string key_id;   // of the pii-key that it was sealed under
  Timestamp taken_at;
  std::string program;  // the version that wrote it
  int schema = 0;
  Epoch epoch;          // the life of the database that was copied
  Position head;        // its last ledger row
  std::int64_t bytes = 0;  // of the database
  bool operator==(const BackupHeader&) const = default;
};
[[nodiscard]] std::string to_text(const BackupHeader& header);
// The header at the beginning of `bytes`, and how long it is. Accepts exactly what to_text writes. Errc::invalid otherwise.
struct ParsedHeader {
  BackupHeader header;
  std::size_t length = 0;
};
[[nodiscard]] Result<ParsedHeader> parse_backup_header(std::string_view bytes);
// Not authenticated yet: for people, and for knowing which key is needed.
[[nodiscard]] Result<BackupHeader> read_backup_header(const std::filesystem::path& file);

// What a backup of `bytes` takes on disk.
[[nodiscard]] std::int64_t sealed_bytes(const BackupHeader& header);

// Called now and then with what is done; false: stop, Errc::unavailable.
using BackupProgress = std::function<bool(std::int64_t done, std::int64_t total)>;

// Seals the file `plain` into `file`: beside it first, read back and found whole, then under its name; durable. 0600.
[[nodiscard]] Result<> seal_backup(const std::filesystem::path& plain, const BackupHeader& header, const BackupKey& key,
                                   const std::filesystem::path& file, const BackupProgress& progress);
// Opens `file` into `plain`, durable, 0600; with an empty `plain`, only reads all of it. Errc::invalid: no backup, cut off, altered,
// or another key; `what` says which as far as that can be told. What was written to `plain` by then is removed.
[[nodiscard]] Result<BackupHeader> open_backup(const std::filesystem::path& file, const BackupKey& key,
                                               const std::filesystem::path& plain, const BackupProgress& progress);

}  // namespace tillgate
