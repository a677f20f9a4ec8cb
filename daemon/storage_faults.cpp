#include "daemon/storage_faults.hpp"

#include <algorithm>
#include <fstream>
#include <vector>

namespace tillgate {

namespace {

constexpr std::size_t kFaultsMax = 3;
constexpr Duration kWindow = std::chrono::minutes(10);
constexpr std::size_t kKept = 16;

std::vector<std::int64_t> read_all(const std::filesystem::path& file) {
  std::vector<std::int64_t> moments;
  std::ifstream in(file);
  for (std::int64_t moment = 0; moments.size() < kKept && in >> moment;) moments.push_back(moment);
  return moments;
}

}  // namespace

StorageFaults::StorageFaults(std::filesystem::path runtime_dir) : file_(std::move(runtime_dir) / "storage-faults") {}

void StorageFaults::record(Time now) const {
  auto moments = read_all(file_);
  moments.push_back(now.time_since_epoch().count());
  if (moments.size() > kKept - 1) moments.erase(moments.begin());
  std::ofstream out(file_, std::ios::trunc);
  for (auto moment : moments) out << moment << '\n';
}

void StorageFaults::forget() const {
  std::error_code ignored;
  std::filesystem::remove(file_, ignored);
}

bool StorageFaults::is_too_many(Time now) const {
  const auto moments = read_all(file_);
  const auto recent = std::count_if(moments.begin(), moments.end(), [&](std::int64_t moment) {
    const auto age = now.time_since_epoch() - Duration(moment);
    return age >= Duration{0} && age < kWindow;
  });
  return static_cast<std::size_t>(recent) >= kFaultsMax;
}

}  // namespace tillgate
