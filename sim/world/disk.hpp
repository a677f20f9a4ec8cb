// Disk: the narrow interface between a simulated store and what it has on disk. MemoryDisk keeps everything in memory and is
// fast; StoreDisk (sim/store_disk.hpp) is the real store on SQLite. Everything else in the world is the same for both.
//
// A disk outlives the processes that open it. What a command wrote counts once drain() has called its `done`; cut() takes
// away what is not on stable storage, which is nothing of that unless the disk lied about a flush.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/command.hpp"
#include "core/hlc.hpp"
#include "core/message.hpp"
#include "core/path.hpp"
#include "core/result.hpp"

namespace tillgate::sim {

// A copy of all that is on a disk.
class DiskImage {
 public:
  DiskImage() = default;
  DiskImage(const DiskImage&) = delete;
  DiskImage& operator=(const DiskImage&) = delete;
  virtual ~DiskImage() = default;
};
using ImagePtr = std::shared_ptr<const DiskImage>;

// What an open reports.
struct Opened {
  Path path;
  Position head, cursor;
  std::optional<HoEpoch> ho_epoch;
};

// What the machine around the disk lends it. Never null.
struct Surroundings {
  std::function<HlcClock::Reading()> read_clock;
  std::function<void(std::span<std::uint8_t>)> fill_random;
};

class Disk {
 public:
  Disk() = default;
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;
  virtual ~Disk() = default;

  // ---- a process
  // Begins a new life. `epoch`: the one to go on in, where a running machine was copied; none: one is drawn.
  [[nodiscard]] virtual Result<Opened> open(std::optional<Epoch> epoch) = 0;
  [[nodiscard]] virtual bool is_open() const = 0;
  // Can a copy of this disk be opened and go on in the same epoch right now?
  [[nodiscard]] virtual bool can_be_copied_running() const = 0;
  using Done = std::function<void(Result<CommandOutcome>)>;
  virtual void submit(Command command, Done done) = 0;
  virtual bool drain() = 0;  // commits one group and calls each `done`; false: there was none, or the power went
  // The power went while the last group was being committed: nobody was answered, and cut() is due.
  [[nodiscard]] virtual bool has_died() const = 0;
  virtual void stop() = 0;  // orderly
  virtual void confirm_clock(Timestamp at, Time mono) = 0;

  // ---- reads, of an open disk
  [[nodiscard]] virtual Position head() = 0;
  [[nodiscard]] virtual Result<UpBatch> read(Seq after, std::size_t changes_max, std::size_t bytes_max) = 0;
  [[nodiscard]] virtual std::optional<Digest> digest_at(Seq seq) = 0;
  [[nodiscard]] virtual Position cursor() = 0;
  [[nodiscard]] virtual std::optional<HoEpoch> ho_epoch() = 0;
  [[nodiscard]] virtual std::vector<Customer> customers() = 0;
  [[nodiscard]] virtual std::map<ChangeId, Seq> changes() = 0;  // every row

  // ---- what can happen to a disk
  virtual void cut() = 0;                        // the power goes: the process is gone, too
  [[nodiscard]] virtual ImagePtr image() = 0;    // a copy of what is on stable storage
  virtual void load(const ImagePtr& image) = 0;  // of a closed disk
  virtual void lie(bool does_lie) = 0;           // flushes are promised and not done
  virtual void fill(bool is_full) = 0;
  virtual void forget_answers() = 0;  // a canary's work
};

}  // namespace tillgate::sim
