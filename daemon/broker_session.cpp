#include "daemon/broker_session.hpp"

#include <boost/asio/post.hpp>
#include <chrono>
#include <utility>

#include "core/codec.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace asio = boost::asio;

namespace {

constexpr milliseconds kLeaveRetry{1'000};
constexpr std::uint64_t kStatusToken = ~std::uint64_t{0};  // batches carry their last seq

ReconnectPolicy::Limits reconnect_limits(const Config& config) {
  ReconnectPolicy::Limits limits;
  limits.first = config.uplink.reconnect_first;
  limits.then = config.uplink.reconnect_max;
  limits.attempt_deadline = config.uplink.connect_deadline;
  return limits;
}

}  // namespace

BrokerSession::BrokerSession(asio::io_context& io, Gateway& gateway, Topic topic, Events events)
    : io_(io),
      gateway_(gateway),
      topic_(std::move(topic)),
      events_(std::move(events)),
      random_(random_seed()),
      policy_(reconnect_limits(gateway.config)),
      connect_timer_(io) {}

void BrokerSession::start() {
  open();
  schedule();
}

void BrokerSession::open() {
  const auto& uplink = gateway_.config.uplink;
  LinkOptions options;
  options.host = uplink.host;
  options.port = uplink.port;
  options.client_id = uplink.client_id.empty() ? topic_.org.value + "/" + topic_.store.value : uplink.client_id;
  if (!uplink.plain) options.tls = LinkTls{uplink.ca_file, uplink.cert_file, uplink.key_file};
  options.keepalive = std::chrono::duration_cast<seconds>(uplink.keepalive);
  options.connect_deadline = uplink.connect_deadline;
  link_.emplace(std::move(options), [weak = weak_from_this(), executor = io_.get_executor()](link::Event event) {
    asio::post(executor, [weak, event = std::move(event)]() mutable {
      if (auto self = weak.lock(); self && !self->is_stopped_) self->on(std::move(event));
    });
  });
}

void BrokerSession::schedule() {
  const Duration wait = policy_.next(random_);
  if (has_reported_down_)
    log::info("link", "next attempt", {{"in_ms", std::chrono::duration_cast<milliseconds>(wait).count()}});
  connect_timer_.expires_after(wait);
  connect_timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    if (error) return;
    if (auto self = weak.lock(); self && !self->is_stopped_) self->connect();
  });
}

void BrokerSession::connect() {
  ++n_;
  link::Connect connect;
  connect.will = status_message(false);
  connect.subscribe = {topic_.down_ack()};
  if (!link_->post(std::move(connect))) schedule();
}

Status BrokerSession::status(bool is_online) const {
  const Place place = events_.place();
  Status out;
  out.is_online = is_online;
  out.n = n_;
  out.epoch = place.current.epoch;
  if (!is_online) return out;
  out.software = gateway_.version;
  out.root = place.current;
  out.head = place.head;
  out.clock = gateway_.link.is_clock_confirmed ? ClockState::confirmed : ClockState::unconfirmed;
  out.config_hash = gateway_.config_hash;
  out.now = utc_now();
  return out;
}

link::Message BrokerSession::status_message(bool is_online) const {
  auto encoded = encode(status(is_online));
  link::Message message;
  message.topic = topic_.status();
  message.payload = std::move(encoded.bytes);
  message.content_type = std::move(encoded.content_type);
  message.is_retained = true;
  return message;
}

void BrokerSession::on(link::Event event) {
  if (std::holds_alternative<link::Up>(event)) return on_up();
  if (auto* down = std::get_if<link::Down>(&event)) return on_down(down->reason);
  if (auto* received = std::get_if<link::Received>(&event)) return events_.received(std::move(received->message));
  if (auto* published = std::get_if<link::Published>(&event)) {
    if (published->has_no_subscribers && !is_nobody_listening_)
      log::warn("link", "the broker has it, but nobody is listening at head office; changes wait here");
    is_nobody_listening_ = published->has_no_subscribers;
    return;
  }
  if (auto* failed = std::get_if<link::PublishFailed>(&event)) {
    if (failed->token == kStatusToken) leave();
    log::warn_limited("publish-failed", seconds(60), "link", "the broker refused a message; it is sent again",
                      {{"reason", std::string_view(failed->reason)}});
  }
}

// Sessions that only ask whether head office is back are told like any other: the line itself comes and goes with them.
void BrokerSession::tell(bool is_online) {
  if (gateway_.link.is_online == is_online) return;
  gateway_.link.is_online = is_online;
  gateway_.notices.say("link", "link", is_online ? R"({"head_office":"online"})" : R"({"head_office":"offline"})");
}

void BrokerSession::on_up() {
  is_up_ = true;
  tell(true);
  gateway_.link.since = utc_now();
  gateway_.link.reason.clear();
  has_reported_down_ = false;
  // One line per change of state: the sessions that only ask whether head office is back are none.
  if (!gateway_.link.is_silent)
    log::info("link", "connected to the broker", {{"host", std::string_view(gateway_.config.uplink.host)}, {"session", n_}});
  link::Publish publish;
  publish.message = status_message(true);
  publish.token = kStatusToken;
  if (!link_->post(std::move(publish))) return leave();  // without it head office takes us for offline
  events_.up();
}

void BrokerSession::on_down(const std::string& reason) {
  const bool is_asking = is_up_ && gateway_.link.is_silent;
  if (!is_asking && (is_up_ || !has_reported_down_ || reason != gateway_.link.reason)) {
    log::warn("link",
              is_up_ ? "connection lost; changes wait here and are sent later"
                     : "cannot connect; changes wait here and are sent later",
              {{"reason", std::string_view(reason)}});
    has_reported_down_ = true;
  }
  if (is_up_ || !gateway_.link.since) gateway_.link.since = utc_now();
  tell(false);
  gateway_.link.reason = reason;
  if (is_up_) {
    is_up_ = false;
    events_.down();
  }
  schedule();
}

void BrokerSession::leave() {
  if (!is_up_ || link_->post(link::Disconnect{})) return;
  auto timer = std::make_shared<asio::steady_timer>(io_, kLeaveRetry);
  timer->async_wait([timer, weak = weak_from_this()](boost::system::error_code error) {
    if (error) return;
    if (auto self = weak.lock(); self && !self->is_stopped_) self->leave();
  });
}

Duration BrokerSession::stuck_for() const {
  return Duration(std::chrono::steady_clock::now().time_since_epoch().count() - link_->last_turn());
}

void BrokerSession::stop() {
  if (is_stopped_) return;
  if (link_ && is_up_) {
    link::Publish publish;
    publish.message = status_message(false);
    if (link_->post(std::move(publish)) && link_->post(link::Disconnect{})) log::info("link", "said goodbye to the broker");
  }
  is_stopped_ = true;
  connect_timer_.cancel();
  link_.reset();  // at most 2 s
}

}  // namespace tillgate
