// LD_PRELOAD shim, a canary: every FORGET_EVERY-th fsync or fdatasync says that it succeeded and does nothing, like a device (or a
// store) that lies about flushes. 1: all of them.
#include <dlfcn.h>

#include <atomic>
#include <cstdlib>

namespace {

using Flush = int (*)(int);

int flush_or_forget(const char* name, int descriptor) {
  static std::atomic<long> calls{0};
  static const long every = [] {
    const char* given = std::getenv("FORGET_EVERY");
    return given != nullptr ? std::strtol(given, nullptr, 10) : 0;
  }();
  if (every > 0 && ++calls % every == 0) return 0;
  return reinterpret_cast<Flush>(dlsym(RTLD_NEXT, name))(descriptor);
}

}  // namespace

extern "C" int fsync(int descriptor) {
  return flush_or_forget("fsync", descriptor);
}
extern "C" int fdatasync(int descriptor) {
  return flush_or_forget("fdatasync", descriptor);
}
