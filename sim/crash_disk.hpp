// CrashDisk: a disk of its own for SQLite, held in memory, that loses power, fills up or fails when told to. Each is a SQLite VFS
// under a name of its own (StoreOptions::vfs); a file name is just a name, there are no folders. Deterministic: the same seed
// and the same calls give the same bytes. SQLite's generator is one per process, so constructing a disk seeds that too.
//
// Thread: the disk may be used by the threads of a Store; everything that arms or inspects it belongs to one thread, and a
// watcher is for runs without threads. Lifetime: every connection is closed before the disk is destroyed.
// Only crash_vfs.cpp includes sqlite3.h.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/result.hpp"
#include "sim/disk_files.hpp"

namespace tillgate::sim {

// Kinds of calls by which SQLite uses a disk.
enum class DiskCall : std::uint8_t { open, read, write, truncate, sync, size, lock, shm, remove, access };
inline constexpr int kDiskCalls = 10;
[[nodiscard]] const char* name_of(DiskCall call);

enum class DiskFile : std::uint8_t { any, database, wal };

struct DiskFault {
  enum class Kind : std::uint8_t {
    io,    // SQLITE_IOERR_... of that call; of an open SQLITE_CANTOPEN
    full,  // SQLITE_FULL
  };
  DiskCall call = DiskCall::write;
  Kind kind = Kind::io;
  std::int64_t nth = 1;      // counted from arming, from 1
  bool is_for_ever = false;  // that one and all after it
  DiskFile where = DiskFile::any;
};

class CrashDisk {
 public:
  explicit CrashDisk(std::uint64_t seed);
  ~CrashDisk();
  CrashDisk(const CrashDisk&) = delete;
  CrashDisk& operator=(const CrashDisk&) = delete;

  [[nodiscard]] const std::string& vfs() const;  // for StoreOptions::vfs

  // Names become durable, as by an fsync of the folder. Counts as a sync; Errc::corrupt where that is to fail.
  [[nodiscard]] Result<> flush_folder();

  // What is in the files as everybody reads them now: a copy, as a backup or a clone takes it.
  [[nodiscard]] Image image() const;
  // What the disk would hold if the power failed now. The disk itself goes on.
  [[nodiscard]] Image image_after_cut(const Cut& cut);
  [[nodiscard]] Cut draw_cut();
  [[nodiscard]] std::size_t unsynced() const;  // changes that a cut could lose

  // Replaces everything. Like a cut, it leaves open handles dead.
  void load(const Image& image);
  // The power fails: the disk keeps what the cut left, every handle open now is dead (each call fails), locks are gone.
  void cut(const Cut& cut);
  // The process dies and the machine goes on: handles dead, locks gone, everything as written and as unsynced as before.
  void kill_process();

  // False: syncs return success and flush nothing, like a device that ignores cache flushes.
  void set_sync_honoured(bool is_honoured);
  // Bytes for all files together; beyond them a write ends short with SQLITE_FULL. None: no limit.
  void set_room(std::optional<std::size_t> bytes);

  // One fault at a time: arming replaces.
  void arm(const DiskFault& fault);
  void disarm();
  [[nodiscard]] std::int64_t fired() const;               // calls failed since arming
  [[nodiscard]] std::int64_t calls(DiskCall call) const;  // since construction, failed ones too

  // Called before each change (write, truncate, sync, create, delete), when the disk is as it was before: a moment for a cut.
  // It may ask the disk for images, nothing else.
  void watch(std::function<void(DiskCall call, const std::string& file)> before);

  struct Parts;  // of crash_vfs.hpp

 private:
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate::sim
