// StoreDisk: the real store, on SQLite, over a disk that can lose power, lie and fill up. What the product runs in the shops of the
// full world; only its threads are missing: the world calls the writer when virtual time says so.
#pragma once

#include <memory>
#include <optional>

#include "sim/crash_disk.hpp"
#include "sim/world/disk.hpp"
#include "sim/world/stage.hpp"
#include "store/database.hpp"

namespace tillgate::sim {

class StoreDisk final : public Disk {
 public:
  StoreDisk(StoreId store, Surroundings around, Stage& stage);
  ~StoreDisk() override;

  [[nodiscard]] Result<Opened> open(std::optional<Epoch> epoch) override;
  [[nodiscard]] bool is_open() const override { return database_ != nullptr; }
  // Only before the first row of an epoch does opening a copy, in the same epoch, begin it at the same root.
  [[nodiscard]] bool can_be_copied_running() const override;
  void submit(Command command, Done done) override;
  bool drain() override;
  [[nodiscard]] bool has_died() const override { return left_.has_value(); }
  void stop() override;
  void confirm_clock(Timestamp at, Time mono) override;

  [[nodiscard]] Position head() override;
  [[nodiscard]] Result<UpBatch> read(Seq after, std::size_t changes_max, std::size_t bytes_max) override;
  [[nodiscard]] std::optional<Digest> digest_at(Seq seq) override;
  [[nodiscard]] Position cursor() override { return feed().cursor; }
  [[nodiscard]] std::optional<HoEpoch> ho_epoch() override { return feed().ho_epoch; }
  [[nodiscard]] std::vector<Customer> customers() override;
  [[nodiscard]] std::map<ChangeId, Seq> changes() override;

  void cut() override;
  [[nodiscard]] ImagePtr image() override;
  void load(const ImagePtr& image) override;
  void lie(bool does_lie) override;
  void fill(bool is_full) override;
  void forget_answers() override;

 private:
  struct Copy final : DiskImage {
    Image files;
  };
  [[nodiscard]] FeedState feed();
  [[nodiscard]] StoreOptions options(std::optional<Epoch> epoch);
  [[nodiscard]] Cut draw_cut();

  StoreId store_;
  Surroundings around_;
  Stage& stage_;
  CrashDisk disk_;
  bool is_lying_ = false;
  bool is_forgetful_ = false;  // every answer is too old at once
  std::optional<Image> left_;                                     // the power went during a commit: what is on the disk
  std::vector<std::pair<Done, Result<CommandOutcome>>> answers_;  // of the group that is being committed
  std::unique_ptr<StoreDatabase> database_;
};

[[nodiscard]] std::unique_ptr<Disk> make_store_disk(const StoreId& store, Surroundings around, Stage& stage);

}  // namespace tillgate::sim
