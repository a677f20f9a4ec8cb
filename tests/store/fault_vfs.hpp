// A SQLite VFS that wraps the default one and fails the nth write or flush, once or from then on: the disk that breaks or fills
// up at a chosen moment.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <string>

namespace tillgate::testing {

class FaultVfs {
 public:
  enum class Op { write, sync };
  enum class Where { any, database, wal };

  static const char* name() {
    static const bool registered = (install(), true);
    (void)registered;
    return "tillgate_fault";
  }
  // The nth matching call from now on (from 1) answers `code`.
  static void arm(Op op, long nth, int code, bool for_ever, Where where = Where::any) {
    plan().armed = false;
    plan().op = op;
    plan().where = where;
    plan().code = code;
    plan().for_ever = for_ever;
    plan().left = nth;
    plan().fired = 0;
    plan().armed = true;
  }
  static void disarm() { plan().armed = false; }
  static long fired() { return plan().fired; }
  // Writes and flushes that reached the disk since the process began.
  static long touched() { return plan().touched; }

 private:
  struct Plan {
    std::atomic<bool> armed{false}, for_ever{false};
    std::atomic<Op> op{Op::write};
    std::atomic<Where> where{Where::any};
    std::atomic<int> code{0};
    std::atomic<long> left{0}, fired{0}, touched{0};
  };
  struct File {
    sqlite3_file base;
    Where kind;
    sqlite3_file* real;
  };

  static Plan& plan() {
    static Plan the;
    return the;
  }
  static sqlite3_vfs* underlying() {
    static sqlite3_vfs* real = sqlite3_vfs_find(nullptr);
    return real;
  }
  static File* as_file(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
  static sqlite3_file* real(sqlite3_file* file) { return as_file(file)->real; }

  static int outcome(sqlite3_file* file, Op op) {
    Plan& now = plan();
    if (now.armed && now.op == op && (now.where == Where::any || now.where == as_file(file)->kind)) {
      const long left = --now.left;
      if (left == 0 || (left < 0 && now.for_ever)) {
        ++now.fired;
        return now.code;
      }
    }
    ++now.touched;
    return SQLITE_OK;
  }

  static int open(sqlite3_vfs*, const char* path, sqlite3_file* file, int flags, int* out_flags) {
    static const sqlite3_io_methods methods = table();
    File* mine = as_file(file);
    mine->base.pMethods = nullptr;
    mine->real = reinterpret_cast<sqlite3_file*>(mine + 1);
    mine->kind = (flags & SQLITE_OPEN_WAL) ? Where::wal : (flags & SQLITE_OPEN_MAIN_DB) ? Where::database : Where::any;
    const int code = underlying()->xOpen(underlying(), path, mine->real, flags, out_flags);
    if (mine->real->pMethods) mine->base.pMethods = &methods;
    return code;
  }

  static sqlite3_io_methods table() {
    sqlite3_io_methods m{};
    m.iVersion = 2;
    m.xClose = [](sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); };
    m.xRead = [](sqlite3_file* f, void* to, int n, sqlite3_int64 at) { return real(f)->pMethods->xRead(real(f), to, n, at); };
    m.xWrite = [](sqlite3_file* f, const void* from, int n, sqlite3_int64 at) {
      const int code = outcome(f, Op::write);
      return code ? code : real(f)->pMethods->xWrite(real(f), from, n, at);
    };
    m.xTruncate = [](sqlite3_file* f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); };
    m.xSync = [](sqlite3_file* f, int flags) {
      const int code = outcome(f, Op::sync);
      return code ? code : real(f)->pMethods->xSync(real(f), flags);
    };
    m.xFileSize = [](sqlite3_file* f, sqlite3_int64* n) { return real(f)->pMethods->xFileSize(real(f), n); };
    m.xLock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); };
    m.xUnlock = [](sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); };
    m.xCheckReservedLock = [](sqlite3_file* f, int* out) { return real(f)->pMethods->xCheckReservedLock(real(f), out); };
    m.xFileControl = [](sqlite3_file* f, int op, void* arg) { return real(f)->pMethods->xFileControl(real(f), op, arg); };
    m.xSectorSize = [](sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); };
    m.xDeviceCharacteristics = [](sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); };
    m.xShmMap = [](sqlite3_file* f, int page, int size, int extend, void volatile** out) {
      return real(f)->pMethods->xShmMap(real(f), page, size, extend, out);
    };
    m.xShmLock = [](sqlite3_file* f, int offset, int n, int flags) { return real(f)->pMethods->xShmLock(real(f), offset, n, flags); };
    m.xShmBarrier = [](sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); };
    m.xShmUnmap = [](sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); };
    return m;
  }

  static void install() {
    static sqlite3_vfs mine = *underlying();
    mine.pNext = nullptr;
    mine.zName = "tillgate_fault";
    mine.szOsFile = static_cast<int>(sizeof(File)) + underlying()->szOsFile;
    mine.xOpen = &FaultVfs::open;
    sqlite3_vfs_register(&mine, 0);
  }
};

}  // namespace tillgate::testing
