#include "store/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

namespace tillgate {
namespace {

tl::unexpected<Error> system_failure(int code, std::string what, const std::filesystem::path& path) {
  const Errc errc = code == ENOSPC || code == EDQUOT ? Errc::full : Errc::unavailable;
  return fail(errc, std::move(what), path.string() + ": " + std::system_category().message(code));
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<FileLock> FileLock::take(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return system_failure(errno, "the lock file beside the database cannot be opened", file);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return FileLock(descriptor);
  const int code = errno;
  ::close(descriptor);
  if (code == EWOULDBLOCK) {
    return fail(Errc::busy, "another process has this database open; stop it first (two writers would damage it)",
                file.string());
  }
  return system_failure(code, "the lock file beside the database cannot be locked", file);
}

Result<FileLock> FileLock::wait_for(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_failure(errno, "the folder cannot be opened", folder);
  FileLock lock(descriptor);
  while (::flock(descriptor, LOCK_EX) != 0)
    if (errno != EINTR) return system_failure(errno, "the folder cannot be locked", folder);
  return lock;
}

FileLock::~FileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FileLock::FileLock(FileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

Result<> flush_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_failure(errno, "the folder of the database cannot be opened", folder);
  const int code = ::fsync(descriptor) == 0 ? 0 : errno;
  ::close(descriptor);
  if (code != 0) {
    return fail(Errc::corrupt, "the folder of the database cannot be flushed",
                folder.string() + ": " + std::system_category().message(code));
  }
  return {};
}

Result<> prepare_file(const std::filesystem::path& file) {
  const auto folder = folder_of(file);
  // From the topmost missing folder down, each made 0700 and made durable in its parent.
  std::error_code error;
  std::vector<std::filesystem::path> missing;
  for (auto path = folder; !path.empty() && !std::filesystem::exists(path, error); path = path.parent_path())
    missing.push_back(path);
  for (auto path = missing.rbegin(); path != missing.rend(); ++path) {
    if (::mkdir(path->c_str(), 0700) != 0 && errno != EEXIST) {
      return system_failure(errno, "the folder of the database cannot be created", *path);
    }
    if (auto flushed = flush_folder(folder_of(*path)); !flushed) return flushed;
  }
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return system_failure(errno, "the database file cannot be opened for writing", file);
  ::close(descriptor);
  return {};
}

}  // namespace tillgate
