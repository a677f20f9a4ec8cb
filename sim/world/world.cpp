#include "sim/world/world.hpp"

#include <algorithm>

#include "sim/world/memory_disk.hpp"

namespace tillgate::sim {
namespace {

constexpr Duration kChaos = seconds(12);
constexpr Duration kSettleMax = seconds(90);  // after the last fault; the longest wait in it is a sender's timeout, 4 s
constexpr std::size_t kShopsMax = 4;
constexpr std::size_t kReceiversMax = 3;

}  // namespace

std::unique_ptr<Disk> make_memory_disk(const StoreId& store, Surroundings around, Stage&) {
  return std::make_unique<MemoryDisk>(store, std::move(around));
}

World::World(const Options& options, MakeDisk make_disk)
    : stage_(options),
      office_(stage_),
      network_(stage_, Network::Ends{}),
      clerk_(stage_, [this](std::size_t shop, const Command& command,
                            Clerk::Answer answer) { return shops_[shop].ask(command, std::move(answer)); }),
      around_{stage_,
              network_,
              SenderLimits{},
              [this, make_disk = std::move(make_disk)](const StoreId& store, Surroundings around) {
                return make_disk(store, std::move(around), stage_);
              },
              [this](const HoEpoch& ho_epoch, const Digest& digest) { return office_.was_committed(ho_epoch, digest); },
              [this](std::size_t shop, Await await) { return has_power(shop, await); },
              [this](std::size_t shop, std::optional<Time> since) { account(shop, since); }} {
  around_.limits.window_max = 1 + static_cast<std::int64_t>(stage_.random.below(6));
  around_.limits.batch_changes_max = 1 + stage_.random.below(5);
  if (options.window > 0) {
    around_.limits.window_max = options.window;
    around_.limits.batch_changes_max = 1;
  }
  around_.limits.ack_timeout = seconds(4);
  stage_.outcome.receivers = options.receivers > 0 ? options.receivers : 1 + stage_.random.below(kReceiversMax);
  network_.connect(ends());
  for (std::size_t i = 0; i < stage_.outcome.receivers; ++i) receivers_.emplace_back(stage_, network_, office_, i);
}

Network::Ends World::ends() {
  Network::Ends ends;
  ends.receivers = stage_.outcome.receivers;
  ends.on_batch = [this](std::size_t receiver, const StoreId& from, const Encoded& bytes) {
    receivers_[receiver].hear_batch(from, bytes);
  };
  ends.on_status = [this](std::size_t receiver, const StoreId& from, const Encoded& bytes, bool is_retained) {
    receivers_[receiver].hear_status(from, bytes, is_retained);
  };
  ends.shops_online = [this](const StoreId& store) {
    std::vector<std::size_t> online;
    for (std::size_t i = 0; i < shops_.size(); ++i)
      if (shops_[i].store() == store && shops_[i].is_online()) online.push_back(i);
    return online;
  };
  ends.session_of = [this](std::size_t shop) { return shops_[shop].session(); };
  ends.on_ack = [this](std::size_t shop, const Encoded& ack) { shops_[shop].hear(ack); };
  return ends;
}

void World::open_shop(const std::string& store) {
  shops_.emplace_back(around_, shops_.size(), StoreId{store}).start();
}

std::size_t World::copy(std::size_t shop, bool is_running) {
  ++stage_.outcome.clones;
  stage_.tell("shop ", shop, is_running ? " is copied while it runs: shop " : " is copied: shop ", shops_.size());
  Shop& twin = shops_.emplace_back(around_, shops_.size(), shops_[shop].store());
  twin.begin_as_copy_of(shops_[shop], is_running);
  return shops_.size() - 1;
}

void World::pass(Duration time) {
  const Time until = stage_.now() + time;
  bool is_over = false;
  stage_.after(time, [&is_over] { is_over = true; });
  while (!is_over && !stage_.is_over()) stage_.next();
  if (!is_over && stage_.outcome.violation.empty() && stage_.now() < until) stage_.violate("time stands still");
}

bool World::has_power(std::size_t shop, Await await) {
  if (script && !script(shop, await)) return false;
  return !stage_.chance(stage_.faults.power);
}

// ---- a seed

Outcome World::run() {
  draw_faults();
  open_shop();
  if (!stage_.outcome.is_calm && stage_.random.below(4) == 0) open_shop("store-002");
  chaos_ends_ = stage_.now() + kChaos;
  stage_.after(stage_.spread(milliseconds(500)), [this] { mischief(); });
  pass(kChaos);
  return settle();
}

void World::draw_faults() {
  Faults& faults = stage_.faults;
  Random& random = stage_.random;
  stage_.outcome.is_calm = random.below(4) == 0;
  const auto upto = [&](std::uint64_t bound) { return static_cast<int>(random.below(bound)); };
  if (stage_.outcome.is_calm) {
    faults.loss = upto(3);
    faults.link = 20;
    faults.crash = 10;
    return;
  }
  faults.loss = upto(150);
  faults.doubled = upto(150);
  faults.straggler = upto(50);
  faults.read_failure = upto(30);
  faults.power = random.below(2) == 0 ? upto(8) : 0;
  faults.link = upto(250);
  faults.partition = upto(100);
  faults.crash = upto(200);
  faults.restart = upto(100);
  faults.receiver = upto(250);
  faults.late_repeat = upto(300);
  faults.key_reuse = upto(100);
  if (random.below(3) == 0) faults.restore = upto(80);
  if (random.below(4) == 0) faults.clone = upto(80);
  if (random.below(3) == 0) faults.office = upto(80);
  if (random.below(2) == 0) faults.clock = upto(80);
  if (random.below(3) == 0) faults.full = upto(80);
  if (random.below(3) == 0) faults.lie = upto(80);
  faults.delay_max = milliseconds(5 + random.below(400));
}

void World::mischief() {
  if (stage_.now() >= chaos_ends_) return;
  const Faults& faults = stage_.faults;
  const std::size_t shop = stage_.random.below(shops_.size());
  Shop& chosen = shops_[shop];
  const int total = 1'000 + faults.link + faults.partition + faults.crash + faults.restart + faults.restore + faults.clone +
                    faults.receiver + faults.office + faults.clock + faults.full + faults.lie;
  int drawn = static_cast<int>(stage_.random.below(static_cast<std::uint64_t>(total)));
  const auto is = [&](int weight) { return (drawn -= weight) < 0; };
  if (is(1'000)) {
    if (stage_.chance(150)) chosen.keep_backup();
    for (std::uint64_t i = 1 + stage_.random.below(4); i > 0; --i) clerk_.write(shop);
  } else if (is(faults.link)) {
    chosen.link_down(stage_.chance(700));
  } else if (is(faults.partition)) {
    network_.partition(shop, stage_.spread(seconds(6)));
  } else if (is(faults.crash)) {
    if (chosen.is_open()) chosen.cut_power("by chance");
  } else if (is(faults.restart)) {
    chosen.restart();
  } else if (is(faults.restore)) {
    if (chosen.backups() > 0) chosen.restore(stage_.random.below(chosen.backups()));
  } else if (is(faults.clone)) {
    if (shops_.size() < kShopsMax && chosen.is_open() && !chosen.is_lying()) copy(shop, stage_.chance(700));
  } else if (is(faults.receiver)) {
    receivers_[stage_.random.below(receivers_.size())].crash();
  } else if (is(faults.office)) {
    office_mischief();
  } else if (is(faults.clock)) {
    clock_mischief(shop);
  } else {
    disk_mischief(shop, is(faults.full));
  }
  stage_.after(stage_.spread(milliseconds(400)), [this] { mischief(); });
}

void World::office_mischief() {
  if (stage_.chance(500)) return office_.keep_backup();
  office_.restore();
  for (auto& receiver : receivers_) receiver.crash();
}

// A little off, which is sound; far off, which is not; right again.
void World::clock_mischief(std::size_t shop) {
  ++stage_.outcome.clock_jumps;
  const auto most =
      stage_.chance(500) ? milliseconds(std::chrono::minutes(4)) : milliseconds(std::chrono::hours(24 * 365 * 10));
  const auto offset = stage_.random.below(static_cast<std::uint64_t>(2 * most.count()));
  const auto jump = stage_.chance(200) ? milliseconds(0) : milliseconds(static_cast<std::int64_t>(offset)) - most;
  stage_.tell("shop ", shop, ": the system clock is ", jump.count(), " ms off");
  shops_[shop].set_clock(jump);
}

void World::disk_mischief(std::size_t shop, bool fills) {
  Shop& chosen = shops_[shop];
  const Duration until = stage_.spread(seconds(4));
  if (fills) {
    ++stage_.outcome.full_disks;
    chosen.fill(true);
    stage_.after(until, [&chosen] { chosen.fill(false); });
  } else if (chosen.is_open()) {
    chosen.lie(true);
    stage_.after(until, [this, &chosen] {
      if (stage_.chance(700) && chosen.is_open()) chosen.cut_power("while the disk lies");
      chosen.lie(false);
    });
  }
}

// ---- calm

Outcome World::settle() {
  if (stage_.outcome.violation.empty()) calm_down();
  for (auto& shop : shops_) shop.count();
  if (stage_.outcome.violation.empty()) judge();
  return stage_.outcome;
}

void World::calm_down() {
  stage_.tell("calm");
  stage_.faults = Faults{};
  script = nullptr;
  network_.heal();
  for (auto& shop : shops_) {
    shop.fill(false);
    shop.lie(false);
    if (shop.is_open()) shop.link_down(true);
  }
  if (!stage_.outcome.is_calm)
    for (auto& receiver : receivers_) receiver.crash();  // what comes while they are away is only retained
  const Time began = stage_.now();
  pass(seconds(3));  // every link has come up again and its session has begun
  while (!stage_.is_over() && stage_.now() < began + kSettleMax && !is_settled()) stage_.next();
  stage_.outcome.settled_after = stage_.now() - began;
  if (stage_.outcome.violation.empty() && !is_settled())
    stage_.violate(is_followed() ? "not settled 90 seconds after the last fault"
                                 : "head office follows another epoch than the store is in");
}

// Head office is in the epoch that each store is in. Where a disk went back it may be in another one of its lines.
bool World::is_followed() {
  return has_gone_back() || std::all_of(shops_.begin(), shops_.end(), [&](Shop& shop) {
           const auto& stores = office_.ledger().stores;
           const auto known = stores.find(shop.store());
           return known != stores.end() && known->second.current == shop.epoch();
         });
}

bool World::is_settled() {
  return std::all_of(shops_.begin(), shops_.end(), [&](Shop& shop) { return shop.is_settled(office_.ho_epoch()); }) &&
         !clerk_.has_open() && is_followed();
}

}  // namespace tillgate::sim
