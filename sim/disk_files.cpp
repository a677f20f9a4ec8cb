#include "sim/disk_files.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/check.hpp"

namespace tillgate::sim {
namespace {

void put(Bytes& content, std::size_t offset, std::span<const std::uint8_t> bytes) {
  if (content.size() < offset + bytes.size()) content.resize(offset + bytes.size());
  std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

}  // namespace

DiskFiles::File DiskFiles::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second;
}

DiskFiles::File DiskFiles::create(const std::string& name) {
  auto [place, is_new] = names_.emplace(name, std::make_shared<Node>());
  CHECK(is_new);
  log_.push_back(Change{Kind::link, place->second, name, 0, {}});
  return place->second;
}

void DiskFiles::remove(const std::string& name) {
  const auto found = names_.find(name);
  if (found == names_.end()) return;
  log_.push_back(Change{Kind::unlink, found->second, name, 0, {}});
  names_.erase(found);
}

std::size_t DiskFiles::write(const File& file, std::size_t offset, std::span<const std::uint8_t> bytes) {
  if (room_ && offset + bytes.size() > file->now.size()) {
    std::size_t used = 0;
    for (const auto& [name, other] : names_) used += other->now.size();
    const std::size_t end_max = file->now.size() + (*room_ > used ? *room_ - used : 0);
    if (offset >= end_max) return 0;
    bytes = bytes.first(std::min(bytes.size(), end_max - offset));
  }
  put(file->now, offset, bytes);
  log_.push_back(Change{Kind::write, file, {}, offset, Bytes(bytes.begin(), bytes.end())});
  return bytes.size();
}

void DiskFiles::truncate(const File& file, std::size_t size) {
  file->now.resize(size);
  log_.push_back(Change{Kind::truncate, file, {}, size, {}});
}

void DiskFiles::flush(const File& file) {
  std::erase_if(log_, [&](const Change& change) {
    if (change.file != file || change.kind == Kind::link || change.kind == Kind::unlink) return false;
    apply(change, Keep::yes, 100, file->durable);
    return true;
  });
}

void DiskFiles::fail_flush(const File& file) {
  std::erase_if(log_, [&](const Change& change) {
    if (change.file != file || change.kind == Kind::link || change.kind == Kind::unlink) return false;
    apply(change, Keep::sectors, 50, file->durable);
    return true;
  });
}

void DiskFiles::flush_folder() {
  durable_names_ = names_;
  std::erase_if(log_, [](const Change& change) { return change.kind == Kind::link || change.kind == Kind::unlink; });
}

Image DiskFiles::as_written() const {
  Image image;
  for (const auto& [name, file] : names_) image.emplace(name, file->now);
  return image;
}

DiskFiles::Keep DiskFiles::decide(const Cut& cut, std::size_t index) {
  const auto when = [](bool is_kept) { return is_kept ? Keep::yes : Keep::no; };
  switch (cut.kind) {
    case Cut::Kind::none: return Keep::no;
    case Cut::Kind::all: return Keep::yes;
    case Cut::Kind::prefix: return index == cut.at && cut.is_torn ? Keep::sectors : when(index < cut.at);
    case Cut::Kind::single: return when(index == cut.at);
    case Cut::Kind::all_but_one: return when(index != cut.at);
    case Cut::Kind::subset: return Keep::sectors;
  }
  return Keep::no;
}

void DiskFiles::apply(const Change& change, Keep keep, unsigned percent, Bytes& content) {
  if (keep == Keep::no) return;
  if (change.kind == Kind::truncate) {
    if (keep == Keep::yes || draw(percent)) content.resize(change.offset);
    return;
  }
  if (keep == Keep::yes) return put(content, change.offset, change.bytes);
  // The new length may be there before what it makes room for; then it reads as zeros.
  const std::size_t end = change.offset + change.bytes.size();
  if (content.size() < end && draw(percent)) content.resize(end);
  for (std::size_t from = change.offset; from < end;) {
    const std::size_t to = std::min(end, (from / kSectorBytes + 1) * kSectorBytes);
    if (draw(percent)) put(content, from, std::span(change.bytes).subspan(from - change.offset, to - from));
    from = to;
  }
}

Image DiskFiles::after_cut(const Cut& cut) {
  auto names = durable_names_;
  std::map<const Node*, Bytes> contents;
  const auto content_of = [&](const File& file) -> Bytes& {
    return contents.try_emplace(file.get(), file->durable).first->second;
  };
  for (std::size_t i = 0; i < log_.size(); ++i) {
    const Change& change = log_[i];
    const Keep keep = decide(cut, i);
    if (keep == Keep::no) continue;
    if (change.kind == Kind::write || change.kind == Kind::truncate) {
      apply(change, keep, cut.percent, content_of(change.file));
    } else if (keep == Keep::yes || draw(cut.percent)) {
      change.kind == Kind::link ? void(names[change.name] = change.file) : void(names.erase(change.name));
    }
  }
  Image image;
  for (const auto& [name, file] : names) image.emplace(name, std::move(content_of(file)));
  return image;
}

Cut DiskFiles::draw_cut() {
  constexpr std::array kPercents{10u, 50u, 90u};
  Cut cut;
  cut.kind = static_cast<Cut::Kind>(random_.below(6));
  if (!log_.empty()) cut.at = random_.below(log_.size());
  cut.percent = kPercents[random_.below(kPercents.size())];
  cut.is_torn = random_.below(2) == 0;
  return cut;
}

void DiskFiles::load(const Image& image) {
  names_.clear();
  log_.clear();
  for (const auto& [name, bytes] : image) names_.emplace(name, std::make_shared<Node>(Node{bytes, bytes}));
  durable_names_ = names_;
}

}  // namespace tillgate::sim
