// FlipLab: single flipped bits in the database and WAL that a real life of a store left behind. Each flip is opened as a start
// after an unclean stop opens it, everything is read through the store's own queries, everything that was answered is asked
// again, and the file is scrubbed. A flip must be harmless (all reads as without it) or found (refused start, error on reading;
// a finding of the scrub where all still reads well); never wrong data that is given as good, not even until the next scrub.
// One thing no reader can tell from a power cut: damage in the last transaction of the WAL; then all must read exactly as if
// that transaction had not been. Single-threaded; all from the seed.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/machine.hpp"
#include "sim/oracle.hpp"

namespace tillgate::sim {

// Where a bit lies. Pages are told apart by their kind of b-tree page.
enum class Place : std::uint8_t {
  header,
  inner_table,
  leaf_table,
  inner_index,
  leaf_index,
  other_page,
  log_header,
  log_frame,
  log_page,
};
inline constexpr std::size_t kPlaces = 9;
[[nodiscard]] const char* name_of(Place place);

struct FlipOptions {
  std::uint64_t seed = 1;
  std::int64_t flips_max = 2000;
  bool stops_at_first = false;
};

struct FlipReport {
  std::int64_t flips = 0, harmless = 0, refused = 0, errors = 0, scrubbed = 0, tail = 0, wrong = 0;
  // Of what is refused in the database: what the scrub finds by itself, as in a store that was running when the bit flipped.
  std::int64_t refused_database = 0, found_running = 0;
  std::array<std::int64_t, kPlaces> at{}, bits{};  // tried, and there are
  std::vector<std::string> complaints;             // the first few
  [[nodiscard]] std::string text() const;
};

class FlipLab {
 public:
  explicit FlipLab(FlipOptions options);
  [[nodiscard]] FlipReport run();

 private:
  struct Reading {
    bool is_refused = false, has_error = false, has_findings = false;
    std::string text;  // everything, as one text
    std::string why;
  };
  void live();
  void ask(StoreDatabase& database, Command command);
  [[nodiscard]] Command about_an_order(int i, const CommandKey& key);
  void add(Place place, const std::string& file, std::size_t begin, std::size_t size);
  void map_database();
  void map_log();
  // Opens, reads, asks again, scrubs.
  [[nodiscard]] Reading read(const Image& image) const;
  [[nodiscard]] bool is_found_running(const Image& image) const;
  void judge(Place place, const std::string& file, std::size_t byte, unsigned bit);

  FlipOptions options_;
  FlipReport report_;
  Random random_;
  Machine machine_;
  std::vector<Command> asked_;
  std::vector<CustomerId> customers_;
  std::vector<OrderId> orders_;
  // Right behind a checkpoint, with an empty log, for flips in the database; and some transactions later, for flips in the log.
  struct Subject {
    Image image;
    Reading sound;
  } database_, log_;
  std::vector<std::string> without_last_;   // as it reads without the last transaction, and without the last two
  std::size_t tail_ = 0, before_tail_ = 0;  // where in the WAL those begin
  struct Piece {
    std::string file;
    std::size_t begin, size;
  };
  std::array<std::vector<Piece>, kPlaces> pieces_;
};

}  // namespace tillgate::sim
