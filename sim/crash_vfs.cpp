// The calls by which SQLite uses a disk, answered by a CrashDisk.
#include "sim/crash_vfs.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/check.hpp"

namespace tillgate::sim {
namespace {

static_assert(kShmLocks == SQLITE_SHM_NLOCK && SQLITE_LOCK_NONE == 0);
constexpr int kPageSectors = 4096;
constexpr int kNameMax = 512;
constexpr std::array kIoErrors{SQLITE_CANTOPEN,     SQLITE_IOERR_READ,  SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE,
                               SQLITE_IOERR_FSYNC,  SQLITE_IOERR_FSTAT, SQLITE_IOERR_LOCK,  SQLITE_IOERR_SHMMAP,
                               SQLITE_IOERR_DELETE, SQLITE_IOERR_ACCESS};

DiskFile kind_of(int flags) {
  if (flags & SQLITE_OPEN_MAIN_DB) return DiskFile::database;
  return flags & SQLITE_OPEN_WAL ? DiskFile::wal : DiskFile::any;
}

struct Slot {  // what SQLite allocates
  sqlite3_file base;
  Handle* handle;
};

Handle& handle_of(sqlite3_file* file) {
  return *reinterpret_cast<Slot*>(file)->handle;
}

// --- one call: the watcher first, then under the lock the fault, then the work

using Guard = std::lock_guard<std::mutex>;

int admit(CrashDisk::Parts& disk, DiskCall call, DiskFile kind) {
  const auto fault = disk.admit(call, kind);
  if (!fault) return SQLITE_OK;
  return *fault == DiskFault::Kind::full ? SQLITE_FULL : kIoErrors[static_cast<std::size_t>(call)];
}

int begin(Handle& handle, DiskCall call) {
  if (handle.is_dead) return SQLITE_IOERR;
  return admit(*handle.disk, call, handle.kind);
}

int close_file(sqlite3_file* slot) {
  Handle* handle = &handle_of(slot);
  CrashDisk::Parts& disk = *handle->disk;
  {
    Guard lock(disk.mutex);
    std::erase(disk.open, handle);
    if (handle->is_deleted_on_close && !handle->is_dead) disk.files.remove(handle->name);
  }
  delete handle;
  return SQLITE_OK;
}

int read(sqlite3_file* slot, void* to, int count, sqlite3_int64 offset) {
  Handle& handle = handle_of(slot);
  Guard lock(handle.disk->mutex);
  if (const int code = begin(handle, DiskCall::read)) return code;
  const Bytes& content = handle.file->now;
  const auto at = static_cast<std::size_t>(offset);
  const auto wanted = static_cast<std::size_t>(count);
  const std::size_t there = at < content.size() ? std::min(wanted, content.size() - at) : 0;
  if (there > 0) std::memcpy(to, content.data() + at, there);
  if (there == wanted) return SQLITE_OK;
  std::memset(static_cast<char*>(to) + there, 0, wanted - there);
  return SQLITE_IOERR_SHORT_READ;
}

int write(sqlite3_file* slot, const void* from, int count, sqlite3_int64 offset) {
  Handle& handle = handle_of(slot);
  if (!handle.is_dead) handle.disk->tell(DiskCall::write, handle.name);
  Guard lock(handle.disk->mutex);
  if (const int code = begin(handle, DiskCall::write)) return code;
  const std::span bytes(static_cast<const std::uint8_t*>(from), static_cast<std::size_t>(count));
  const std::size_t written = handle.disk->files.write(handle.file, static_cast<std::size_t>(offset), bytes);
  return written == bytes.size() ? SQLITE_OK : SQLITE_FULL;
}

int truncate(sqlite3_file* slot, sqlite3_int64 size) {
  Handle& handle = handle_of(slot);
  if (!handle.is_dead) handle.disk->tell(DiskCall::truncate, handle.name);
  Guard lock(handle.disk->mutex);
  if (const int code = begin(handle, DiskCall::truncate)) return code;
  handle.disk->files.truncate(handle.file, static_cast<std::size_t>(size));
  return SQLITE_OK;
}

int sync(sqlite3_file* slot, int) {
  Handle& handle = handle_of(slot);
  if (!handle.is_dead) handle.disk->tell(DiskCall::sync, handle.name);
  CrashDisk::Parts& disk = *handle.disk;
  Guard lock(disk.mutex);
  if (handle.is_dead) return SQLITE_IOERR;
  if (const int code = admit(disk, DiskCall::sync, handle.kind)) {
    disk.files.fail_flush(handle.file);
    return code;
  }
  if (!disk.is_sync_honoured) return SQLITE_OK;
  disk.files.flush(handle.file);
  if (std::exchange(handle.is_folder_unsynced, false)) disk.files.flush_folder();
  return SQLITE_OK;
}

int file_size(sqlite3_file* slot, sqlite3_int64* size) {
  Handle& handle = handle_of(slot);
  Guard lock(handle.disk->mutex);
  if (const int code = begin(handle, DiskCall::size)) return code;
  *size = static_cast<sqlite3_int64>(handle.file->now.size());
  return SQLITE_OK;
}

// --- the locks of the database file, as SQLite's documentation of xLock has them

template <class Test>
bool has_other(const Handle& handle, Test test) {
  const auto& open = handle.disk->open;
  return std::any_of(open.begin(), open.end(), [&](const Handle* other) {
    return other != &handle && !other->is_dead && other->file == handle.file && test(other->lock);
  });
}

int lock_file(sqlite3_file* slot, int level) {
  Handle& handle = handle_of(slot);
  Guard lock(handle.disk->mutex);
  if (const int code = begin(handle, DiskCall::lock)) return code;
  if (handle.lock >= level) return SQLITE_OK;
  const int others_max = level == SQLITE_LOCK_SHARED ? SQLITE_LOCK_RESERVED : SQLITE_LOCK_SHARED;
  if (has_other(handle, [&](int held) { return held > others_max; })) return SQLITE_BUSY;
  if (level == SQLITE_LOCK_EXCLUSIVE) {
    handle.lock = SQLITE_LOCK_PENDING;
    if (has_other(handle, [](int held) { return held != SQLITE_LOCK_NONE; })) return SQLITE_BUSY;
  }
  handle.lock = level;
  return SQLITE_OK;
}

int unlock_file(sqlite3_file* slot, int level) {
  Handle& handle = handle_of(slot);
  Guard lock(handle.disk->mutex);
  if (handle.is_dead) return SQLITE_IOERR;
  handle.lock = std::min(handle.lock, level);
  return SQLITE_OK;
}

int check_reserved(sqlite3_file* slot, int* out) {
  Handle& handle = handle_of(slot);
  Guard lock(handle.disk->mutex);
  if (const int code = begin(handle, DiskCall::lock)) return code;
  *out = handle.lock > SQLITE_LOCK_SHARED || has_other(handle, [](int held) { return held > SQLITE_LOCK_SHARED; });
  return SQLITE_OK;
}

int file_control(sqlite3_file*, int op, void* argument) {
  if (op != SQLITE_FCNTL_MMAP_SIZE) return SQLITE_NOTFOUND;
  *static_cast<sqlite3_int64*>(argument) = 0;  // nothing is mapped, whatever is asked for
  return SQLITE_OK;
}
int sector_size(sqlite3_file*) {
  return kPageSectors;
}
int device_characteristics(sqlite3_file*) {
  return SQLITE_IOCAP_POWERSAFE_OVERWRITE;  // a torn write leaves its neighbours alone
}

// --- the WAL's index

int shm_map(sqlite3_file* slot, int region, int bytes, int extend, void volatile** out) {
  Handle& handle = handle_of(slot);
  Guard lock(handle.disk->mutex);
  *out = nullptr;
  if (const int code = begin(handle, DiskCall::shm)) return code;
  if (!handle.shm) {
    auto& known = handle.disk->shms[handle.name];
    handle.shm = known.lock();
    if (!handle.shm) known = handle.shm = std::make_shared<Shm>();
  }
  auto& regions = handle.shm->regions;
  const auto wanted = static_cast<std::size_t>(region);
  if (wanted >= regions.size() && !extend) return SQLITE_OK;
  while (regions.size() <= wanted) regions.push_back(std::make_unique<std::uint8_t[]>(static_cast<std::size_t>(bytes)));
  *out = regions[wanted].get();
  return SQLITE_OK;
}

int shm_lock(sqlite3_file* slot, int offset, int count, int flags) {
  Handle& handle = handle_of(slot);
  Guard lock(handle.disk->mutex);
  if (handle.is_dead || !handle.shm) return SQLITE_IOERR_SHMLOCK;
  const bool is_exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
  Shm& shm = *handle.shm;
  const auto first = static_cast<std::size_t>(offset);
  const auto end = first + static_cast<std::size_t>(count);
  if (flags & SQLITE_SHM_LOCK) {
    if (const int code = admit(*handle.disk, DiskCall::shm, handle.kind)) return code;
    for (std::size_t i = first; i < end; ++i) {
      const int own_shared = handle.shm_locks[i] == 1 ? 1 : 0;
      if (shm.exclusive[i] && shm.exclusive[i] != &handle) return SQLITE_BUSY;
      if (is_exclusive && shm.shared[i] > own_shared) return SQLITE_BUSY;
    }
  }
  for (std::size_t i = first; i < end; ++i) {
    auto& held = handle.shm_locks[i];
    if (held == 1) --shm.shared[i];
    if (held == 2) shm.exclusive[i] = nullptr;
    held = (flags & SQLITE_SHM_UNLOCK) ? 0 : is_exclusive ? 2 : 1;
    if (held == 1) ++shm.shared[i];
    if (held == 2) shm.exclusive[i] = &handle;
  }
  return SQLITE_OK;
}

void shm_barrier(sqlite3_file* slot) {
  Guard lock(handle_of(slot).disk->mutex);
}

int shm_unmap(sqlite3_file* slot, int) {
  Handle& handle = handle_of(slot);
  Guard lock(handle.disk->mutex);
  for (std::size_t i = 0; handle.shm && i < handle.shm_locks.size(); ++i) {
    if (handle.shm_locks[i] == 1) --handle.shm->shared[i];
    if (handle.shm_locks[i] == 2) handle.shm->exclusive[i] = nullptr;
  }
  handle.shm.reset();  // the last one takes the memory with it: who opens next recovers from the WAL
  handle.shm_locks = {};
  return SQLITE_OK;
}

const sqlite3_io_methods kMethods{2,
                                  close_file,
                                  read,
                                  write,
                                  truncate,
                                  sync,
                                  file_size,
                                  lock_file,
                                  unlock_file,
                                  check_reserved,
                                  file_control,
                                  sector_size,
                                  device_characteristics,
                                  shm_map,
                                  shm_lock,
                                  shm_barrier,
                                  shm_unmap,
                                  nullptr,
                                  nullptr};

// --- the folder

CrashDisk::Parts& disk_of(sqlite3_vfs* vfs) {
  return *static_cast<CrashDisk::Parts*>(vfs->pAppData);
}

int open_file(sqlite3_vfs* vfs, const char* path, sqlite3_file* out, int flags, int* out_flags) {
  CrashDisk::Parts& disk = disk_of(vfs);
  auto* slot = reinterpret_cast<Slot*>(out);
  slot->base.pMethods = nullptr;
  const std::string name = path ? path : "";
  const bool may_create = (flags & SQLITE_OPEN_CREATE) != 0;
  const bool is_named = path != nullptr;
  bool is_new = false;
  {
    Guard lock(disk.mutex);
    is_new = is_named && !disk.files.find(name);
  }
  if (is_new && may_create) disk.tell(DiskCall::open, name);
  Guard lock(disk.mutex);
  if (const int code = admit(disk, DiskCall::open, kind_of(flags))) return code;
  if (is_new && !may_create) return SQLITE_CANTOPEN;
  auto file = !is_named ? std::make_shared<DiskFiles::Node>() : is_new ? disk.files.create(name) : disk.files.find(name);
  auto handle = std::make_unique<Handle>();
  handle->disk = &disk;
  handle->file = std::move(file);
  handle->name = name;
  handle->kind = kind_of(flags);
  handle->is_folder_unsynced = is_new && (flags & (SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL));
  handle->is_deleted_on_close = is_named && (flags & SQLITE_OPEN_DELETEONCLOSE);
  disk.open.push_back(handle.get());
  slot->handle = handle.release();
  slot->base.pMethods = &kMethods;
  if (out_flags) *out_flags = flags;
  return SQLITE_OK;
}

int delete_file(sqlite3_vfs* vfs, const char* path, int is_folder_synced) {
  CrashDisk::Parts& disk = disk_of(vfs);
  disk.tell(DiskCall::remove, path);
  Guard lock(disk.mutex);
  if (const int code = admit(disk, DiskCall::remove, DiskFile::any)) return code;
  if (!disk.files.find(path)) return SQLITE_IOERR_DELETE_NOENT;
  disk.files.remove(path);
  if (is_folder_synced && disk.is_sync_honoured) disk.files.flush_folder();
  return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* path, int, int* out) {
  CrashDisk::Parts& disk = disk_of(vfs);
  Guard lock(disk.mutex);
  *out = 0;
  if (const int code = admit(disk, DiskCall::access, DiskFile::any)) return code;
  const auto file = disk.files.find(path);
  *out = file && !file->now.empty();  // an empty file counts as none, as with SQLite's own VFS
  return SQLITE_OK;
}

int full_path(sqlite3_vfs*, const char* path, int size, char* out) {
  if (std::strlen(path) + 1 > static_cast<std::size_t>(size)) return SQLITE_CANTOPEN;
  std::memcpy(out, path, std::strlen(path) + 1);
  return SQLITE_OK;
}

int fill_random(sqlite3_vfs* vfs, int count, char* out) {
  CrashDisk::Parts& disk = disk_of(vfs);
  Guard lock(disk.mutex);
  for (int i = 0; i < count; ++i) out[i] = static_cast<char>(disk.files.random().below(256));
  return count;
}

// Time passes by being asked for and by waiting.
int current_time_ms(sqlite3_vfs* vfs, sqlite3_int64* out) {
  CrashDisk::Parts& disk = disk_of(vfs);
  Guard lock(disk.mutex);
  *out = ++disk.now_ms;
  return SQLITE_OK;
}
int current_time(sqlite3_vfs* vfs, double* out) {
  sqlite3_int64 ms = 0;
  current_time_ms(vfs, &ms);
  *out = static_cast<double>(ms) / 86'400'000.0;
  return SQLITE_OK;
}
int sleep_us(sqlite3_vfs* vfs, int us) {
  CrashDisk::Parts& disk = disk_of(vfs);
  Guard lock(disk.mutex);
  disk.now_ms += us / 1000;
  return us;
}
int last_error(sqlite3_vfs*, int, char*) {
  return 0;
}

}  // namespace

void register_vfs(CrashDisk::Parts& disk) {
  auto made = std::make_shared<sqlite3_vfs>();
  sqlite3_vfs& vfs = *made;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(Slot);
  vfs.mxPathname = kNameMax;
  vfs.zName = disk.name.c_str();
  vfs.pAppData = &disk;
  vfs.xOpen = open_file;
  vfs.xDelete = delete_file;
  vfs.xAccess = access;
  vfs.xFullPathname = full_path;
  vfs.xRandomness = fill_random;
  vfs.xSleep = sleep_us;
  vfs.xCurrentTime = current_time;
  vfs.xGetLastError = last_error;
  vfs.xCurrentTimeInt64 = current_time_ms;
  CHECK(sqlite3_vfs_register(&vfs, 0) == SQLITE_OK);
  disk.vfs = std::move(made);
}

void unregister_vfs(CrashDisk::Parts& disk) {
  sqlite3_vfs_unregister(static_cast<sqlite3_vfs*>(disk.vfs.get()));
}

void seed_sqlite(std::uint64_t seed) {
  // 0 would mean "from the system again".
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed & 0x7fffffff) | 1, nullptr);
}

}  // namespace tillgate::sim
