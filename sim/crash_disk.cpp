#include "sim/crash_disk.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "core/check.hpp"

namespace tillgate::sim {
namespace {

constexpr int kPageSectors = 4096;
constexpr int kNameMax = 512;
constexpr std::int64_t kStartMs = 212'660'000'000'000;  // Julian milliseconds, in 2026
constexpr std::array kCallNames{"open", "read", "write", "truncate", "sync", "size", "lock", "shm", "remove", "access"};
constexpr std::array kIoErrors{SQLITE_CANTOPEN,     SQLITE_IOERR_READ,  SQLITE_IOERR_WRITE, SQLITE_IOERR_TRUNCATE,
                               SQLITE_IOERR_FSYNC,  SQLITE_IOERR_FSTAT, SQLITE_IOERR_LOCK,  SQLITE_IOERR_SHMMAP,
                               SQLITE_IOERR_DELETE, SQLITE_IOERR_ACCESS};

DiskFile kind_of(int flags) {
  if (flags & SQLITE_OPEN_MAIN_DB) return DiskFile::database;
  return flags & SQLITE_OPEN_WAL ? DiskFile::wal : DiskFile::any;
}

// The WAL's index: memory that the connections of one process share.
struct Shm {
  std::vector<std::unique_ptr<std::uint8_t[]>> regions;
  std::array<const void*, SQLITE_SHM_NLOCK> exclusive{};
  std::array<int, SQLITE_SHM_NLOCK> shared{};
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
  int lock = SQLITE_LOCK_NONE;
  std::shared_ptr<Shm> shm;
  std::array<std::uint8_t, SQLITE_SHM_NLOCK> shm_locks{};  // 1: shared, 2: exclusive
};

struct Slot {  // what SQLite allocates
  sqlite3_file base;
  Handle* handle;
};

Handle& handle_of(sqlite3_file* file) {
  return *reinterpret_cast<Slot*>(file)->handle;
}

}  // namespace

struct CrashDisk::Parts {
  explicit Parts(std::uint64_t seed) : files(seed) {}

  mutable std::mutex mutex;
  std::string name;
  sqlite3_vfs vfs{};
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
  // SQLITE_OK, or what this call is to fail with.
  int admit(DiskCall call, DiskFile kind) {
    const auto index = static_cast<std::size_t>(call);
    ++calls[index];
    if (!fault || fault->call != call || (fault->where != DiskFile::any && fault->where != kind)) return SQLITE_OK;
    ++fault_seen;
    if (fault_seen != fault->nth && !(fault->is_for_ever && fault_seen > fault->nth)) return SQLITE_OK;
    ++fired;
    return fault->kind == DiskFault::Kind::full ? SQLITE_FULL : kIoErrors[index];
  }
  void leave_handles_dead() {
    for (Handle* handle : open) handle->is_dead = true;
    shms.clear();
  }
};

namespace {

// --- one call: the watcher first, then under the lock the fault, then the work

using Guard = std::lock_guard<std::mutex>;

int begin(Handle& handle, DiskCall call) {
  if (handle.is_dead) return SQLITE_IOERR;
  return handle.disk->admit(call, handle.kind);
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
  if (const int code = disk.admit(DiskCall::sync, handle.kind)) {
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
    if (const int code = handle.disk->admit(DiskCall::shm, handle.kind)) return code;
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
  if (const int code = disk.admit(DiskCall::open, kind_of(flags))) return code;
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
  if (const int code = disk.admit(DiskCall::remove, DiskFile::any)) return code;
  if (!disk.files.find(path)) return SQLITE_IOERR_DELETE_NOENT;
  disk.files.remove(path);
  if (is_folder_synced && disk.is_sync_honoured) disk.files.flush_folder();
  return SQLITE_OK;
}

int access(sqlite3_vfs* vfs, const char* path, int, int* out) {
  CrashDisk::Parts& disk = disk_of(vfs);
  Guard lock(disk.mutex);
  *out = 0;
  if (const int code = disk.admit(DiskCall::access, DiskFile::any)) return code;
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

const char* name_of(DiskCall call) {
  return kCallNames[static_cast<std::size_t>(call)];
}

CrashDisk::CrashDisk(std::uint64_t seed) : parts_(std::make_unique<Parts>(seed)) {
  static std::atomic<int> count{0};
  parts_->name = "crash-disk-" + std::to_string(++count);
  sqlite3_vfs& vfs = parts_->vfs;
  vfs.iVersion = 2;
  vfs.szOsFile = sizeof(Slot);
  vfs.mxPathname = kNameMax;
  vfs.zName = parts_->name.c_str();
  vfs.pAppData = parts_.get();
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
  // Salts of the WAL come from here. 0 would mean "from the system again".
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(seed & 0x7fffffff) | 1, nullptr);
}

CrashDisk::~CrashDisk() {
  CHECK(parts_->open.empty());
  sqlite3_vfs_unregister(&parts_->vfs);
}

const std::string& CrashDisk::vfs() const {
  return parts_->name;
}

Result<> CrashDisk::flush_folder() {
  parts_->tell(DiskCall::sync, "");
  Guard lock(parts_->mutex);
  if (parts_->admit(DiskCall::sync, DiskFile::any) != SQLITE_OK) return fail(Errc::corrupt, "the folder cannot be flushed");
  if (parts_->is_sync_honoured) parts_->files.flush_folder();
  return {};
}

Image CrashDisk::image() const {
  Guard lock(parts_->mutex);
  return parts_->files.as_written();
}

Image CrashDisk::image_after_cut(const Cut& cut) {
  Guard lock(parts_->mutex);
  return parts_->files.after_cut(cut);
}

Cut CrashDisk::draw_cut() {
  Guard lock(parts_->mutex);
  return parts_->files.draw_cut();
}

std::size_t CrashDisk::unsynced() const {
  Guard lock(parts_->mutex);
  return parts_->files.unsynced();
}

void CrashDisk::load(const Image& image) {
  Guard lock(parts_->mutex);
  parts_->files.load(image);
  parts_->leave_handles_dead();
}

void CrashDisk::cut(const Cut& cut) {
  Guard lock(parts_->mutex);
  parts_->files.load(parts_->files.after_cut(cut));
  parts_->leave_handles_dead();
}

void CrashDisk::kill_process() {
  Guard lock(parts_->mutex);
  parts_->leave_handles_dead();
}

void CrashDisk::set_sync_honoured(bool is_honoured) {
  Guard lock(parts_->mutex);
  parts_->is_sync_honoured = is_honoured;
}

void CrashDisk::set_room(std::optional<std::size_t> bytes) {
  Guard lock(parts_->mutex);
  parts_->files.set_room(bytes);
}

void CrashDisk::arm(const DiskFault& fault) {
  Guard lock(parts_->mutex);
  parts_->fault = fault;
  parts_->fault_seen = parts_->fired = 0;
}

void CrashDisk::disarm() {
  Guard lock(parts_->mutex);
  parts_->fault.reset();
}

std::int64_t CrashDisk::fired() const {
  Guard lock(parts_->mutex);
  return parts_->fired;
}

std::int64_t CrashDisk::calls(DiskCall call) const {
  Guard lock(parts_->mutex);
  return parts_->calls[static_cast<std::size_t>(call)];
}

void CrashDisk::watch(std::function<void(DiskCall, const std::string&)> before) {
  parts_->watcher = std::move(before);
}

}  // namespace tillgate::sim
