#include "sim/power_lab.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace tillgate::sim {
namespace {

constexpr std::size_t kComplaintsMax = 5;
constexpr std::uint64_t kWatchedPercent = 30;  // of the changes, when not exhaustive
constexpr int kSubsets = 2;
constexpr std::uint64_t kGroupMax = 4;

CommandKey key_of(int number) {
  return CommandKey{"key-" + std::to_string(number), "till-1 POST", hash_of("request " + std::to_string(number))};
}

}  // namespace

std::string LabReport::text() const {
  char line[256];
  std::snprintf(
      line, sizeof line,
      "%lld of %lld cuts found something (0 of n: below 3/n = %.3f %% at 95 %%); %lld lives, %lld answers, %lld checkpoints",
      static_cast<long long>(failures), static_cast<long long>(cuts), cuts == 0 ? 100.0 : 300.0 / static_cast<double>(cuts),
      static_cast<long long>(lives), static_cast<long long>(answers), static_cast<long long>(checkpoints));
  std::string text = line;
  for (const auto& complaint : complaints) text += "\n  " + complaint;
  return text;
}

PowerLab::PowerLab(LabOptions options) : options_(std::move(options)), random_(options_.seed), judge_(options_.seed + 1) {
  if (options_.on_options) options_.on_options(judge_.options);
}

LabReport PowerLab::run() {
  while (!is_done() && report_.lives < options_.lives_max) live();
  return report_;
}

bool PowerLab::is_done() const {
  return report_.cuts >= options_.cuts_max || (options_.stops_at_first && report_.failures > 0);
}

void PowerLab::complain(const std::string& what) {
  ++report_.failures;
  if (report_.complaints.size() < kComplaintsMax)
    report_.complaints.push_back("seed " + std::to_string(options_.seed) + ", cut " + std::to_string(report_.cuts) + ": " +
                                 what);
}

// One disk, from the first start to its last cut.
void PowerLab::live() {
  ++report_.lives;
  asked_ = 0;
  customers_.clear();
  machine_.emplace(random_.next());
  machine_->options.wal_pages_max = options_.wal_pages_max;
  if (options_.on_options) options_.on_options(machine_->options);
  oracle_.emplace();
  machine_->disk.watch([this](DiskCall, const std::string&) { take_cuts(); });
  if (open()) {
    for (int i = 0; i < options_.steps && database_ && !is_done(); ++i) step();
  }
  if (database_) report_.checkpoints += database_->writer()->counters().checkpoints;
  database_.reset();
  check_taken();
  machine_.reset();
}

void PowerLab::take_cuts() {
  auto& disk = machine_->disk;
  const auto take = [&](const Cut& cut) { taken_.push_back(Taken{disk.image_after_cut(cut), oracle_->now()}); };
  if (!options_.is_exhaustive) {
    if (random_.below(100) < kWatchedPercent) take(disk.draw_cut());
    return;
  }
  take({Cut::Kind::none});
  take({Cut::Kind::all});
  const std::size_t changes = disk.unsynced();
  for (std::size_t i = 0; i < std::min(changes, options_.singles_max); ++i) {
    const std::size_t at = changes <= options_.singles_max ? i : random_.below(changes);
    take({Cut::Kind::single, at});
    take({Cut::Kind::all_but_one, at});
    take({Cut::Kind::prefix, at, 50, true});
  }
  for (int i = 0; i < kSubsets; ++i) take({Cut::Kind::subset, 0, i % 2 == 0 ? 50u : 90u});
}

void PowerLab::check_taken() {
  // Checking changes nothing of the life that is looked at, so what was taken is complete.
  for (const auto& one : std::exchange(taken_, {})) {
    if (is_done()) return;
    ++report_.cuts;
    judge_.disk.load(one.image);
    judge_.now_ms = machine_->now_ms;
    if (auto wrong = oracle_->check(judge_, one.moment, random_); !wrong.empty()) complain(wrong);
  }
}

bool PowerLab::open() {
  auto opened = StoreDatabase::open(machine_->options);
  if (!opened) {
    complain("the store does not open: " + opened.error().what + " | " + opened.error().detail);
    return false;
  }
  database_ = std::move(*opened);
  if (options_.on_open) options_.on_open(*database_);
  check_taken();
  return true;
}

void PowerLab::step() {
  const auto close = [this] {
    report_.checkpoints += database_->writer()->counters().checkpoints;
    database_.reset();
    (void)open();
  };
  const auto dice = random_.below(100);
  if (dice < 78) {
    ask_group();
  } else if (dice < 84) {
    acknowledge();
  } else if (dice < 87) {
    rechain();
  } else if (dice < 90) {
    database_->writer()->rest();
  } else if (dice < 94) {
    if (auto done = database_->writer()->finish(); !done) complain("an orderly stop: " + done.error().detail);
    close();
  } else if (dice < 96) {
    machine_->disk.kill_process();
    close();
  } else {
    machine_->disk.cut(machine_->disk.draw_cut());
    close();
  }
  check_taken();
}

Command PowerLab::draw_command() {
  const auto dice = random_.below(10);
  if (dice < 2 && !oracle_->all().empty()) return oracle_->all()[random_.below(oracle_->all().size())].command;
  const int number = asked_++;
  if (dice < 5 || customers_.empty()) {
    CreateCustomer create;
    create.actor = Actor{"till-1", "", "cashier"};
    create.key = key_of(number);
    create.patch.fields = {{Field::first_name, "N" + std::to_string(number)}, {Field::last_name, "Example"}};
    if (random_.below(3) == 0) create.patch.fields.emplace_back(Field::licence_number, "D-" + std::to_string(number));
    return create;
  }
  UpdateCustomer update;
  update.actor = Actor{"till-1", "", "cashier"};
  update.key = key_of(number);
  update.id = customers_[random_.below(customers_.size())];
  // Three first names among all updates: many change nothing, and a late repeat of such a one must not change anything either.
  update.patch.fields = {{Field::first_name, "F" + std::to_string(random_.below(3))}};
  if (random_.below(4) == 0) update.patch.fields.emplace_back(Field::notes, std::string(random_.below(6000), 'n'));
  return update;
}

void PowerLab::ask_group() {
  const auto count = 1 + random_.below(kGroupMax);
  for (std::uint64_t i = 0; i < count; ++i) {
    Command command = draw_command();
    const std::size_t number = oracle_->asked(command);
    auto done = [this, number](Result<CommandOutcome> outcome) {
      if (!outcome) {
        // What a cut has taken unanswered may have taken the customer with it.
        if (outcome.error().code != Errc::not_found)
          complain("refused: " + outcome.error().what + " | " + outcome.error().detail);
        return;
      }
      const auto* committed = std::get_if<Committed>(&*outcome);
      if (!committed) return complain("doubled: a key was taken for another request's");
      ++report_.answers;
      customers_.push_back(committed->customer.id);
      if (auto wrong = oracle_->answered(number, *committed); !wrong.empty()) complain(wrong);
    };
    if (!database_->writer()->submit(std::move(command), std::move(done))) complain("the queue is full");
  }
  while (database_->writer()->drain()) {
  }
}

void PowerLab::acknowledge() {
  SaveAck ack;
  ack.feed = "head_office";
  ack.upto = database_->writer()->tail().head;
  const Seq seq = ack.upto.seq;
  auto done = run_on(*database_, ack);
  if (!done) return complain("refused: an acknowledgement: " + done.error().detail);
  oracle_->acknowledged(seq);
}

void PowerLab::rechain() {
  const Seq head = database_->writer()->tail().head.seq;
  const Seq root = static_cast<Seq>(random_.below(static_cast<std::uint64_t>(head) + 1));
  auto digest = database_->ask(DigestAt{root});
  if (!digest || !*digest) return complain("corrupt: a row that was there cannot be read");
  oracle_->rechaining(root);
  auto done = run_on(*database_, Rechain{Position{root, **digest}});
  if (!done) complain("refused: a re-chain: " + done.error().detail);
}

}  // namespace tillgate::sim
