#include "sim/crash_disk.hpp"

#include <array>
#include <atomic>
#include <utility>

#include "core/check.hpp"
#include "sim/crash_vfs.hpp"

namespace tillgate::sim {
namespace {

constexpr std::array kCallNames{"open", "read", "write", "truncate", "sync", "size", "lock", "shm", "remove", "access"};

using Guard = std::lock_guard<std::mutex>;

}  // namespace

const char* name_of(DiskCall call) {
  return kCallNames[static_cast<std::size_t>(call)];
}

CrashDisk::CrashDisk(std::uint64_t seed) : parts_(std::make_unique<Parts>(seed)) {
  static std::atomic<int> count{0};
  parts_->name = "crash-disk-" + std::to_string(++count);
  register_vfs(*parts_);
  seed_sqlite(seed);
}

CrashDisk::~CrashDisk() {
  CHECK(parts_->open.empty());
  unregister_vfs(*parts_);
}

const std::string& CrashDisk::vfs() const {
  return parts_->name;
}

Result<> CrashDisk::flush_folder() {
  parts_->tell(DiskCall::sync, "");
  Guard lock(parts_->mutex);
  if (parts_->admit(DiskCall::sync, DiskFile::any)) return fail(Errc::corrupt, "the folder cannot be flushed");
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
