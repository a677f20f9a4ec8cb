// The files of a database: folder, permissions, the lock that keeps a second process out, and the folder's own flush.
#pragma once

#include <filesystem>

#include "core/result.hpp"

namespace tillgate {

// Held for as long as it lives; the kernel drops it with the process, however that ends.
class FileLock {
 public:
  // Errc::busy: another process holds it.
  [[nodiscard]] static Result<FileLock> take(const std::filesystem::path& file);
  // Of a folder, waiting for whoever has it, in this process or another: for a file that is read, changed and written anew.
  [[nodiscard]] static Result<FileLock> wait_for(const std::filesystem::path& folder);
  ~FileLock();
  FileLock(FileLock&& other) noexcept;
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;
  FileLock& operator=(FileLock&&) = delete;

 private:
  explicit FileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

// Creates missing folders (0700) and the file (0600); SQLite gives its WAL the same mode.
[[nodiscard]] Result<> prepare_file(const std::filesystem::path& file);
// A new file is durable only once its folder is; SQLite ignores an error there.
[[nodiscard]] Result<> flush_folder(const std::filesystem::path& folder);

}  // namespace tillgate
