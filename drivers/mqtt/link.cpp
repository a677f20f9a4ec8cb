#include "drivers/mqtt/link.hpp"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <deque>
#include <map>
#include <thread>

#include "core/mailbox.hpp"
#include "drivers/mqtt/diagnose.hpp"
#include "drivers/mqtt/inbox.hpp"
#include "drivers/mqtt/paho_session.hpp"
#include "drivers/mqtt/reasons.hpp"
#include "drivers/mqtt/resolve.hpp"

namespace tillgate {
namespace {

using Clock = std::chrono::steady_clock;
using link::Arrived;
using link::Deed;
using link::Inbox;
using link::Item;
using link::Lost;
using link::Resolved;
using link::Settled;
using link::Stop;

constexpr std::size_t health_texts_max = 256;
constexpr std::chrono::milliseconds turn_max{250};   // the link thread comes round at least this often
constexpr std::chrono::seconds grace{1};             // for what is in flight when asked to disconnect
constexpr std::chrono::seconds stop_patience{2};     // then a link thread stuck in paho is left behind
constexpr std::chrono::seconds no_ack_patience{60};  // in flight, and not one PUBACK: the session is dead
constexpr std::chrono::seconds diagnosis_max{3};

}  // namespace

struct Link::Parts {
  Parts(LinkOptions given, Handler told);

  // --- any thread
  const LinkOptions options;
  const std::shared_ptr<Inbox> inbox;
  std::atomic<std::int64_t> last_turn{0};
  std::atomic<bool> is_stopping{false};
  std::atomic<const Health*> health{nullptr};  // into healths_, which only grows
  Mailbox<Stop> finished{1};
  std::thread thread;

  void run();   // the link thread
  void mute();  // no event after this

 private:
  enum class Phase { idle, resolving, connecting, subscribing, up };
  enum Gate { open, telling, muted };

  void turn();
  void come_round() { last_turn = std::chrono::nanoseconds(Clock::now().time_since_epoch()).count(); }
  [[nodiscard]] Duration next_wait() const;
  void handle(Item& item);
  void on(link::Outgoing& outgoing);
  void on(Settled& settled);
  void on(Lost& lost);
  void on(Arrived& arrived);
  void on(Resolved& resolved);
  void on(Stop&) {}
  void pump();
  void keep_time();

  void begin(link::Connect connect);
  void start_client();
  void start_subscribing();
  void finish_subscribing();
  void send(link::Publish publish);
  void settle(const Settled& settled);
  void explain_failure(const Settled& settled);
  void go_up();
  void go_down(std::string reason);
  void give_up_waiting();
  void note_health(Health now);
  void tell(link::Event event);
  [[nodiscard]] std::size_t in_flight() const { return slots_.size() - free_slots_.size(); }

  const Handler handler_;
  std::atomic<int> gate_{open};
  std::map<std::pair<std::string, std::string>, Health> healths_;

  Phase phase_ = Phase::idle;
  std::uint64_t attempt_ = 0;
  Clock::time_point attempt_until_, last_progress_;
  std::optional<Clock::time_point> disconnect_by_;
  link::Connect wanted_;
  std::deque<link::Outgoing> waiting_;
  bool is_resolver_busy_ = false;
  std::vector<Address> addresses_;
  std::vector<std::optional<std::uint64_t>> slots_;  // the token of a publish in flight
  std::vector<std::size_t> free_slots_;
  std::vector<Arrived> early_;  // a broker may send retained messages before it grants the subscription
  link::PahoSession session_;
};

Link::Parts::Parts(LinkOptions given, Handler told)
    : options(std::move(given)),
      inbox(std::make_shared<Inbox>(options.queue_max + link::kArrivalsMax + static_cast<std::size_t>(options.in_flight_max) +
                                    64)),
      handler_(std::move(told)),
      slots_(static_cast<std::size_t>(std::max(options.in_flight_max, 1))),
      session_(*inbox, slots_.size()) {
  for (std::size_t i = 0; i < slots_.size(); ++i) free_slots_.push_back(i);
  come_round();
  note_health({false, "down", "not asked to connect yet"});
}

void Link::Parts::run() {
  // Signals belong to the main thread; paho's threads inherit this mask from ours.
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, nullptr);
  pthread_setname_np(pthread_self(), options.thread_name.substr(0, 15).c_str());

  std::optional<Clock::time_point> stop_by;
  for (;;) {
    turn();
    if (!is_stopping) continue;
    if (!stop_by) stop_by = Clock::now() + grace;
    const bool is_done = phase_ != Phase::up || (in_flight() == 0 && waiting_.empty() && inbox->items.size() == 0);
    if (is_done || Clock::now() >= *stop_by) break;
  }
  if (phase_ != Phase::idle) go_down("the link was stopped");
  (void)finished.push(Stop{});
}

void Link::Parts::turn() {
  come_round();
  for (Item& item : inbox->items.take(64, next_wait())) handle(item);
  keep_time();
  pump();
}

Duration Link::Parts::next_wait() const {
  Duration wait = turn_max;
  const auto until = [&](Clock::time_point at) { wait = std::clamp<Duration>(at - Clock::now(), Duration::zero(), wait); };
  if (phase_ != Phase::idle && phase_ != Phase::up) until(attempt_until_);
  if (disconnect_by_) until(*disconnect_by_);
  return wait;
}

void Link::Parts::handle(Item& item) {
  std::visit([this](auto& it) { on(it); }, item);
}

void Link::Parts::on(link::Outgoing& outgoing) {
  if (std::holds_alternative<link::Disconnect>(outgoing) && !disconnect_by_) disconnect_by_ = Clock::now() + grace;
  waiting_.push_back(std::move(outgoing));
}

void Link::Parts::on(Settled& settled) {
  if (settled.attempt != attempt_ || phase_ == Phase::idle) return;  // an attempt that is over
  switch (settled.deed) {
    case Deed::connect:
      if (phase_ != Phase::connecting) return;
      if (!settled.is_ok) return explain_failure(settled);
      return start_subscribing();
    case Deed::subscribe:
      if (phase_ != Phase::subscribing) return;
      if (!settled.is_ok) return go_down("subscription refused: " + std::string(words_for_reason(settled.code)));
      return finish_subscribing();
    case Deed::publish: return settle(settled);
  }
}

void Link::Parts::on(Lost& lost) {
  if (lost.attempt != attempt_ || phase_ == Phase::idle) return;
  if (lost.code == 0) return go_down("the connection to the broker was lost");
  go_down("the broker ended the connection: " + std::string(words_for_reason(lost.code)));
}

void Link::Parts::on(Arrived& arrived) {
  if (arrived.attempt == attempt_ && phase_ == Phase::subscribing) {
    early_.push_back(std::move(arrived));  // still counted, so still bounded
    return;
  }
  --inbox->arrivals;
  inbox->arrival_bytes -= arrived.message.payload.size();
  if (arrived.attempt == attempt_ && phase_ == Phase::up) tell(link::Received{std::move(arrived.message)});
}

void Link::Parts::on(Resolved& resolved) {
  is_resolver_busy_ = false;
  if (phase_ != Phase::resolving) return;  // too late for its attempt
  if (!resolved.resolution.failure.empty()) return go_down(std::move(resolved.resolution.failure));
  addresses_ = std::move(resolved.resolution.addresses);
  start_client();
}

// Takes what was posted in its order, until something has to wait.
void Link::Parts::pump() {
  while (!waiting_.empty()) {
    link::Outgoing& next = waiting_.front();
    if (std::holds_alternative<link::Publish>(next) && phase_ == Phase::up && free_slots_.empty()) return;
    if (std::holds_alternative<link::Disconnect>(next) && phase_ == Phase::up && in_flight() > 0) return;
    link::Outgoing taken = std::move(next);
    waiting_.pop_front();
    --inbox->queued;
    if (auto* publish = std::get_if<link::Publish>(&taken)) {
      send(std::move(*publish));
    } else if (auto* connect = std::get_if<link::Connect>(&taken)) {
      begin(std::move(*connect));
    } else {
      disconnect_by_.reset();
      if (phase_ != Phase::idle) go_down("disconnected as asked");
    }
  }
}

void Link::Parts::keep_time() {
  const auto now = Clock::now();
  if (inbox->is_oversize.exchange(false) && phase_ != Phase::idle) go_down("the broker sent a message larger than allowed");
  if (inbox->is_overrun.exchange(false) && phase_ != Phase::idle) go_down("messages arrived faster than they could be taken");
  if (phase_ == Phase::up && in_flight() > 0 && now - last_progress_ > no_ack_patience)
    go_down("the broker stopped acknowledging");
  if (disconnect_by_ && now >= *disconnect_by_ && phase_ != Phase::idle) go_down("disconnected as asked");
  if (phase_ == Phase::idle || phase_ == Phase::up || now < attempt_until_) return;
  if (phase_ == Phase::resolving) return go_down("name resolution of " + options.host + " did not answer");
  if (phase_ == Phase::subscribing) return go_down("the broker did not answer the subscription in time");
  go_down("the broker did not answer in time");
}

void Link::Parts::begin(link::Connect connect) {
  if (phase_ != Phase::idle) go_down("replaced by a new connection attempt");
  wanted_ = std::move(connect);
  ++attempt_;
  attempt_until_ = Clock::now() + options.connect_deadline;
  phase_ = Phase::resolving;
  note_health({false, "connecting", "connecting to the broker"});
  if (options.tls) {
    if (std::string fault = fault_of_files(*options.tls); !fault.empty()) return go_down(std::move(fault));
  }
  if (auto known = resolve_numeric(options.host, options.port)) {
    addresses_ = std::move(known->addresses);
    return start_client();
  }
  // At most one resolver at a time: one that is stuck since an earlier attempt may still answer this one.
  if (is_resolver_busy_) return;
  try {
    std::thread([box = inbox, host = options.host, port = options.port]() noexcept {
      box->note(Resolved{resolve(host, port)});
    }).detach();
    is_resolver_busy_ = true;
  } catch (const std::exception&) {
    go_down("no thread could be started to resolve the broker's name");
  }
}

void Link::Parts::start_client() {
  phase_ = Phase::connecting;
  if (std::string fault = session_.connect(options, wanted_.will, attempt_); !fault.empty()) go_down(std::move(fault));
}

void Link::Parts::start_subscribing() {
  phase_ = Phase::subscribing;
  if (wanted_.subscribe.empty()) return go_up();
  if (std::string fault = session_.subscribe(wanted_.subscribe); !fault.empty()) go_down(std::move(fault));
}

void Link::Parts::finish_subscribing() {
  if (std::string refusal = session_.refused_of(wanted_.subscribe); !refusal.empty()) return go_down(std::move(refusal));
  go_up();
}

void Link::Parts::go_up() {
  phase_ = Phase::up;
  note_health({true, "connected", ""});
  tell(link::Up{});
  for (Arrived& arrived : std::exchange(early_, {})) on(arrived);
}

void Link::Parts::send(link::Publish publish) {
  if (phase_ != Phase::up) return tell(link::PublishFailed{publish.token, "not connected"});
  if (std::string fault = link::fault_of(publish.message); !fault.empty())
    return tell(link::PublishFailed{publish.token, std::move(fault)});
  if (in_flight() == 0) last_progress_ = Clock::now();
  const std::size_t slot = free_slots_.back();
  if (std::string fault = session_.publish(slot, publish.message); !fault.empty())
    return tell(link::PublishFailed{publish.token, std::move(fault)});
  slots_[slot] = publish.token;
  free_slots_.pop_back();
}

void Link::Parts::settle(const Settled& settled) {
  auto& slot = slots_[settled.slot];
  if (!slot) return;
  const std::uint64_t token = *slot;
  slot.reset();
  free_slots_.push_back(settled.slot);
  last_progress_ = Clock::now();
  if (settled.is_ok) return tell(link::Published{token, settled.code == kNoMatchingSubscribers});
  if (is_refusal(settled.code))
    return tell(link::PublishFailed{token, "the broker refused it: " + std::string(words_for_reason(settled.code))});
  tell(link::PublishFailed{token, "the link fell before the broker answered"});
}

void Link::Parts::explain_failure(const Settled& settled) {
  if (is_refusal(settled.code))
    return go_down("the broker refused the connection: " + std::string(words_for_reason(settled.code)));
  session_.close();
  const auto until = std::min(attempt_until_, Clock::now() + diagnosis_max);
  const auto keep_going = [this] {
    come_round();
    return !is_stopping;
  };
  go_down(diagnose(options.host, addresses_.front(), options.tls, until, keep_going));
}

void Link::Parts::go_down(std::string reason) {
  phase_ = Phase::idle;
  ++attempt_;  // whatever the old one still says is ignored
  for (Arrived& arrived : std::exchange(early_, {})) on(arrived);
  session_.close();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i]) continue;
    tell(link::PublishFailed{*slots_[i], "the link fell before the broker answered"});
    slots_[i].reset();
    free_slots_.push_back(i);
  }
  give_up_waiting();
  note_health({false, "down", reason});
  tell(link::Down{std::move(reason)});
}

// What was posted for the session that just ended; up to the next Connect.
void Link::Parts::give_up_waiting() {
  while (!waiting_.empty() && !std::holds_alternative<link::Connect>(waiting_.front())) {
    if (const auto* publish = std::get_if<link::Publish>(&waiting_.front())) {
      tell(link::PublishFailed{publish->token, "the link fell before it was sent"});
    } else {
      disconnect_by_.reset();
    }
    waiting_.pop_front();
    --inbox->queued;
  }
}

void Link::Parts::note_health(Health now) {
  if (healths_.size() >= health_texts_max && !now.is_up) now.reason = "see the log";
  const auto key = std::pair(now.state, now.reason);
  health = &healths_.try_emplace(key, std::move(now)).first->second;
}

void Link::Parts::tell(link::Event event) {
  int expected = open;
  if (!gate_.compare_exchange_strong(expected, telling)) return;
  handler_(std::move(event));
  gate_ = open;
}

void Link::Parts::mute() {
  for (int expected = open; !gate_.compare_exchange_weak(expected, muted); expected = open) std::this_thread::yield();
}

Link::Link(LinkOptions options, Handler handler) : parts_(std::make_shared<Parts>(std::move(options), std::move(handler))) {
  parts_->thread = std::thread([parts = parts_] { parts->run(); });
}

Link::~Link() {
  parts_->is_stopping = true;
  (void)parts_->inbox->items.push(Stop{});  // wakes it; if that does not fit, it wakes by itself
  const bool has_finished = !parts_->finished.take(1, stop_patience).empty();
  if (has_finished) {
    parts_->thread.join();
  } else {
    parts_->mute();
    parts_->thread.detach();
  }
}

bool Link::post(link::Outgoing outgoing) {
  Inbox& inbox = *parts_->inbox;
  if (parts_->is_stopping) return false;
  if (inbox.queued.fetch_add(1) >= parts_->options.queue_max || !inbox.items.push(Item(std::move(outgoing)))) {
    --inbox.queued;
    return false;
  }
  return true;
}

std::int64_t Link::last_turn() const {
  return parts_->last_turn;
}

Health Link::health() const {
  return *parts_->health.load();
}

}  // namespace tillgate
