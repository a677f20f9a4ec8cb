// The content of a simulated disk: what every file holds as written, what of it would survive a power cut, and in which ways.
// Pure: no SQLite, no clock, no real file; CrashDisk puts a SQLite VFS in front of it. Everything random comes from the seed.
//
// The model. A write, a truncation and a change of the folder are visible at once and durable only later: content by a flush of
// its file, names by a flush of the folder. A power cut keeps any part of the rest. Sectors of 512 bytes are written whole or
// not at all; two writes of the same sector keep their order, any others do not. A flush that failed leaves the disk in doubt
// (each sector is decided then and there) and the written pages clean: a later flush does not bring them out again, as on Linux.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/random.hpp"

namespace tillgate::sim {

using Bytes = std::vector<std::uint8_t>;
using Image = std::map<std::string, Bytes>;  // name -> content

inline constexpr std::size_t kSectorBytes = 512;

// What a power cut keeps of the unsynced changes, in the order in which they were made (0 is the oldest).
struct Cut {
  enum class Kind : std::uint8_t {
    none,         // all of it is lost
    all,          // all of it happened to get out
    prefix,       // the first `at`; of the next one any sectors when `is_torn`
    single,       // change `at` alone
    all_but_one,  // change `at` alone is lost
    subset,       // each sector, truncation and name by itself, with `percent`
  };
  Kind kind = Kind::none;
  std::size_t at = 0;
  unsigned percent = 50;
  bool is_torn = false;
};

class DiskFiles {
 public:
  struct Node {
    Bytes now, durable;
  };
  using File = std::shared_ptr<Node>;

  explicit DiskFiles(std::uint64_t seed) : random_(seed) {}

  [[nodiscard]] File find(const std::string& name) const;  // null: there is none
  [[nodiscard]] File create(const std::string& name);      // there must be none
  void remove(const std::string& name);
  // How much was written: less than given where the room ends.
  [[nodiscard]] std::size_t write(const File& file, std::size_t offset, std::span<const std::uint8_t> bytes);
  void truncate(const File& file, std::size_t size);
  void flush(const File& file);
  void fail_flush(const File& file);
  void flush_folder();
  // Bytes that all files together may take; none: no limit.
  void set_room(std::optional<std::size_t> bytes) { room_ = bytes; }

  [[nodiscard]] Image as_written() const;
  [[nodiscard]] Image after_cut(const Cut& cut);
  [[nodiscard]] std::size_t unsynced() const { return log_.size(); }
  // A cut drawn at random, every kind having its turn.
  [[nodiscard]] Cut draw_cut();
  // Everything else is gone; what is loaded is durable.
  void load(const Image& image);

  [[nodiscard]] Random& random() { return random_; }

 private:
  enum class Kind : std::uint8_t { write, truncate, link, unlink };
  struct Change {
    Kind kind;
    File file;
    std::string name;        // link, unlink
    std::size_t offset = 0;  // write: where; truncate: the new size
    Bytes bytes;
  };
  enum class Keep : std::uint8_t { no, yes, sectors };
  [[nodiscard]] Keep decide(const Cut& cut, std::size_t index);
  void apply(const Change& change, Keep keep, unsigned percent, Bytes& content);
  [[nodiscard]] bool draw(unsigned percent) { return random_.below(100) < percent; }

  Random random_;
  std::map<std::string, File> names_, durable_names_;
  std::vector<Change> log_;  // unsynced, oldest first
  std::optional<std::size_t> room_;
};

}  // namespace tillgate::sim
