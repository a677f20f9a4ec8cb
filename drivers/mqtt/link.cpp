#include "drivers/mqtt/link.hpp"

#include <mqtt/async_client.h>
#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <thread>

#include "core/mailbox.hpp"
#include "drivers/mqtt/diagnose.hpp"
#include "drivers/mqtt/reasons.hpp"
#include "drivers/mqtt/resolve.hpp"

namespace tillgate {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t packet_bytes_max = std::size_t{2} * 1024 * 1024;  // told to the broker, and held ourselves
constexpr std::size_t arrivals_max = 1024;                              // received and not yet handed on
constexpr std::size_t arrival_bytes_max = 8 * packet_bytes_max;
constexpr std::size_t property_bytes_max = 65535;  // MQTT counts them with 16 bits
constexpr std::size_t user_properties_max = 32;
constexpr std::size_t health_texts_max = 256;
constexpr std::chrono::milliseconds turn_max{250};   // the link thread comes round at least this often
constexpr std::chrono::seconds grace{1};             // for what is in flight when asked to disconnect
constexpr std::chrono::seconds stop_patience{2};     // then a link thread stuck in paho is left behind
constexpr std::chrono::seconds no_ack_patience{60};  // in flight, and not one PUBACK: the session is dead
constexpr std::chrono::seconds diagnosis_max{3};
constexpr const char* encoding_name = "content-encoding";

// --- what paho's threads and the resolver's tell the link thread
enum class Deed { connect, subscribe, publish };
struct Settled {
  Deed deed;
  std::uint64_t attempt;
  std::size_t slot;
  bool is_ok;
  int code;  // MQTT reason code, or one of paho's negative ones
};
struct Lost {
  std::uint64_t attempt;
  int code;  // 0: without a word
};
struct Arrived {
  std::uint64_t attempt;
  link::Message message;
};
struct Resolved {
  Resolution resolution;
};
struct Stop {};
using Item = std::variant<link::Outgoing, Settled, Lost, Arrived, Resolved, Stop>;

// Everything that comes to the link thread, from whichever thread. Shared: a resolver that never answers may outlive the Link.
struct Inbox {
  explicit Inbox(std::size_t capacity) : items(capacity) {}

  // For callbacks: nothing may be thrown into paho, and what does not fit must end the session, not vanish.
  void note(Item&& item) noexcept {
    try {
      if (!items.push(std::move(item))) is_overrun = true;
    } catch (...) {
      is_overrun = true;
    }
  }

  Mailbox<Item> items;
  std::atomic<std::size_t> queued{0};  // Outgoing that paho has not got yet
  std::atomic<std::size_t> arrivals{0}, arrival_bytes{0};
  std::atomic<bool> is_overrun{false}, is_oversize{false};
};

class Listener final : public mqtt::iaction_listener {
 public:
  Listener(Inbox& inbox, Deed deed, std::size_t slot) : inbox_(inbox), deed_(deed), slot_(slot) {}
  void start(std::uint64_t attempt) { attempt_ = attempt; }
  void on_success(const mqtt::token& token) override {
    inbox_.note(Settled{deed_, attempt_, slot_, true, static_cast<int>(token.get_reason_code())});
  }
  // paho has the code of a CONNACK as return code, that of a PUBACK or SUBACK as reason code.
  void on_failure(const mqtt::token& token) override {
    const int reason = static_cast<int>(token.get_reason_code());
    inbox_.note(Settled{deed_, attempt_, slot_, false, is_refusal(reason) ? reason : token.get_return_code()});
  }

 private:
  Inbox& inbox_;
  const Deed deed_;
  const std::size_t slot_;
  std::uint64_t attempt_ = 0;
};

struct Slot {
  Slot(Inbox& inbox, std::size_t number) : listener(inbox, Deed::publish, number) {}
  Listener listener;
  std::optional<std::uint64_t> token;  // set: in flight
};

// --- our messages and paho's
mqtt::properties to_properties(const link::Message& message) {
  mqtt::properties made;
  if (!message.content_type.empty()) made.add({mqtt::property::CONTENT_TYPE, message.content_type});
  if (!message.content_encoding.empty())
    made.add({mqtt::property::USER_PROPERTY, std::string(encoding_name), message.content_encoding});
  for (const auto& [name, value] : message.user_properties) made.add({mqtt::property::USER_PROPERTY, name, value});
  if (message.expiry) {
    const auto whole = std::clamp<std::int64_t>(message.expiry->count(), 1, std::numeric_limits<std::int32_t>::max());
    made.add({mqtt::property::MESSAGE_EXPIRY_INTERVAL, static_cast<std::int32_t>(whole)});
  }
  return made;
}

link::Message from_paho(const mqtt::message& arrived) {
  link::Message message;
  message.topic = arrived.get_topic();
  message.payload = arrived.get_payload_str();
  message.is_retained = arrived.is_retained();
  const mqtt::properties& properties = arrived.get_properties();
  if (properties.contains(mqtt::property::CONTENT_TYPE))
    message.content_type = mqtt::get<std::string>(properties, mqtt::property::CONTENT_TYPE);
  if (properties.contains(mqtt::property::MESSAGE_EXPIRY_INTERVAL))
    message.expiry = seconds(mqtt::get<std::uint32_t>(properties, mqtt::property::MESSAGE_EXPIRY_INTERVAL));
  const std::size_t count = std::min(properties.count(mqtt::property::USER_PROPERTY), user_properties_max);
  for (std::size_t i = 0; i < count; ++i) {
    auto [name, value] = mqtt::get<mqtt::string_pair>(properties, mqtt::property::USER_PROPERTY, i);
    if (name == encoding_name) {
      message.content_encoding = std::move(value);
    } else {
      message.user_properties.emplace_back(std::move(name), std::move(value));
    }
  }
  return message;
}

// Empty: it can be sent. A broker answers a bad packet by hanging up, so one bad message would end every session it is tried in.
std::string fault_of(const link::Message& message) {
  if (message.topic.empty() || message.topic.size() > property_bytes_max) return "the topic is empty or too long";
  if (message.topic.find_first_of(std::string_view("#+\0", 3)) != std::string::npos)
    return "the topic holds a wildcard or a zero byte";
  if (message.payload.size() + message.topic.size() + 1024 > packet_bytes_max) return "the payload is larger than allowed";
  std::size_t bytes = message.content_type.size() + message.content_encoding.size();
  for (const auto& [name, value] : message.user_properties) bytes += name.size() + value.size();
  if (bytes > property_bytes_max || message.user_properties.size() > user_properties_max) return "too many properties";
  return {};
}

// paho's two threads end with the last client object and take 1.2 s over it, and a connect during that time is a race. One idle
// client that is never connected and never destroyed keeps them, so destroying an attempt is quick and safe.
void keep_paho_running() {
  // volatile: the pointer must really be stored, or a leak checker sees nobody who holds the client.
  static auto* const volatile idle = new mqtt::async_client("tcp://localhost", "idle", mqtt::create_options(MQTTVERSION_5));
  (void)idle;
}

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
  Listener on_connect_, on_subscribe_;
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::size_t> free_slots_;
  mqtt::token_ptr subscription_;
  std::vector<Arrived> early_;                  // a broker may send retained messages before it grants the subscription
  std::unique_ptr<mqtt::async_client> client_;  // after the listeners: it calls them while it is destroyed
};

Link::Parts::Parts(LinkOptions given, Handler told)
    : options(std::move(given)),
      inbox(std::make_shared<Inbox>(options.queue_max + arrivals_max + static_cast<std::size_t>(options.in_flight_max) + 64)),
      handler_(std::move(told)),
      on_connect_(*inbox, Deed::connect, 0),
      on_subscribe_(*inbox, Deed::subscribe, 0) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(options.in_flight_max, 1)); ++i) {
    slots_.push_back(std::make_unique<Slot>(*inbox, i));
    free_slots_.push_back(i);
  }
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
  const bool is_bare_v6 = options.host.find(':') != std::string::npos;
  const std::string host = is_bare_v6 ? "[" + options.host + "]" : options.host;
  const std::string uri = (options.tls ? "ssl://" : "tcp://") + host + ":" + std::to_string(options.port);
  try {
    keep_paho_running();
    mqtt::create_options creation(MQTTVERSION_5);
    creation.set_max_buffered_messages(static_cast<int>(slots_.size()) + 8);
    client_ = std::make_unique<mqtt::async_client>(uri, options.client_id, creation);

    client_->set_message_callback([box = inbox.get(), attempt = attempt_](mqtt::const_message_ptr arrived) noexcept {
      try {
        const std::size_t bytes = arrived->get_payload_str().size();
        if (bytes > packet_bytes_max) {
          box->is_oversize = true;
          return;
        }
        const bool has_room = ++box->arrivals <= arrivals_max;
        if ((box->arrival_bytes += bytes) <= arrival_bytes_max && has_room) {
          if (box->items.push(Arrived{attempt, from_paho(*arrived)})) return;
        }
        --box->arrivals;
        box->arrival_bytes -= bytes;
        box->is_overrun = true;
      } catch (...) {
        box->is_overrun = true;
      }
    });
    client_->set_connection_lost_handler([box = inbox.get(), attempt = attempt_](const std::string&) noexcept {
      box->note(Lost{attempt, 0});
    });
    client_->set_disconnected_handler(
        [box = inbox.get(), attempt = attempt_](const mqtt::properties&, mqtt::ReasonCode code) noexcept {
          box->note(Lost{attempt, static_cast<int>(code)});
        });

    mqtt::connect_options_builder how;
    how.mqtt_version(MQTTVERSION_5).clean_start(true).automatic_reconnect(false);
    how.keep_alive_interval(options.keepalive).connect_timeout(std::chrono::ceil<seconds>(options.connect_deadline));
    how.max_inflight(static_cast<int>(slots_.size()));
    how.properties(mqtt::properties{
        {mqtt::property::SESSION_EXPIRY_INTERVAL, 0},
        {mqtt::property::MAXIMUM_PACKET_SIZE, static_cast<std::int32_t>(packet_bytes_max)},
    });
    if (options.tls) {
      // A trust store of our own also keeps paho from loading the system's. Version "default" with these suites is 1.2 and up.
      how.ssl(mqtt::ssl_options_builder()
                  .trust_store(options.tls->ca_file)
                  .key_store(options.tls->cert_file)
                  .private_key(options.tls->key_file)
                  .enabled_cipher_suites(tls_cipher_suites)
                  .enable_server_cert_auth(true)
                  .verify(true)
                  .finalize());
    }
    if (wanted_.will) {
      const link::Message& will = *wanted_.will;
      how.will(mqtt::will_options(will.topic, mqtt::binary_ref(will.payload), 1, will.is_retained, to_properties(will)));
    }
    on_connect_.start(attempt_);
    (void)client_->connect(how.finalize(), nullptr, on_connect_);
  } catch (const std::exception& error) {
    go_down(std::string("the MQTT client could not be started: ") + error.what());
  }
}

void Link::Parts::start_subscribing() {
  phase_ = Phase::subscribing;
  if (wanted_.subscribe.empty()) return go_up();
  try {
    on_subscribe_.start(attempt_);
    auto topics = mqtt::string_collection::create(wanted_.subscribe);
    const mqtt::iasync_client::qos_collection levels(wanted_.subscribe.size(), 1);
    subscription_ = client_->subscribe(topics, levels, nullptr, on_subscribe_);
  } catch (const std::exception& error) {
    go_down(std::string("the subscription could not be sent: ") + error.what());
  }
}

// For several topics paho calls it a success even if each of them was refused.
void Link::Parts::finish_subscribing() {
  int refused = 0;
  std::size_t answers = 0;
  try {
    const auto codes = subscription_->get_subscribe_response().get_reason_codes();
    answers = codes.size();
    for (const mqtt::ReasonCode code : codes)
      if (is_refusal(code)) refused = code;
  } catch (const mqtt::exception& error) {
    refused = error.get_reason_code();
  }
  if (refused != 0) return go_down("subscription refused: " + std::string(words_for_reason(refused)));
  if (answers != wanted_.subscribe.size()) return go_down("subscription refused: the broker did not answer for every topic");
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
  if (std::string fault = fault_of(publish.message); !fault.empty())
    return tell(link::PublishFailed{publish.token, std::move(fault)});
  if (in_flight() == 0) last_progress_ = Clock::now();
  Slot& slot = *slots_[free_slots_.back()];
  try {
    slot.listener.start(attempt_);
    const link::Message& message = publish.message;
    auto made = mqtt::message::create(message.topic, message.payload.data(), message.payload.size(), 1, message.is_retained,
                                      to_properties(message));
    (void)client_->publish(made, nullptr, slot.listener);
    slot.token = publish.token;
    free_slots_.pop_back();
  } catch (const std::exception& error) {
    tell(link::PublishFailed{publish.token, std::string("it could not be sent: ") + error.what()});
  }
}

void Link::Parts::settle(const Settled& settled) {
  Slot& slot = *slots_[settled.slot];
  if (!slot.token) return;
  const std::uint64_t token = *slot.token;
  slot.token.reset();
  free_slots_.push_back(settled.slot);
  last_progress_ = Clock::now();
  if (settled.is_ok) return tell(link::Published{token, settled.code == mqtt::ReasonCode::NO_MATCHING_SUBSCRIBERS});
  if (is_refusal(settled.code))
    return tell(link::PublishFailed{token, "the broker refused it: " + std::string(words_for_reason(settled.code))});
  tell(link::PublishFailed{token, "the link fell before the broker answered"});
}

void Link::Parts::explain_failure(const Settled& settled) {
  if (is_refusal(settled.code))
    return go_down("the broker refused the connection: " + std::string(words_for_reason(settled.code)));
  client_.reset();
  const auto until = std::min(attempt_until_, Clock::now() + diagnosis_max);
  const auto keep_going = [this] {
    come_round();
    return !is_stopping;
  };
  go_down(diagnose(options.host, addresses_.front(), options.tls, until, keep_going));
}

// The destructor of a connected client sends DISCONNECT, so the Will is not published; that of a broken one just closes.
void Link::Parts::go_down(std::string reason) {
  phase_ = Phase::idle;
  ++attempt_;  // whatever the old one still says is ignored
  for (Arrived& arrived : std::exchange(early_, {})) on(arrived);
  client_.reset();
  subscription_.reset();
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    if (!slots_[i]->token) continue;
    tell(link::PublishFailed{*slots_[i]->token, "the link fell before the broker answered"});
    slots_[i]->token.reset();
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
