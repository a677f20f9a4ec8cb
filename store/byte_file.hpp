// A file of bytes as it is read or written once, from its beginning to its end. Errors are values and name the file: full, or
// unavailable. Thread: whoever has it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/result.hpp"

namespace tillgate {

class ByteFile {
 public:
  [[nodiscard]] static Result<ByteFile> open(const std::filesystem::path& file);  // for reading
  // Empty, mode 0600, for writing. What is there already is replaced.
  [[nodiscard]] static Result<ByteFile> create(const std::filesystem::path& file);
  ~ByteFile();
  ByteFile(ByteFile&& other) noexcept;
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;
  ByteFile& operator=(ByteFile&&) = delete;

  // Fills `into` unless the file ends before that; how much it was.
  [[nodiscard]] Result<std::size_t> read(std::span<std::uint8_t> into);
  [[nodiscard]] Result<> write(std::span<const std::uint8_t> bytes);
  [[nodiscard]] Result<> flush();  // to stable storage
  [[nodiscard]] Result<std::int64_t> size() const;
  [[nodiscard]] const std::filesystem::path& name() const { return name_; }

 private:
  ByteFile(int descriptor, std::filesystem::path name) : descriptor_(descriptor), name_(std::move(name)) {}
  int descriptor_;
  std::filesystem::path name_;
};

// The whole of a file that is written at once: beside it first, then under its name, durably. Mode 0600.
[[nodiscard]] Result<> replace_file(const std::filesystem::path& file, std::string_view text);
// Gives `from`, whose bytes are flushed, the name `to`, durably. Both lie in one folder.
[[nodiscard]] Result<> rename_durably(const std::filesystem::path& from, const std::filesystem::path& to);
// Errc::full, with both figures, where the file system of `folder` has less room than `bytes`.
[[nodiscard]] Result<> require_room(const std::filesystem::path& folder, std::int64_t bytes);

}  // namespace tillgate
