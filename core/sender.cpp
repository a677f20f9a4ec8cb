#include "core/sender.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kEarlierHoEpochsMax = 16;
constexpr Duration kReadRetry = seconds(1);  // a store that could not answer is not asked in a tight loop

}  // namespace

Sender::Sender(SenderStart start, SenderLimits limits)
    : path_(std::move(start.path)),
      head_(start.head),
      cursor_(start.cursor),
      ho_epoch_(start.ho_epoch),
      limits_(limits),
      sent_(start.cursor.seq),
      window_(std::max<std::int64_t>(1, limits.window_max)) {
  CHECK(!path_.is_empty());
}

std::vector<sender::Action> Sender::step(Time now, const sender::Event& event) {
  Actions out;
  std::visit([&](const auto& each) { on(now, each, out); }, event);
  pump(now, out);
  return out;
}

// ---- the session

void Sender::on(Time, const sender::SessionUp&, Actions&) {
  end_session();
  is_up_ = true;
}

void Sender::on(Time, const sender::SessionDown&, Actions&) {
  end_session();
}

void Sender::end_session() {
  is_up_ = is_opened_ = is_confirmed_ = is_useful_ = has_noted_earlier_ = is_doubtful_ = false;
  is_probing_ = true;
  in_flight_.clear();
  reading_.reset();
  retry_read_at_.reset();
  rewound_.reset();
  crawling_.reset();
  sent_ = cursor_.seq;
}

std::optional<Time> Sender::timeout_at() const {
  if (!is_up_ || in_flight_.empty()) return std::nullopt;
  return std::max(in_flight_.front().sent_at, progress_at_) + limits_.ack_timeout;
}

std::optional<Time> Sender::next_tick() const {
  if (!is_up_) return std::nullopt;
  std::optional<Time> due = timeout_at();
  const auto also = [&](Time at) { due = due ? std::min(*due, at) : at; };
  if (reading_) also(reading_->since + limits_.ack_timeout);
  if (retry_read_at_ && is_free_to_read()) also(*retry_read_at_);
  return due;
}

void Sender::on(Time now, const sender::Tick&, Actions& out) {
  if (reading_ && now >= reading_->since + limits_.ack_timeout) reading_.reset();  // the answer was lost: ask again
  const auto timeout = timeout_at();
  if (!timeout || now < *timeout) return;
  ++timeouts_;
  window_ = std::max<std::int64_t>(1, window_ / 2);
  // The latest head office is silent while one that we take for an earlier one speaks: we may have them the wrong way round.
  if (is_doubtful_) earlier_ho_epochs_.clear();
  out.push_back(sender::EndSession{"no acknowledgement from head office for the oldest batch in flight"});
  end_session();
}

// ---- our ledger

void Sender::on(Time, const sender::HeadMoved& event, Actions&) {
  if (event.head.seq > head_.seq) head_ = event.head;
}

void Sender::on(Time now, const sender::BatchRead& event, Actions& out) {
  const BatchHeader& header = event.batch.header;
  if (!is_up_ || !reading_ || header.first != reading_->after + 1) return;  // the answer to a question of an earlier session
  const bool is_stale = reading_->is_stale;
  reading_.reset();
  if (is_stale || fork_ != ForkState::none) return;
  const auto root = path_.epoch_at(header.first);
  const bool is_empty = header.count() == 0;
  // An empty answer has a meaning once a session only; a wrong epoch means that the shell's path is not ours.
  if (header.count() < 0 || !root || root->epoch != header.epoch || (is_empty && is_opened_)) {
    retry_read_at_ = now + kReadRetry;
    return;
  }
  retry_read_at_.reset();
  if (header.last > head_.seq) head_ = {header.last, header.digest};
  sent_ = header.last;
  is_opened_ = true;
  in_flight_.push_back({header.first, header.last, header.epoch, now});
  ++batches_sent_;
  changes_sent_ += header.count();
  out.push_back(sender::Publish{event.batch});
}

void Sender::on(Time now, const sender::ReadFailed&, Actions&) {
  reading_.reset();
  retry_read_at_ = now + kReadRetry;
}

// ---- acknowledgements

void Sender::on(Time now, const sender::AckArrived& event, Actions& out) {
  const Ack& ack = event.ack;
  const auto root = path_.root_of(ack.epoch);
  // While re-chaining, an ack could move the cursor into rows that are about to get other digests.
  if (!root || fork_ != ForkState::none) return;
  const bool is_new_office = ho_epoch_ != ack.ho_epoch;
  if (is_new_office &&
      std::find(earlier_ho_epochs_.begin(), earlier_ho_epochs_.end(), ack.ho_epoch) != earlier_ho_epochs_.end()) {
    if (!has_noted_earlier_)
      out.push_back(sender::Note{"an earlier life of head office still acknowledges; it is not believed"});
    has_noted_earlier_ = true;
    if (!is_doubtful_ && in_flight_.empty()) is_opened_ = false;  // one batch, be it empty, that the latest must answer
    is_doubtful_ = is_up_;
    return;
  }
  is_doubtful_ = false;

  if (!ack.upto) {
    if (is_new_office) {
      adopt(ack.ho_epoch, Position{}, out);
    } else if (ack.has_gap) {
      go_back_before(ack.epoch, out);
    }
    return;
  }

  const Placed placed = place(*root, *ack.upto, event.own_digest);
  if (placed.fit == Placed::Fit::elsewhere) return;
  if (placed.fit == Placed::Fit::fork) {
    // It holds this epoch, so it holds the root; whether it holds our cursor, which another one acknowledged, it did not say.
    if (is_new_office) adopt(ack.ho_epoch, root->after, out);
    return begin_fork(out);
  }
  if (placed.fit == Placed::Fit::beyond) {
    if (is_new_office) adopt(ack.ho_epoch, root->after, out);
    return go_on_from(now, ack.epoch, placed.at, out);
  }
  if (is_new_office) adopt(ack.ho_epoch, placed.at, out);
  if (placed.at.seq > head_.seq) head_ = placed.at;  // our digest: we hold it, the news of it is still on its way
  const bool is_straggler = placed.at.seq < cursor_.seq && is_confirmed_;
  take(now, placed.at, out);
  if (!ack.has_gap || is_straggler || !is_up_ || sent_ <= placed.at.seq) return;
  const Rewind rewind{ack.epoch, placed.at.seq, cursor_.seq};
  if (rewound_ == rewind) return;
  rewound_ = rewind;
  rewind_to(placed.at.seq);
}

Sender::Placed Sender::place(const EpochRoot& root, const Position& upto, const std::optional<Digest>& own_digest) const {
  const auto next = path_.successor_of(root.epoch);
  if (next && upto.seq > next->after.seq) return {Placed::Fit::beyond, next->after};
  if (upto.seq < root.after.seq) return {Placed::Fit::elsewhere, {}};
  if (!own_digest) return {upto.seq > head_.seq ? Placed::Fit::fork : Placed::Fit::elsewhere, {}};
  if (*own_digest != upto.digest) return {Placed::Fit::fork, {}};
  return {Placed::Fit::ours, upto};
}

void Sender::adopt(HoEpoch ho_epoch, Position cursor, Actions& out) {
  if (ho_epoch_) {
    earlier_ho_epochs_.push_back(*ho_epoch_);
    if (earlier_ho_epochs_.size() > kEarlierHoEpochsMax) earlier_ho_epochs_.pop_front();
    out.push_back(sender::Note{"head office has a new ledger (restored or failed over): its cursor counts, ours goes from " +
                               std::to_string(cursor_.seq) + " to " + std::to_string(cursor.seq)});
  }
  // At the very first contact what is in flight stays there. Later it may have gone to the head office that was, and what
  // speaks may be a straggler of it: then a batch goes out in any case, and only its answer makes the new one believed.
  const bool continues = !ho_epoch_ && !in_flight_.empty() && in_flight_.front().first <= cursor.seq + 1 && cursor.seq <= sent_;
  ho_epoch_ = ho_epoch;
  cursor_ = cursor;
  rewound_.reset();
  crawling_.reset();
  if (!continues) {
    in_flight_.clear();
    is_opened_ = false;
    is_probing_ = true;
    move_to(cursor.seq);
  }
  request_save(true);
  mark_useful(out);
}

void Sender::take(Time now, Position at, Actions& out) {
  std::size_t freed = 0;
  for (; !in_flight_.empty() && in_flight_.front().last <= at.seq; ++freed) in_flight_.pop_front();
  if (at.seq >= cursor_.seq) is_confirmed_ = is_up_;
  const bool has_moved = at.seq > cursor_.seq;
  if (has_moved) {
    cursor_ = at;
    request_save(false);
  }
  if (at.seq > sent_) move_to(at.seq);
  if (freed == 0 && !has_moved) return;
  is_probing_ = false;
  progress_at_ = now;
  if (freed > 0) window_ = std::min(std::max<std::int64_t>(1, limits_.window_max), window_ + 1);
  mark_useful(out);
}

// Head office holds more of an epoch than we wrote before we left it at `root`.
void Sender::go_on_from(Time now, Epoch left, Position root, Actions& out) {
  if (!is_up_ || cursor_.seq >= root.seq) return;  // nothing to learn from it
  std::size_t freed = 0;
  if (crawling_ == left) {
    // A fork would have been answered with the row that was compared: so the batch in flight is held there.
    if (!in_flight_.empty() && in_flight_.front().epoch == left) ++freed, in_flight_.pop_front();
  } else {
    for (; !in_flight_.empty() && in_flight_.front().first <= root.seq; ++freed) in_flight_.pop_front();
    if (sent_ < root.seq) {
      ++freed;
      is_probing_ = true;
      move_to(root.seq);
    }
  }
  if (freed == 0) return;
  progress_at_ = now;
  if (in_flight_.empty() && sent_ >= root.seq) is_opened_ = false;  // even without a row the next epoch must be confirmed
  mark_useful(out);
}

void Sender::rewind_to(Seq after) {
  ++rewinds_;
  window_ = std::max<std::int64_t>(1, window_ / 2);
  in_flight_.clear();
  move_to(after);
}

void Sender::go_back_before(Epoch epoch, Actions& out) {
  // Only while a batch of it is in flight: otherwise we have gone back already, or it is an answer to an earlier session.
  const bool is_waiting =
      std::any_of(in_flight_.begin(), in_flight_.end(), [&](const InFlight& each) { return each.epoch == epoch; });
  const Rewind rewind{epoch, std::nullopt, cursor_.seq};
  if (!is_waiting || rewound_ == rewind) return;
  rewound_ = rewind;
  const auto before = path_.predecessor_of(epoch);
  out.push_back(sender::Note{"head office does not know our epoch; going back to the one before it"});
  Seq from = before ? before->after.seq : 0;
  if (cursor_.seq > from && cursor_.seq < path_.root_of(epoch)->after.seq) from = cursor_.seq;
  rewind_to(from);
  is_probing_ = true;
  if (before) crawling_ = before->epoch;
}

void Sender::move_to(Seq after) {
  sent_ = after;
  if (reading_ && reading_->after != after) reading_->is_stale = true;
}

void Sender::mark_useful(Actions& out) {
  if (!is_up_ || is_useful_) return;
  is_useful_ = true;
  out.push_back(sender::UsefulSession{});
}

// ---- saving, forks

void Sender::request_save(bool may_go_back) {
  // What is still unsaved may have been allowed to go back; the newest value then is too.
  const bool inherited = save_due_ && save_due_->may_go_back;
  save_due_ = sender::Save{cursor_, *ho_epoch_, may_go_back || inherited};
}

void Sender::on(Time, const sender::AckSaved&, Actions&) {
  is_saving_ = false;
}

void Sender::begin_fork(Actions& out) {
  ++forks_;
  fork_ = ForkState::due;
  in_flight_.clear();
  if (reading_) reading_->is_stale = true;
  out.push_back(
      sender::Note{"head office holds other rows under our numbers (a copy of this machine is writing); our rows after " +
                   std::to_string(cursor_.seq) + " get a new epoch"});
}

void Sender::on(Time, const sender::Rechained& event, Actions&) {
  fork_ = ForkState::none;
  path_.rechain(event.root);
  head_ = event.head;
  in_flight_.clear();
  rewound_.reset();
  crawling_.reset();
  is_opened_ = false;
  is_probing_ = true;
  if (reading_) reading_->is_stale = true;
  sent_ = cursor_.seq;
}

// ---- what follows from the state, whatever the event was

bool Sender::is_free_to_read() const {
  return is_up_ && fork_ == ForkState::none && !reading_ && static_cast<std::int64_t>(in_flight_.size()) < window() &&
         (!is_opened_ || head_.seq > sent_);
}

void Sender::pump(Time now, Actions& out) {
  if (save_due_ && !is_saving_) {
    out.push_back(*save_due_);
    save_due_.reset();
    is_saving_ = true;
  }
  // The root of the new epoch is the cursor on disk: first that, then the fork.
  if (fork_ == ForkState::due && !is_saving_) {
    out.push_back(sender::Fork{cursor_});
    fork_ = ForkState::asked;
  }
  if (!is_free_to_read() || (retry_read_at_ && now < *retry_read_at_)) return;
  retry_read_at_.reset();
  reading_ = Reading{sent_, now};
  out.push_back(sender::Read{sent_, limits_.batch_changes_max, limits_.batch_bytes_max});
}

Sender::Snapshot Sender::snapshot() const {
  Snapshot shown;
  shown.cursor = cursor_;
  shown.ho_epoch = ho_epoch_;
  shown.head = head_.seq;
  shown.in_flight = static_cast<std::int64_t>(in_flight_.size());
  shown.window = window();
  shown.is_session_up = is_up_;
  shown.batches_sent = batches_sent_;
  shown.changes_sent = changes_sent_;
  shown.rewinds = rewinds_;
  shown.timeouts = timeouts_;
  shown.forks = forks_;
  return shown;
}

}  // namespace tillgate
