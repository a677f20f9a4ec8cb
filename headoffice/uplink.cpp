#include "headoffice/uplink.hpp"

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <optional>

#include "core/backoff.hpp"
#include "core/codec.hpp"
#include "drivers/mqtt/link.hpp"
#include "headoffice/exit_codes.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace asio = boost::asio;

namespace {

constexpr seconds kAckExpiry = std::chrono::minutes(10);
constexpr std::size_t kMessageBytesMax = kUnpackedBytesMax;  // larger ones are not even looked at
constexpr Duration kWatchEvery = seconds(5);
constexpr Duration kStuckAlert = seconds(60), kStuckMax = seconds(180);

ReconnectPolicy::Limits limits_of(const OfficeConfig& config) {
  ReconnectPolicy::Limits limits;
  limits.first = config.reconnect.first;
  limits.then = config.reconnect.max;
  return limits;
}

std::string group_topic(const std::string& root) {
  return "$share/headoffice/" + root + "/+/+/up/batch";
}

}  // namespace

struct Uplink::Parts : std::enable_shared_from_this<Uplink::Parts> {
  Parts(asio::io_context& context, const OfficeConfig& settings, Intake& to, Metrics& metrics,
        std::function<void(int, std::string)> on_give_up)
      : io(context),
        config(settings),
        intake(to),
        give_up(std::move(on_give_up)),
        connect_timer(io),
        watch_timer(io),
        random(random_seed()),
        policy(limits_of(settings)),
        acks_dropped(
            metrics.counter("tillgate_hq_acks_dropped_total", "Acks that found no open link; a new session asks again")),
        sessions(metrics.counter("tillgate_hq_link_sessions_total", "Connections to the broker")),
        strangers(metrics.counter("tillgate_hq_messages_refused_total",
                                  "Messages on topics or of organisations that are not ours, or too large")) {}

  void open() {
    LinkOptions options;
    options.host = config.broker.host;
    options.port = config.broker.port;
    options.client_id = config.broker.client_id;
    if (!config.broker.plain) options.tls = LinkTls{config.broker.ca_file, config.broker.cert_file, config.broker.key_file};
    options.connect_deadline = policy.limits().attempt_deadline;
    options.in_flight_max = 100;
    options.queue_max = 4096;  // an ack for every store at once
    link.emplace(std::move(options), [weak = weak_from_this(), executor = io.get_executor()](link::Event event) {
      asio::post(executor, [weak, event = std::move(event)]() mutable {
        if (auto self = weak.lock(); self && !self->is_stopped) self->on_event(event);
      });
    });
    schedule_connect();
    watch();
  }

  void schedule_connect() {
    connect_timer.expires_after(policy.next(random));
    connect_timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      if (auto self = weak.lock(); !error && self && !self->is_stopped) self->connect();
    });
  }

  void connect() {
    link::Connect connect;
    // Batches are shared among the instances. Statuses go to every one of them, because a shared subscription gets no
    // retained messages.
    connect.subscribe = {group_topic(config.topic_root), config.topic_root + "/+/+/status"};
    if (!link->post(std::move(connect))) schedule_connect();
  }

  void on_event(link::Event& event) {
    if (std::holds_alternative<link::Up>(event)) return on_up();
    if (const auto* down = std::get_if<link::Down>(&event)) return on_down(down->reason);
    if (auto* received = std::get_if<link::Received>(&event)) return on_message(received->message);
    if (std::holds_alternative<link::Published>(event)) return policy.session_was_useful();
    if (const auto* failed = std::get_if<link::PublishFailed>(&event))
      log::warn_limited("publish-failed", seconds(60), "link", "an ack was not taken by the broker; the store asks again",
                        {{"reason", std::string_view(failed->reason)}});
  }

  void on_up() {
    is_up = true;
    reason.clear();
    has_said_down = false;
    sessions.add();
    log::info("link", "connected to the broker", {{"host", std::string_view(config.broker.host)}});
    if (!intake.post_connected()) log::warn("link", "the database thread is too busy to say every position; stores ask again");
  }

  void on_down(const std::string& why) {
    if (is_up || !has_said_down || why != reason)
      log::warn("link",
                is_up ? "connection lost; stores keep their changes until it is back"
                      : "cannot connect; stores keep their changes until it can",
                {{"reason", std::string_view(why)}});
    has_said_down = true;
    is_up = false;
    reason = why;
    schedule_connect();
  }

  void on_message(link::Message& message) {
    const auto topic = Topic::parse(config.topic_root, message.topic);
    const bool is_welcome =
        topic && message.payload.size() <= kMessageBytesMax &&
        (config.orgs.empty() || std::find(config.orgs.begin(), config.orgs.end(), topic->org.value) != config.orgs.end());
    if (!is_welcome) return strangers.add();
    if (topic->rest == "up/batch") {
      // No room: dropped, and its sender sends it again.
      (void)intake.post_batch({topic->org, topic->store}, std::move(message.payload), std::move(message.content_encoding));
    } else if (topic->rest == "status" && !message.payload.empty()) {  // an empty one clears the retained status
      on_status(*topic, message);
    }
  }

  void on_status(const Topic::Parsed& topic, const link::Message& message) {
    auto status = decode_status(message.payload);
    if (!status || (status->is_online && !status->root)) {
      log::warn_limited("bad-status", seconds(60), "link", "a store's status cannot be read; it is ignored",
                        {{"org", std::string_view(topic.org.value)},
                         {"store", std::string_view(topic.store.value)},
                         {"error", status ? std::string_view("it names no root") : std::string_view(status.error().what)}});
      return;
    }
    status->org = topic.org;
    status->store = topic.store;
    if (!intake.post_status(std::move(*status), message.is_retained))
      log::warn_limited("status-full", seconds(60), "link", "too many statuses wait; one was dropped until the next session");
  }

  void publish(const OrgId& org, const Ack& ack) {
    if (!is_up || is_stopped) return acks_dropped.add();
    Topic topic;
    topic.root = config.topic_root;
    topic.org = org;
    topic.store = ack.store;
    auto encoded = encode(ack);
    link::Publish publish;
    publish.message.topic = topic.down_ack();
    publish.message.payload = std::move(encoded.bytes);
    publish.message.content_type = std::move(encoded.content_type);
    publish.message.content_encoding = std::move(encoded.content_encoding);
    publish.message.expiry = kAckExpiry;
    if (!link->post(std::move(publish))) acks_dropped.add();
  }

  // paho can hang inside name resolution or a lock of its own; nothing but a new process helps then.
  void watch() {
    const Duration since = Duration(std::chrono::steady_clock::now().time_since_epoch()) - Duration(link->last_turn());
    if (since > kStuckMax) return give_up(kOfficeExitLink, "the link thread has been stuck for 180 s");
    if (since > kStuckAlert)
      log::warn_limited("link-stuck", seconds(60), "link", "the link thread does not come round; the process ends at 180 s",
                        {{"seconds", std::chrono::duration_cast<seconds>(since).count()}});
    watch_timer.expires_after(kWatchEvery);
    watch_timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      if (auto self = weak.lock(); !error && self && !self->is_stopped) self->watch();
    });
  }

  asio::io_context& io;
  const OfficeConfig config;
  Intake& intake;
  const std::function<void(int, std::string)> give_up;
  asio::steady_timer connect_timer, watch_timer;
  Random random;
  ReconnectPolicy policy;
  Counter& acks_dropped;
  Counter& sessions;
  Counter& strangers;
  std::optional<Link> link;
  std::string reason = "not connected yet";
  bool is_up = false, is_stopped = false, has_said_down = false;
};

Uplink::Uplink(asio::io_context& io, const OfficeConfig& config, Intake& intake, Metrics& metrics,
               std::function<void(int, std::string)> give_up)
    : parts_(std::make_shared<Parts>(io, config, intake, metrics, std::move(give_up))) {}

Uplink::~Uplink() {
  stop();
}

void Uplink::start() {
  parts_->open();
}

void Uplink::stop() {
  if (parts_->is_stopped) return;
  parts_->is_stopped = true;
  parts_->connect_timer.cancel();
  parts_->watch_timer.cancel();
  parts_->link.reset();
}

void Uplink::publish(const OrgId& org, const Ack& ack) {
  parts_->publish(org, ack);
}

Health Uplink::health() const {
  return {parts_->is_up, parts_->is_up ? "connected" : "down", parts_->is_up ? "" : parts_->reason};
}

}  // namespace tillgate
