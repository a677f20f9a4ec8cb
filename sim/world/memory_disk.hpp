// MemoryDisk: a store's rules over plain memory, written with core's own encoders, digests, clock and merge. It stands for the
// real store where thousands of seeds must run in seconds and where there is no SQLite (core under an emulator).
#pragma once

#include <deque>
#include <map>
#include <string>

#include "sim/world/disk.hpp"

namespace tillgate::sim {

class MemoryDisk final : public Disk {
 public:
  MemoryDisk(StoreId store, Surroundings around) : store_(std::move(store)), around_(std::move(around)) {}

  [[nodiscard]] Result<Opened> open(std::optional<Epoch> epoch) override;
  [[nodiscard]] bool is_open() const override { return clock_.has_value(); }
  [[nodiscard]] bool can_be_copied_running() const override { return is_open() && !is_lying_; }
  void submit(Command command, Done done) override { queue_.emplace_back(std::move(command), std::move(done)); }
  bool drain() override;
  [[nodiscard]] bool has_died() const override { return false; }  // a group is one step here
  void stop() override;
  void confirm_clock(Timestamp at, Time mono) override { clock_->confirm(at, mono); }

  [[nodiscard]] Position head() override { return at(now_.head()); }
  [[nodiscard]] Result<UpBatch> read(Seq after, std::size_t changes_max, std::size_t bytes_max) override;
  [[nodiscard]] std::optional<Digest> digest_at(Seq seq) override;
  [[nodiscard]] Position cursor() override { return now_.cursor; }
  [[nodiscard]] std::optional<HoEpoch> ho_epoch() override { return now_.ho_epoch; }
  [[nodiscard]] std::vector<Customer> customers() override;
  [[nodiscard]] std::map<ChangeId, Seq> changes() override;

  void cut() override;
  [[nodiscard]] ImagePtr image() override;
  void load(const ImagePtr& image) override;
  void lie(bool does_lie) override;
  void fill(bool is_full) override { is_full_ = is_full; }
  void forget_answers() override { now_.answers.clear(); }

 private:
  struct Row {
    ChangeId change_id;
    CustomerId key;
    Seq prior = 0;
    Timestamp recorded_at;
    std::string payload;
    Digest payload_hash;
    ChangeSet changes;
  };
  struct Place {
    std::shared_ptr<const Row> row;
    std::shared_ptr<const std::string> envelope;
    Digest digest;
  };
  struct Kept {  // of a customer
    std::shared_ptr<const Customer> state;
    Digest etag;
    Seq last_seq = 0;
  };
  struct Answer {
    Digest request;
    CustomerId customer;
    Seq seq = 0;
  };
  struct Content {
    std::vector<Place> rows;       // seq = index + 1
    std::vector<EpochRoot> roots;  // of the epochs that hold rows
    EpochRoot current;
    std::map<CustomerId, Kept> customers;
    std::map<std::string, Answer> answers;
    Position cursor;
    std::optional<HoEpoch> ho_epoch;
    Hlc hlc;
    [[nodiscard]] Seq head() const { return static_cast<Seq>(rows.size()); }
  };
  struct Image final : DiskImage {
    Content content;
  };
  using Outcome = Result<CommandOutcome>;

  [[nodiscard]] Position at(Seq seq) const;
  [[nodiscard]] Path path() const;
  [[nodiscard]] std::optional<Epoch> epoch_of(Seq seq) const;
  [[nodiscard]] Outcome apply(const CreateCustomer& command);
  [[nodiscard]] Outcome apply(const UpdateCustomer& command);
  [[nodiscard]] Outcome apply(const SaveAck& command);
  [[nodiscard]] Outcome apply(const Rechain& command);
  [[nodiscard]] static Outcome apply(const RebuildSearch&) { return CommandOutcome(tillgate::Done{}); }  // nobody searches here
  [[nodiscard]] std::optional<CommandOutcome> known_outcome(const std::optional<CommandKey>& key) const;
  [[nodiscard]] CommandOutcome answer_again(const CustomerId& id, Seq seq) const;
  template <class CommandType>
  [[nodiscard]] CommandOutcome write(const CommandType& command, Customer record, Seq last_seq, const Patch& patch,
                                     const char* kind);
  template <std::size_t N>
  [[nodiscard]] std::array<std::uint8_t, N> draw() const;

  StoreId store_;
  Surroundings around_;
  Content now_;                     // as the process sees it
  std::optional<Content> flushed_;  // while the disk lies: what a power cut leaves
  bool is_lying_ = false, is_full_ = false;

  // Of one life of the process.
  std::optional<HlcClock> clock_;
  std::deque<std::pair<Command, Done>> queue_;
};

}  // namespace tillgate::sim
