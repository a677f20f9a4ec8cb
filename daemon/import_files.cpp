#include "daemon/import_files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

namespace tillgate {

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kReserveBytes = std::int64_t{256} * 1024 * 1024;
constexpr std::size_t kJobFileBytesMax = 512 * 1024;

Error error_now(const char* doing) {
  const int code = errno;
  const bool is_full = code == ENOSPC || code == EDQUOT || code == EFBIG;
  return Error{is_full ? Errc::full : Errc::unavailable,
               is_full ? "there is no room for the import's file" : "the import's files cannot be used",
               std::string(doing) + ": " + std::strerror(code)};
}

// A file for as long as it is used.
class OpenFile {
 public:
  OpenFile(const fs::path& path, int flags) : descriptor_(::open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, 0600)) {}
  ~OpenFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  [[nodiscard]] bool is_open() const { return descriptor_ >= 0; }

  [[nodiscard]] Result<> cut(std::int64_t at) const {
    if (::ftruncate(descriptor_, at) != 0) return fail(error_now("cut"));
    return {};
  }
  [[nodiscard]] Result<> write(std::int64_t at, std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto done = ::pwrite(descriptor_, bytes.data(), bytes.size(), at);
      if (done < 0 && errno == EINTR) continue;
      if (done < 0) return fail(error_now("write"));
      at += done;
      bytes.remove_prefix(static_cast<std::size_t>(done));
    }
    return {};
  }
  [[nodiscard]] Result<> flush() const {
    if (::fsync(descriptor_) != 0) return fail(error_now("flush"));
    return {};
  }
  [[nodiscard]] Result<std::string> read(std::int64_t at, std::size_t bytes_max) const {
    std::string bytes(bytes_max, '\0');
    std::size_t had = 0;
    while (had < bytes_max) {
      const auto got = ::pread(descriptor_, bytes.data() + had, bytes_max - had, at + static_cast<std::int64_t>(had));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail(error_now("read"));
      if (got == 0) break;
      had += static_cast<std::size_t>(got);
    }
    bytes.resize(had);
    return bytes;
  }

 private:
  int descriptor_;
};

Result<> append(const fs::path& path, std::int64_t at, std::string_view bytes, bool is_flushed) {
  const OpenFile file(path, O_WRONLY | O_CREAT);
  if (!file.is_open()) return fail(error_now("open"));
  if (auto done = file.cut(at); !done) return done;
  if (auto done = file.write(at, bytes); !done || !is_flushed) return done;
  return file.flush();
}

Result<std::string> read_at(const fs::path& path, std::int64_t at, std::size_t bytes_max) {
  const OpenFile file(path, O_RDONLY);
  if (!file.is_open() && errno == ENOENT) return std::string();
  if (!file.is_open()) return fail(error_now("open"));
  return file.read(at, bytes_max);
}

Result<> flush_names(const fs::path& folder) {
  const OpenFile names(folder, O_RDONLY | O_DIRECTORY);
  if (!names.is_open()) return fail(error_now("open"));
  return names.flush();
}

}  // namespace

fs::path ImportFiles::file(const ImportId& id, std::string_view extension) const {
  return folder_ / (id.text() + std::string(extension));
}

Result<> ImportFiles::make_folder() const {
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return fail(error_now("make the folder"));
  return flush_names(folder_.parent_path());
}

Result<std::vector<ImportJob>> ImportFiles::load() const {
  std::vector<ImportJob> jobs;
  std::error_code error;
  if (!fs::exists(folder_, error)) return jobs;
  std::vector<fs::path> strays;
  std::set<std::string> with_rows, known;
  for (fs::directory_iterator entry(folder_, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path path = entry->path();
    const auto id = ImportId::from_text(path.stem().string());
    if (path.extension() != ".json" || !id) {
      strays.push_back(path);
      continue;
    }
    auto text = read_at(path, 0, kJobFileBytesMax);
    if (!text) return fail(text.error());
    auto job = decode_import_job(*text);
    if (!job || job->id != *id) {
      strays.push_back(path);
      continue;
    }
    known.insert(id->text());
    if (!has_ended(job->state)) with_rows.insert(id->text());
    jobs.push_back(std::move(*job));
  }
  if (error) return fail(Errc::unavailable, "the import's files cannot be used", error.message());
  for (const fs::path& path : strays) {
    const std::string id = path.stem().string();
    const bool is_kept =
        (path.extension() == ".report" && known.contains(id)) || (path.extension() == ".rows" && with_rows.contains(id));
    if (!is_kept) fs::remove(path, error);
  }
  std::sort(jobs.begin(), jobs.end(), [](const auto& one, const auto& other) { return one.began_at < other.began_at; });
  return jobs;
}

Result<> ImportFiles::save(const ImportJob& job) const {
  if (auto made = make_folder(); !made) return made;
  if (job.report_bytes > 0) {
    const OpenFile report(file(job.id, ".report"), O_WRONLY);
    if (!report.is_open()) return fail(error_now("open"));
    if (auto flushed = report.flush(); !flushed) return flushed;
  }
  const fs::path path = file(job.id, ".json"), fresh = file(job.id, ".new");
  if (auto written = append(fresh, 0, encode(job), true); !written) return written;
  if (::rename(fresh.c_str(), path.c_str()) != 0) return fail(error_now("rename"));
  return flush_names(folder_);
}

void ImportFiles::forget(const ImportId& id) const {
  for (const char* extension : {".rows", ".report", ".json", ".new"}) {
    std::error_code ignored;  // what is left is a stray, and goes at the next start
    fs::remove(file(id, extension), ignored);
  }
}

Result<> ImportFiles::append_rows(const ImportId& id, std::int64_t at, std::string_view bytes) const {
  return append(file(id, ".rows"), at, bytes, true);
}

std::int64_t ImportFiles::rows_bytes(const ImportId& id) const {
  std::error_code error;
  const auto bytes = fs::file_size(file(id, ".rows"), error);
  return error ? 0 : static_cast<std::int64_t>(bytes);
}

Result<std::string> ImportFiles::read_rows(const ImportId& id, std::int64_t at, std::size_t bytes_max) const {
  return read_at(file(id, ".rows"), at, bytes_max);
}

void ImportFiles::remove_rows(const ImportId& id) const {
  std::error_code ignored;  // the next start tries again
  fs::remove(file(id, ".rows"), ignored);
}

Result<> ImportFiles::append_report(const ImportId& id, std::int64_t at, std::string_view text) const {
  if (auto room = check_room(static_cast<std::int64_t>(text.size())); !room) return room;
  return append(file(id, ".report"), at, text, false);
}

Result<std::string> ImportFiles::read_report(const ImportId& id, std::int64_t at, std::size_t bytes_max) const {
  return read_at(file(id, ".report"), at, bytes_max);
}

Result<> ImportFiles::check_room(std::int64_t bytes) const {
  std::error_code error;
  const auto space = fs::space(folder_.parent_path(), error);
  if (error || static_cast<std::int64_t>(space.available) >= bytes + kReserveBytes) return {};
  return fail(Errc::full, "the disk has no room for this file beside what the store itself needs");
}

}  // namespace tillgate
