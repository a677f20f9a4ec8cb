// Shop: one gateway of a store, as a process over a disk: the real Sender, and around it what daemon/replication.cpp does, with an
// await point wherever the daemon would wait. At each of them the power may go; the process then is gone with all it knew.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "core/codec.hpp"
#include "core/sender.hpp"
#include "sim/world/clerk.hpp"
#include "sim/world/disk.hpp"
#include "sim/world/network.hpp"

namespace tillgate::sim {

// Between what and what the power can go.
enum class Await : std::uint8_t { queued, committed, answered, read, published, heard, looked_up, saving, saved, forked };
inline constexpr std::size_t kAwaits = 10;
[[nodiscard]] std::string_view name_of(Await await);

class Shop {
 public:
  struct World {
    Stage& stage;
    Network& network;
    SenderLimits limits;
    std::function<std::unique_ptr<Disk>(const StoreId&, Surroundings)> make_disk;
    // Has head office ever committed this row under this ho_epoch?
    std::function<bool(const HoEpoch&, const Digest&)> was_committed;
    // Does the power stay on? Asked at every await point of every shop.
    std::function<bool(std::size_t shop, Await)> has_power;
    // A disk was opened: `since`: what was answered at or after it may be gone.
    std::function<void(std::size_t shop, std::optional<Time> since)> on_opened;
  };
  Shop(World& world, std::size_t number, StoreId store);
  Shop(const Shop&) = delete;
  Shop& operator=(const Shop&) = delete;

  void start();  // opens the disk and goes online a little later
  // With a copy of its disk; `is_running`: in its epoch, too, as a machine that was copied while it ran.
  void begin_as_copy_of(Shop& original, bool is_running);
  void cut_power(const std::string& why);  // starts again by itself
  void restart();                          // orderly
  void restore(std::size_t backup);
  void keep_backup();
  void link_down(bool is_noticed);
  void connect_now();
  void lie(bool does_lie);
  void fill(bool is_full);
  void set_clock(milliseconds offset) { clock_offset_ = offset; }

  bool ask(const Command& command, Clerk::Answer answer);
  void hear(const Encoded& ack);

  [[nodiscard]] bool is_open() const { return disk_->is_open(); }
  [[nodiscard]] bool is_lying() const { return lies_since_.has_value(); }
  [[nodiscard]] bool is_online() const { return is_up_; }
  [[nodiscard]] std::int64_t session() const { return is_up_ ? session_ : 0; }
  [[nodiscard]] const StoreId& store() const { return store_; }
  [[nodiscard]] Disk& disk() { return *disk_; }
  [[nodiscard]] std::size_t backups() const { return backups_.size(); }
  [[nodiscard]] Epoch epoch() const { return path_.current().epoch; }
  [[nodiscard]] const std::optional<Sender>& sender() const { return sender_; }
  // Everything of ours is at head office under this ho_epoch, and nothing is under way.
  [[nodiscard]] bool is_settled(const HoEpoch& ho_epoch);
  void count();  // what the present sender has done, into the outcome

 private:
  struct Backup {
    ImagePtr image;
    Time taken_at;
  };
  void later(Duration wait, std::function<void()> work);
  [[nodiscard]] bool survives(Await await);
  [[nodiscard]] Surroundings surroundings();
  void open(std::optional<Epoch> epoch);
  void begin(const Opened& opened);
  void stop_process();
  void stop_disk();
  void start_later();
  void link_up(std::int64_t life);
  void publish_status(bool is_online);
  void submit(Command command, Disk::Done done);
  void drain();
  void note_head();
  void step(const sender::Event& event);
  void check_cursor();
  void hear(const Ack& ack);
  void perform(const sender::Read& read);
  void perform(const sender::Publish& publish);
  void perform(const sender::Save& save);
  void perform(const sender::Fork& fork);
  void perform(const sender::EndSession&) {
    later(Duration{1}, [this] { link_down(true); });
  }
  void perform(const sender::UsefulSession&) {}
  void perform(const sender::Note& note) { tell(note.what); }
  void check_save(const sender::Save& save);
  template <class... Parts>
  void tell(const Parts&... parts) const {
    world_.stage.tell("shop ", number_, ": ", parts...);
  }

  World& world_;
  std::size_t number_;
  StoreId store_;
  std::unique_ptr<Disk> disk_;
  std::deque<Backup> backups_;  // oldest first
  milliseconds clock_offset_{0};
  std::optional<Time> lies_since_;
  std::optional<Time> lost_since_;  // what the next open may miss
  Seq trimmed_ = 0;                 // a canary's work: the rows up to here are gone from the disk

  // Of one life of the process.
  std::int64_t life_ = 0, session_ = 0, n_ = 0;
  std::optional<Sender> sender_;
  Path path_;
  Position head_;
  bool is_up_ = false, is_draining_ = false;
  std::optional<Time> tick_at_;
  std::optional<std::pair<HoEpoch, Seq>> cursor_seen_;
};

}  // namespace tillgate::sim
