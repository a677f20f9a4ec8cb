#include "sim/world/shop.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"

namespace tillgate::sim {
namespace {

constexpr std::size_t kBackupsMax = 4;
constexpr Duration kRetry = seconds(1);  // a full disk may have room again

}  // namespace

std::string_view name_of(Await await) {
  constexpr std::array<std::string_view, kAwaits> names{"queued", "committed", "answered", "read",  "published",
                                                        "heard",  "looked up", "saving",   "saved", "forked"};
  return names[static_cast<std::size_t>(await)];
}

Shop::Shop(World& world, std::size_t number, StoreId store)
    : world_(world), number_(number), store_(std::move(store)), disk_(world_.make_disk(store_, surroundings())) {}

Surroundings Shop::surroundings() {
  Stage& stage = world_.stage;
  return Surroundings{[this, &stage] {
                        return HlcClock::Reading{stage.true_time() + clock_offset_, stage.now()};
                      },
                      [&stage](std::span<std::uint8_t> bytes) {
                        for (auto& byte : bytes) byte = static_cast<std::uint8_t>(stage.random.next());
                      }};
}

// Runs later, unless the process has died meanwhile.
void Shop::later(Duration wait, std::function<void()> work) {
  world_.stage.after(wait, [this, life = life_, work = std::move(work)] {
    if (life_ == life) work();
  });
}

bool Shop::survives(Await await) {
  if (world_.has_power(number_, await)) return true;
  ++world_.stage.outcome.awaits_cut;
  cut_power(std::string(name_of(await)));
  return false;
}

// ---- life and death

void Shop::start() {
  const bool keeps = world_.stage.policy.keeps_epoch && !path_.is_empty();
  open(keeps ? std::optional(path_.current().epoch) : std::nullopt);
}

void Shop::open(std::optional<Epoch> epoch) {
  n_ = 0;
  auto opened = disk_->open(epoch);
  if (!opened && opened.error().code == Errc::full) return start_later();
  if (!opened)
    return world_.stage.violate("shop " + std::to_string(number_) + " cannot open its disk: " + opened.error().what + " " +
                                opened.error().detail);
  if (world_.stage.policy.forgets_answers) disk_->forget_answers();
  world_.on_opened(number_, std::exchange(lost_since_, std::nullopt));
  begin(*opened);
}

void Shop::begin(const Opened& opened) {
  path_ = opened.path;
  head_ = opened.head;
  trimmed_ = std::min(trimmed_, head_.seq);
  tell("opens in epoch ", epoch(), " after row ", path_.current().after.seq, ", head ", head_.seq, ", cursor ",
       opened.cursor.seq);
  sender_.emplace(SenderStart{path_, head_, opened.cursor, opened.ho_epoch}, world_.limits);
  cursor_seen_.reset();
  tick_at_.reset();
  is_draining_ = false;
  world_.stage.after(world_.stage.spread(seconds(1)), [this, life = life_] { link_up(life); });
}

void Shop::begin_as_copy_of(Shop& original, bool is_running) {
  if (is_running && !original.disk_->can_be_copied_running()) {
    original.stop_process();
    original.stop_disk();
    original.start();
  }
  disk_->load(original.disk_->image());
  const bool goes_on = is_running && original.is_open() && original.disk_->can_be_copied_running();
  open(goes_on ? std::optional(original.epoch()) : std::nullopt);
  if (goes_on) n_ = original.n_ + 1'000;
}

void Shop::stop_process() {
  count();
  sender_.reset();
  if (is_up_) publish_status(false);  // the broker publishes the will
  is_up_ = false;
  ++life_;
  ++session_;
}

void Shop::start_later() {
  world_.stage.after(world_.stage.spread(seconds(1)), [this, life = life_] {
    if (life_ == life && !is_open()) start();
  });
}

void Shop::cut_power(const std::string& why) {
  ++world_.stage.outcome.crashes;
  tell("the power goes: ", why);
  stop_process();
  disk_->cut();
  if (lies_since_) {
    ++world_.stage.outcome.lost_tails;
    lost_since_ = *lies_since_;
    lies_since_ = world_.stage.now();
  }
  start_later();
}

void Shop::restart() {
  if (!is_open() || lies_since_) return;
  tell("restarts");
  stop_process();
  stop_disk();
  start_later();
}

// What was accepted is still committed, but nobody is there any more to be answered.
void Shop::stop_disk() {
  disk_->stop();
  if (disk_->has_died()) disk_->cut();
  ++life_;
}

void Shop::keep_backup() {
  if (!is_open() || lies_since_) return;
  backups_.push_back({disk_->image(), world_.stage.now()});
  if (backups_.size() > kBackupsMax) backups_.pop_front();
}

void Shop::restore(std::size_t backup) {
  const Backup& chosen = backups_.at(backup);
  ++world_.stage.outcome.restores;
  tell("is restored from a backup");
  stop_process();
  disk_->cut();
  disk_->load(chosen.image);
  trimmed_ = 0;  // they are in the backup
  lost_since_ = std::min(chosen.taken_at, lost_since_.value_or(chosen.taken_at));
  start();
}

void Shop::lie(bool does_lie) {
  if (does_lie == lies_since_.has_value()) return;
  tell("the disk ", does_lie ? "lies about its flushes" : "is honest again");
  disk_->lie(does_lie);
  lies_since_ = does_lie ? std::optional(world_.stage.now()) : std::nullopt;
}

void Shop::fill(bool is_full) {
  tell("the disk ", is_full ? "is full" : "has room");
  disk_->fill(is_full);
}

// ---- the line

void Shop::link_up(std::int64_t life) {
  if (life_ != life || is_up_ || !sender_) return;
  if (world_.network.is_partitioned(number_)) {
    world_.stage.after(world_.stage.spread(seconds(1)), [this, life] { link_up(life); });
    return;
  }
  is_up_ = true;
  ++session_;
  ++n_;
  tell("is online");
  publish_status(true);
  step(sender::SessionUp{});
}

void Shop::connect_now() {
  link_up(life_);
}

void Shop::publish_status(bool is_online) {
  Status status;
  status.is_online = is_online;
  status.n = n_;
  status.epoch = epoch();
  if (is_online) {
    status.root = path_.current();
    status.head = head_.seq;
    status.software = "sim";
    status.now = world_.stage.true_time() + clock_offset_;
  }
  world_.network.publish_status(number_, store_, encode(status));
}

void Shop::link_down(bool is_noticed) {
  if (!is_up_) return;
  is_up_ = false;
  ++session_;
  tell("is offline");
  if (is_noticed) publish_status(false);
  step(sender::SessionDown{});
  later(world_.stage.spread(seconds(1)), [this, life = life_] { link_up(life); });
}

void Shop::hear(const Encoded& bytes) {
  const auto ack = decode_ack(bytes.bytes);
  if (!ack) return world_.stage.violate("an ack cannot be read: " + ack.error().what);
  hear(*ack);
}

void Shop::hear(const Ack& ack) {
  if (!survives(Await::heard)) return;
  disk_->confirm_clock(ack.now, world_.stage.now());
  later(world_.stage.spread(milliseconds(5)), [this, ack] {
    sender::AckArrived event{ack, disk_->digest_at(ack.upto ? ack.upto->seq : 0)};
    if (world_.stage.policy.ignores_own_digest && ack.upto) event.own_digest = ack.upto->digest;
    if (survives(Await::looked_up)) step(event);
  });
}

// ---- what people ask for

bool Shop::ask(const Command& command, Clerk::Answer answer) {
  if (!is_open()) return false;
  if (!survives(Await::queued)) return true;
  if (world_.stage.policy.answers_before_commit) {
    Committed early;
    early.seq = head_.seq + 1;
    const auto* create = std::get_if<CreateCustomer>(&command);
    if (create && create->key) {
      early.customer.id = customer_id_of(*create->key);
      answer(CommandOutcome(early), change_id_of(*create->key));
      answer = [](const auto&, auto) {};
    }
  }
  submit(command, [this, answer = std::move(answer)](Result<CommandOutcome> outcome) mutable {
    later(Duration{1}, [this, answer = std::move(answer), outcome = std::move(outcome)]() mutable {
      if (!survives(Await::committed)) return;
      std::optional<ChangeId> written;
      if (const auto* committed = outcome ? std::get_if<Committed>(&*outcome) : nullptr; committed && committed->seq > 0) {
        const auto row = disk_->read(committed->seq - 1, 1, 1);
        const auto lines = row ? split(*row) : fail(row.error());
        if (lines && !lines->empty())
          if (const auto envelope = decode_envelope(lines->front().envelope)) written = envelope->change_id;
      }
      answer(outcome, written);
      (void)survives(Await::answered);
    });
  });
  return true;
}

void Shop::submit(Command command, Disk::Done done) {
  disk_->submit(std::move(command), std::move(done));
  if (is_draining_) return;
  is_draining_ = true;
  later(world_.stage.spread(milliseconds(5)), [this] {
    is_draining_ = false;
    while (disk_->drain()) {
    }
    if (disk_->has_died()) {
      ++world_.stage.outcome.commits_cut;
      return cut_power("during a commit");
    }
    note_head();
  });
}

void Shop::note_head() {
  const Position head = disk_->head();
  if (head == head_) return;
  world_.stage.outcome.written += std::max<Seq>(0, head.seq - head_.seq);
  head_ = head;
  step(sender::HeadMoved{head});
}

// ---- the machine

void Shop::step(const sender::Event& event) {
  if (!sender_) return;
  const auto life = life_;
  for (const auto& action : sender_->step(world_.stage.now(), event)) {
    std::visit([&](const auto& each) { perform(each); }, action);
    if (life_ != life) return;  // the power went meanwhile
  }
  check_cursor();
  const auto due = sender_->next_tick();
  if (due == tick_at_) return;
  tick_at_ = due;
  if (due) later(std::max(*due - world_.stage.now(), Duration{0}), [this] { step(sender::Tick{}); });
}

void Shop::check_cursor() {
  const auto shown = sender_->snapshot();
  if (shown.in_flight > world_.limits.window_max) world_.stage.violate("more in flight than the window allows");
  if (cursor_seen_ && cursor_seen_->first == shown.ho_epoch && shown.cursor.seq < cursor_seen_->second)
    world_.stage.violate("a sender's cursor went back under one ho_epoch");
  if (shown.ho_epoch) cursor_seen_ = {{*shown.ho_epoch, shown.cursor.seq}};
}

void Shop::perform(const sender::Read& read) {
  later(world_.stage.spread(milliseconds(5)), [this, read] {
    if (world_.stage.chance(world_.stage.faults.read_failure)) return step(sender::ReadFailed{});
    if (read.after < trimmed_) return later(kRetry, [this] { step(sender::ReadFailed{}); });
    auto batch = disk_->read(read.after, read.changes_max, read.bytes_max);
    if (!survives(Await::read)) return;
    if (!batch) return later(kRetry, [this] { step(sender::ReadFailed{}); });
    batch->header.org = OrgId{"acme"};
    batch->header.store = store_;
    batch->header.now = world_.stage.true_time() + clock_offset_;
    step(sender::BatchRead{std::move(*batch)});
  });
}

void Shop::perform(const sender::Publish& publish) {
  const auto& header = publish.batch.header;
  tell("sends ", header.epoch, " ", header.first, "..", header.last);
  world_.network.publish_batch(number_, store_, encode(publish.batch));
  if (!survives(Await::published)) return;
  if (world_.stage.policy.trims_on_puback)
    later(world_.stage.spread(milliseconds(5)), [this, last = header.last] { trimmed_ = std::max(trimmed_, last); });
  if (!world_.stage.policy.trusts_puback || !sender_->snapshot().ho_epoch) return;
  Ack ack{store_,
          header.epoch,
          *sender_->snapshot().ho_epoch,
          Position{header.last, header.digest},
          false,
          world_.stage.true_time()};
  later(world_.stage.spread(milliseconds(5)), [this, ack] { hear(ack); });
}

void Shop::check_save(const sender::Save& save) {
  const auto held = disk_->ho_epoch();
  if (held != save.ho_epoch && !save.may_go_back) return world_.stage.violate("a new ho_epoch without leave to go back");
  if (held == save.ho_epoch && !save.may_go_back && save.upto.seq < disk_->cursor().seq)
    return world_.stage.violate("a saved cursor went back");
  if (disk_->digest_at(save.upto.seq) != save.upto.digest)
    return world_.stage.violate("a saved cursor that is not a row of ours");
  if (save.upto.seq > 0 && !world_.was_committed(save.ho_epoch, save.upto.digest))
    return world_.stage.violate("cursor saved at " + std::to_string(save.upto.seq) + ", which head office has never committed");
}

void Shop::perform(const sender::Save& save) {
  tell("saves cursor ", save.upto.seq, " under ", save.ho_epoch);
  check_save(save);
  if (!survives(Await::saving)) return;
  submit(SaveAck{"head_office", save.ho_epoch, save.upto, save.may_go_back}, [this, save](Result<CommandOutcome> outcome) {
    if (!outcome) return later(kRetry, [this, save] { perform(save); });
    later(Duration{1}, [this, save] {
      if (survives(Await::saved)) step(sender::AckSaved{save.upto, save.ho_epoch});
    });
  });
}

void Shop::perform(const sender::Fork& fork) {
  if (disk_->digest_at(fork.root.seq) != fork.root.digest) return world_.stage.violate("a fork rooted off our own chain");
  submit(Rechain{fork.root}, [this, fork](Result<CommandOutcome> outcome) {
    if (!outcome) return later(kRetry, [this, fork] { perform(fork); });
    later(Duration{1}, [this, root = std::get<Rechained>(*outcome).root] {
      if (!survives(Await::forked)) return;
      path_.rechain(root);
      note_head();
      head_ = disk_->head();
      tell("re-chains after ", root.after.seq, " as ", root.epoch);
      step(sender::Rechained{root, head_});
      link_down(true);  // a fresh session says the new epoch in its status and its will
    });
  });
}

bool Shop::is_settled(const HoEpoch& ho_epoch) {
  return is_up_ && sender_ && disk_->cursor() == disk_->head() && disk_->ho_epoch() == ho_epoch &&
         sender_->snapshot().in_flight == 0;
}

void Shop::count() {
  if (!sender_) return;
  const auto shown = sender_->snapshot();
  Outcome& outcome = world_.stage.outcome;
  outcome.sent += shown.changes_sent;
  outcome.forks += shown.forks;
  outcome.rewinds += shown.rewinds;
  outcome.timeouts += shown.timeouts;
}

}  // namespace tillgate::sim
