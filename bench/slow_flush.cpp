// LD_PRELOAD shim: every fsync and fdatasync takes SLOW_FLUSH_US microseconds longer, as on the card or eMMC of a store's box.
#include <dlfcn.h>

#include <cerrno>
#include <cstdlib>
#include <ctime>

namespace {

using Flush = int (*)(int);

int flush_slowly(const char* name, int descriptor) {
  const auto real = reinterpret_cast<Flush>(dlsym(RTLD_NEXT, name));
  const char* given = std::getenv("SLOW_FLUSH_US");
  const long microseconds = given != nullptr ? std::strtol(given, nullptr, 10) : 0;
  timespec left{microseconds / 1'000'000, microseconds % 1'000'000 * 1000};
  while (nanosleep(&left, &left) != 0 && errno == EINTR) {  // the rest of the same wait
  }
  return real(descriptor);
}

}  // namespace

extern "C" int fsync(int descriptor) {
  return flush_slowly("fsync", descriptor);
}
extern "C" int fdatasync(int descriptor) {
  return flush_slowly("fdatasync", descriptor);
}
