#include "store/set_aside.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <system_error>

#include "store/files.hpp"
#include "store/sqlite.hpp"

namespace tillgate {
namespace {

constexpr std::string_view mark_of(AsideReason reason) {
  return reason == AsideReason::damaged ? ".damaged-" : ".replaced-";
}
constexpr std::array<std::string_view, 3> kParts{"", "-wal", "-shm"};

std::filesystem::path folder_of(const std::filesystem::path& file) {
  return file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
}

std::uintmax_t bytes_of(const std::filesystem::path& file) {
  std::error_code error;
  const auto bytes = std::filesystem::file_size(file, error);
  return error ? 0 : bytes;
}

bool is_there(const std::filesystem::path& file) {
  std::error_code error;
  return std::filesystem::exists(std::filesystem::symlink_status(file, error));
}

// 20261122T080000Z: sorts, and needs no quoting in a shell.
std::string stamp(Timestamp now) {
  std::string text = to_text(now).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + "Z";
}

bool is_main_part(std::string_view name) {
  return std::none_of(kParts.begin() + 1, kParts.end(), [&](std::string_view part) { return name.ends_with(part); });
}

}  // namespace

bool is_beyond_reading(const std::filesystem::path& file) {
  return Connection::verdict_on(file.string()) == Connection::Verdict::damaged;
}

bool is_orphaned_log(const std::filesystem::path& file) {
  return bytes_of(file.string() + "-wal") > 0 && bytes_of(file) == 0;
}

std::vector<std::filesystem::path> those_set_aside(const std::filesystem::path& file, AsideReason reason) {
  std::vector<std::filesystem::path> found;
  const std::string prefix = file.filename().string() + std::string(mark_of(reason));
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder_of(file), error), end; !error && entry != end; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.starts_with(prefix) && is_main_part(name)) found.push_back(entry->path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

Result<std::filesystem::path> set_aside(const std::filesystem::path& file, Timestamp now) {
  auto lock = FileLock::take(file.string() + ".lock");
  if (!lock) return fail(lock.error());
  return set_aside(*lock, file, now, AsideReason::damaged);
}

Result<std::filesystem::path> set_aside(const FileLock& lock, const std::filesystem::path& file, Timestamp now, AsideReason reason) {
  auto target = name_aside(file, now, reason);
  if (!target) return target;
  if (auto moved = move_aside(lock, file, *target); !moved) return fail(moved.error());
  return target;
}

Result<std::filesystem::path> name_aside(const std::filesystem::path& file, Timestamp now, AsideReason reason) {
  if (those_set_aside(file, reason).size() >= kSetAsideMax) {
    if (reason == AsideReason::replaced)
      return fail(Errc::full, "several replaced databases lie aside already; save or remove them (tillgate.db.replaced-...)",
                  folder_of(file).string());
    return fail(Errc::full, "several damaged databases lie aside already; save or remove them, and replace the storage device",
                folder_of(file).string());
  }
  const std::string base = file.string() + std::string(mark_of(reason)) + stamp(now);
  std::string target = base;
  const auto is_taken = [&] {
    return std::any_of(kParts.begin(), kParts.end(), [&](auto part) { return is_there(target + std::string(part)); });
  };
  for (int n = 2; is_taken(); ++n) target = base + "." + std::to_string(n);
  return std::filesystem::path(target);
}

Result<> move_aside(const FileLock&, const std::filesystem::path& file, const std::filesystem::path& target) {
  // The database first: alone it would lack the last commits and not say so, while a log without a database is noticed.
  for (const auto part : kParts) {
    const std::filesystem::path from = file.string() + std::string(part);
    if (!is_there(from)) continue;
    std::error_code error;
    std::filesystem::rename(from, target.string() + std::string(part), error);
    if (error) return fail(Errc::unavailable, "a database cannot be set aside", from.string() + ": " + error.message());
  }
  // A log whose database had gone altogether is still counted and shown by the name of the pair.
  if (!is_there(target)) {
    if (auto made = prepare_file(target); !made) return fail(made.error());
  }
  return flush_folder(folder_of(file));
}

}  // namespace tillgate
