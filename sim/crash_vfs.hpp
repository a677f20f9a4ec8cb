// What a crash disk and its face towards SQLite share: the files, who has them open, what is to fail. Internal to sim/crash_*.cpp.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "sim/crash_disk.hpp"

namespace tillgate::sim {

inline constexpr std::size_t kShmLocks = 8;                    // SQLITE_SHM_NLOCK
inline constexpr std::int64_t kStartMs = 212'660'000'000'000;  // Julian milliseconds, in 2026

// The WAL's index: memory that the connections of one process share.
struct Shm {
  std::vector<std::unique_ptr<std::uint8_t[]>> regions;
  std::array<const void*, kShmLocks> exclusive{};
  std::array<int, kShmLocks> shared{};
};

// An open file. Owned by SQLite's handle; the disk knows it while it is alive.
struct Handle {
  CrashDisk::Parts* disk;
  DiskFiles::File file;
  std::string name;
  DiskFile kind;
  bool is_dead = false;             // the power failed or the process died
  bool is_folder_unsynced = false;  // a new journal or WAL: SQLite flushes the folder with its first flush
  bool is_deleted_on_close = false;
  int lock = 0;  // SQLITE_LOCK_NONE
  std::shared_ptr<Shm> shm;
  std::array<std::uint8_t, kShmLocks> shm_locks{};  // 1: shared, 2: exclusive
};

struct CrashDisk::Parts {
  explicit Parts(std::uint64_t seed) : files(seed) {}

  mutable std::mutex mutex;
  std::string name;
  std::shared_ptr<void> vfs;  // as SQLite knows it
  DiskFiles files;
  std::vector<Handle*> open;
  std::map<std::string, std::weak_ptr<Shm>> shms;
  bool is_sync_honoured = true;
  std::optional<DiskFault> fault;
  std::int64_t fault_seen = 0, fired = 0;
  std::array<std::int64_t, kDiskCalls> calls{};
  std::function<void(DiskCall, const std::string&)> watcher;
  std::int64_t now_ms = kStartMs;

  void tell(DiskCall call, const std::string& file) const {
    if (watcher) watcher(call, file);
  }
  // None, or how this call is to fail.
  std::optional<DiskFault::Kind> admit(DiskCall call, DiskFile kind) {
    ++calls[static_cast<std::size_t>(call)];
    if (!fault || fault->call != call || (fault->where != DiskFile::any && fault->where != kind)) return std::nullopt;
    ++fault_seen;
    if (fault_seen != fault->nth && !(fault->is_for_ever && fault_seen > fault->nth)) return std::nullopt;
    ++fired;
    return fault->kind;
  }
  void leave_handles_dead() {
    for (Handle* handle : open) handle->is_dead = true;
    shms.clear();
  }
};

// Makes the disk known to SQLite under its name, and unknown again.
void register_vfs(CrashDisk::Parts& disk);
void unregister_vfs(CrashDisk::Parts& disk);
// SQLite draws the salts of a WAL from a generator of its own, one per process.
void seed_sqlite(std::uint64_t seed);

}  // namespace tillgate::sim
