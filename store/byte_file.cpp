#include "store/byte_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/bytes.hpp"
#include "store/files.hpp"

namespace tillgate {
namespace {

tl::unexpected<Error> failure(int code, const char* what, const std::filesystem::path& file) {
  return fail(code == ENOSPC || code == EDQUOT ? Errc::full : Errc::unavailable, file.string() + " " + what + ": " +
                                                                                      std::system_category().message(code));
}

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

}  // namespace

Result<ByteFile> ByteFile::open(const std::filesystem::path& file) {
  // A pipe would make us wait for its other end.
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) return failure(errno, "cannot be opened", file);
  ByteFile opened(descriptor, file);
  struct stat about {};
  if (::fstat(descriptor, &about) != 0) return failure(errno, "cannot be looked at", file);
  if (!S_ISREG(about.st_mode)) return fail(Errc::invalid, file.string() + " is no ordinary file");
  return opened;
}

Result<ByteFile> ByteFile::create(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return failure(errno, "cannot be made", file);
  // One that was there keeps its mode; file systems without modes (a stick's) refuse, and show to everybody what is sealed anyway.
  (void)::fchmod(descriptor, 0600);
  return ByteFile(descriptor, file);
}

ByteFile::~ByteFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

ByteFile::ByteFile(ByteFile&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), name_(std::move(other.name_)) {}

Result<std::size_t> ByteFile::read(std::span<std::uint8_t> into) {
  std::size_t filled = 0;
  while (filled < into.size()) {
    const ssize_t count = ::read(descriptor_, into.data() + filled, into.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(errno, "cannot be read", name_);
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  return filled;
}

Result<> ByteFile::write(std::span<const std::uint8_t> bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failure(errno, "cannot be written", name_);
    bytes = bytes.subspan(static_cast<std::size_t>(count));
  }
  return {};
}

Result<> ByteFile::flush() {
  if (::fsync(descriptor_) != 0) return failure(errno, "cannot be flushed", name_);
  return {};
}

Result<std::int64_t> ByteFile::size() const {
  struct stat about {};
  if (::fstat(descriptor_, &about) != 0) return failure(errno, "cannot be looked at", name_);
  return static_cast<std::int64_t>(about.st_size);
}

Result<> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return failure(errno, "cannot be given its name", from);
  return flush_folder(folder_of(to));
}

Result<> replace_file(const std::filesystem::path& file, std::string_view text) {
  const std::filesystem::path fresh = file.string() + ".new";
  {
    auto out = ByteFile::create(fresh);
    if (!out) return fail(out.error());
    if (auto done = out->write(as_bytes(text)); !done) return done;
    if (auto done = out->flush(); !done) return done;
  }
  return rename_durably(fresh, file);
}

Result<> require_room(const std::filesystem::path& folder, std::int64_t bytes) {
  std::error_code error;
  const auto space = std::filesystem::space(folder, error);
  if (error) return failure(error.value(), "cannot be asked for its free space", folder);
  if (static_cast<std::int64_t>(space.available) >= bytes) return {};
  return fail(Errc::full, folder.string() + " has not enough room: " + std::to_string(bytes >> 20) + " MiB are needed, " +
                              std::to_string(space.available >> 20) + " MiB are free");
}

}  // namespace tillgate
