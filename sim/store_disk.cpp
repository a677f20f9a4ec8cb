#include "sim/store_disk.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "core/customer_state.hpp"

namespace tillgate::sim {
namespace {

constexpr std::uint64_t kChangesOfACommit = 8;  // writes and flushes of one group commit, about

}  // namespace

std::unique_ptr<Disk> make_store_disk(const StoreId& store, Surroundings around, Stage& stage) {
  return std::make_unique<StoreDisk>(store, std::move(around), stage);
}

StoreDisk::StoreDisk(StoreId store, Surroundings around, Stage& stage)
    : store_(std::move(store)), around_(std::move(around)), stage_(stage), disk_(stage.random.next()) {}

StoreDisk::~StoreDisk() {
  disk_.kill_process();  // nothing more is written
}

StoreOptions StoreDisk::options(std::optional<Epoch> epoch) {
  StoreOptions options;
  options.file = "tillgate.db";
  options.vfs = disk_.vfs();
  options.flush_folder = [this] { return disk_.flush_folder(); };
  options.store = store_;
  options.keys.id = "k1";
  options.keys.pii.fill(0x11);
  options.keys.index.fill(0x22);
  if (is_forgetful_) options.answers_kept = -std::chrono::hours(24 * 3650);
  options.read_clock = around_.read_clock;
  // The first thing an open draws is its epoch.
  options.fill_random = [this, epoch, is_first = true](std::span<std::uint8_t> out) mutable {
    around_.fill_random(out);
    if (std::exchange(is_first, false) && epoch) std::copy(epoch->bytes.begin(), epoch->bytes.end(), out.begin());
  };
  options.on_fault = [this](const Error& error) {
    stage_.violate("the storage is at fault: " + error.what + " " + error.detail);
  };
  return options;
}

Result<Opened> StoreDisk::open(std::optional<Epoch> epoch) {
  auto opened = StoreDatabase::open(options(epoch));
  if (!opened) return fail(opened.error());
  database_ = std::move(*opened);
  const auto& report = database_->opened();
  return Opened{report.path, report.head, cursor(), ho_epoch()};
}

bool StoreDisk::can_be_copied_running() const {
  return database_ && !is_lying_ && database_->writer()->tail().epoch_row == 0;
}

void StoreDisk::submit(Command command, Done done) {
  const bool taken = database_->writer()->submit(
      std::move(command),
      [this, done = std::move(done)](Result<CommandOutcome> outcome) { answers_.emplace_back(done, std::move(outcome)); });
  CHECK(taken);
}

// The power may go while the writer is at it: then nobody hears an answer, and what is on the disk is what a cut at that moment left.
bool StoreDisk::drain() {
  std::uint64_t until = stage_.chance(5 * stage_.faults.power) ? 1 + stage_.random.below(kChangesOfACommit) : 0;
  if (until > 0)
    disk_.watch([this, &until](DiskCall, const std::string&) {
      if (until > 0 && --until == 0) left_ = disk_.image_after_cut(draw_cut());
    });
  const bool had_work = database_->writer()->drain();
  if (until > 0 || left_) disk_.watch(nullptr);
  auto answers = std::exchange(answers_, {});
  if (left_) return false;
  for (auto& [done, outcome] : answers) done(std::move(outcome));
  return had_work;
}

void StoreDisk::stop() {
  while (drain()) {
  }
  if (left_) return;  // it did not come to that
  if (auto finished = database_->writer()->finish(); !finished && finished.error().code != Errc::full)
    stage_.violate("an orderly stop failed: " + finished.error().what + " " + finished.error().detail);
  database_.reset();
}

void StoreDisk::confirm_clock(Timestamp at, Time mono) {
  database_->writer()->confirm_clock(at, mono);
}

// ---- reads

Position StoreDisk::head() {
  return database_->writer()->tail().head;
}

Result<UpBatch> StoreDisk::read(Seq after, std::size_t changes_max, std::size_t bytes_max) {
  return database_->ask(ReadBatch{OrgId{"acme"}, store_, after, changes_max, bytes_max, stage_.true_time()});
}

std::optional<Digest> StoreDisk::digest_at(Seq seq) {
  auto digest = database_->ask(DigestAt{seq});
  if (digest) return *digest;
  stage_.violate("a digest cannot be read: " + digest.error().what);
  return std::nullopt;
}

FeedState StoreDisk::feed() {
  auto state = database_->ask(ReadFeed{});
  if (state) return *state;
  stage_.violate("the feed's row cannot be read: " + state.error().what);
  return {};
}

std::vector<Customer> StoreDisk::customers() {
  std::vector<Customer> all;
  ListCustomers query;
  query.limit = 200;
  do {
    auto page = database_->ask(query);
    if (!page) {
      stage_.violate("the customers cannot be read: " + page.error().what + " " + page.error().detail);
      return all;
    }
    for (auto& each : page->customers) {
      if (each.etag != hash_of(encode_state(each.customer))) stage_.violate("a record is not what its checksum says");
      all.push_back(std::move(each.customer));
    }
    query.cursor = page->next_cursor;
  } while (!query.cursor.empty());
  return all;
}

std::map<ChangeId, Seq> StoreDisk::changes() {
  std::map<ChangeId, Seq> all;
  auto rows = database_->connection().prepare("SELECT change_id, seq FROM ledger");
  for (auto has = rows.step(); has && *has; has = rows.step()) all[rows.id<ChangeId>(0)] = rows.integer(1);
  return all;
}

// ---- what can happen to it

// A device that ignores flushes still writes in order: it loses a tail. One that honours them may have written anything else.
Cut StoreDisk::draw_cut() {
  Cut cut = disk_.draw_cut();
  if (is_lying_ && cut.kind != Cut::Kind::all) cut.kind = stage_.chance(300) ? Cut::Kind::none : Cut::Kind::prefix;
  return cut;
}

void StoreDisk::cut() {
  left_ ? disk_.load(*left_) : disk_.cut(draw_cut());
  left_.reset();
  answers_.clear();
  database_.reset();
}

ImagePtr StoreDisk::image() {
  auto copy = std::make_shared<Copy>();
  copy->files = disk_.image();
  return copy;
}

void StoreDisk::load(const ImagePtr& image) {
  CHECK(!database_);
  disk_.load(dynamic_cast<const Copy&>(*image).files);
}

void StoreDisk::lie(bool does_lie) {
  is_lying_ = does_lie;
  disk_.set_sync_honoured(!does_lie);
  if (does_lie || !database_) return;
  // From now on it is as if it had been honest: a checkpoint flushes both files.
  (void)database_->connection().checkpoint(CheckpointMode::passive, milliseconds(0));
}

void StoreDisk::fill(bool is_full) {
  std::size_t bytes = 0;
  for (const auto& [name, content] : disk_.image()) bytes += content.size();
  disk_.set_room(is_full ? std::optional(bytes) : std::nullopt);
}

// Those without a row at once, that a key is taken from the next opening on: the ledger cannot be made to forget.
void StoreDisk::forget_answers() {
  is_forgetful_ = true;
  auto transaction = Transaction::begin(database_->connection());
  const bool done = transaction && database_->connection().prepare("DELETE FROM answers").run() && transaction->commit();
  CHECK(done);
}

}  // namespace tillgate::sim
