#include "store/backup_file.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <system_error>
#include <vector>

#include "core/bytes.hpp"
#include "store/byte_file.hpp"

namespace tillgate {
namespace {

constexpr std::int64_t kFlushEvery = std::int64_t{4} << 20;  // a long run of bytes at once would make the store's own flushes wait

tl::unexpected<Error> stopped() {
  return fail(Errc::unavailable, "it was stopped before it was done");
}

Result<> write_sealed(ByteFile& in, const BackupHeader& header, const BackupKey& key, ByteFile& out,
                      const BackupProgress& progress) {
  const std::string text = to_text(header);
  SealStream stream(key, text);
  if (auto done = out.write(as_bytes(text)); !done) return done;
  if (auto done = out.write(stream.head()); !done) return done;
  std::vector<std::uint8_t> plain(kBackupChunkBytes), sealed(kBackupChunkBytes + kChunkTagBytes);
  std::int64_t unflushed = 0;
  for (std::int64_t at = 0; at < header.bytes;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(header.bytes - at, kBackupChunkBytes));
    auto count = in.read(std::span(plain).first(wanted));
    if (!count) return fail(count.error());
    if (*count != wanted) return fail(Errc::unavailable, in.name().string() + " became shorter while it was read");
    at += static_cast<std::int64_t>(wanted);
    const auto room = std::span(sealed).first(wanted + kChunkTagBytes);
    stream.seal(std::span<const std::uint8_t>(plain).first(wanted), at == header.bytes, room);
    if (auto done = out.write(room); !done) return done;
    unflushed += static_cast<std::int64_t>(wanted);
    if (unflushed >= kFlushEvery) {
      if (auto done = out.flush(); !done) return done;
      unflushed = 0;
    }
    if (progress && !progress(at, header.bytes)) return stopped();
  }
  return out.flush();
}

// The header and what follows it, with the file at its first chunk.
struct Opened {
  ByteFile file;
  BackupHeader header;
  std::string bound;
  std::array<std::uint8_t, kStreamHeadBytes> head{};
};

Result<Opened> begin_opening(const std::filesystem::path& file) {
  auto header = read_backup_header(file);
  if (!header) return fail(header.error());
  auto in = ByteFile::open(file);
  if (!in) return fail(in.error());
  Opened opened{std::move(*in), *header, to_text(*header)};
  auto size = opened.file.size();
  if (!size) return fail(size.error());
  const std::int64_t wanted = sealed_bytes(*header);
  if (*size != wanted)
    return fail(Errc::invalid, std::string("the backup ") + (*size < wanted ? "was cut off" : "is longer than it should be") +
                                   ": " + std::to_string(*size) + " bytes instead of " + std::to_string(wanted));
  std::vector<std::uint8_t> again(opened.bound.size());
  auto count = opened.file.read(again);
  if (!count) return fail(count.error());
  auto head = opened.file.read(opened.head);
  if (!head) return fail(head.error());
  if (*head != kStreamHeadBytes) return fail(Errc::invalid, "the backup was cut off");
  return opened;
}

Result<> read_sealed(Opened& in, const BackupKey& key, std::optional<ByteFile>& out, const BackupProgress& progress) {
  OpenStream stream(key, in.head, in.bound);
  std::vector<std::uint8_t> plain(kBackupChunkBytes), sealed(kBackupChunkBytes + kChunkTagBytes);
  for (std::int64_t at = 0; at < in.header.bytes;) {
    const auto wanted = static_cast<std::size_t>(std::min<std::int64_t>(in.header.bytes - at, kBackupChunkBytes));
    const auto part = std::span(sealed).first(wanted + kChunkTagBytes);
    auto count = in.file.read(part);
    if (!count) return fail(count.error());
    if (*count != part.size()) return fail(Errc::invalid, "the backup was cut off while it was read");
    const auto verdict = stream.open(part, std::span(plain).first(wanted));
    const bool is_last = at + static_cast<std::int64_t>(wanted) == in.header.bytes;
    if (verdict == OpenStream::Verdict::refused && at == 0)
      return fail(Errc::invalid, "the backup was sealed under another key than the one given (it says " + in.header.key_id +
                                     "), or its beginning was altered");
    if (verdict == OpenStream::Verdict::refused || (verdict == OpenStream::Verdict::last) != is_last)
      return fail(Errc::invalid, "the backup was altered at byte " +
                                     std::to_string(at + static_cast<std::int64_t>(in.bound.size() + kStreamHeadBytes)) +
                                     " of its content or a little behind");
    at += static_cast<std::int64_t>(wanted);
    if (out) {
      if (auto done = out->write(std::span<const std::uint8_t>(plain).first(wanted)); !done) return done;
    }
    if (progress && !progress(at, in.header.bytes)) return stopped();
  }
  return out ? out->flush() : Result<>();
}

void remove_quietly(const std::filesystem::path& file) {
  std::error_code ignored;
  std::filesystem::remove(file, ignored);
}

}  // namespace

Result<> seal_backup(const std::filesystem::path& plain, const BackupHeader& header, const BackupKey& key,
                     const std::filesystem::path& file, const BackupProgress& progress) {
  const std::filesystem::path part = file.string() + ".part";
  auto done = [&]() -> Result<> {
    auto in = ByteFile::open(plain);
    if (!in) return fail(in.error());
    auto out = ByteFile::create(part);
    if (!out) return fail(out.error());
    return write_sealed(*in, header, key, *out, progress);
  }();
  // A backup is one once it was opened again.
  if (done) {
    auto again = open_backup(part, key, {}, [&](std::int64_t at, std::int64_t total) { return !progress || progress(at, total); });
    if (!again) done = fail(again.error());
  }
  if (done) done = rename_durably(part, file);
  if (!done) remove_quietly(part);
  return done;
}

Result<BackupHeader> open_backup(const std::filesystem::path& file, const BackupKey& key, const std::filesystem::path& plain,
                                 const BackupProgress& progress) {
  auto in = begin_opening(file);
  if (!in) return fail(in.error());
  std::optional<ByteFile> out;
  if (!plain.empty()) {
    auto made = ByteFile::create(plain);
    if (!made) return fail(made.error());
    out.emplace(std::move(*made));
  }
  auto done = read_sealed(*in, key, out, progress);
  if (done) return in->header;
  if (!plain.empty()) remove_quietly(plain);
  return fail(done.error());
}

}  // namespace tillgate
