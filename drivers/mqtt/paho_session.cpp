#include "drivers/mqtt/paho_session.hpp"

#include <mqtt/async_client.h>

#include <algorithm>
#include <limits>

#include "drivers/mqtt/diagnose.hpp"
#include "drivers/mqtt/reasons.hpp"

namespace tillgate::link {
namespace {

constexpr std::size_t property_bytes_max = 65535;  // MQTT counts them with 16 bits
constexpr std::size_t user_properties_max = 32;
constexpr const char* encoding_name = "content-encoding";

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

mqtt::properties to_properties(const Message& message) {
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

Message from_paho(const mqtt::message& arrived) {
  Message message;
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

// paho's two threads end with the last client object and take 1.2 s over it, and a connect during that time is a race. One idle
// client that is never connected and never destroyed keeps them, so destroying an attempt is quick and safe.
void keep_paho_running() {
  // volatile: the pointer must really be stored, or a leak checker sees nobody who holds the client.
  static auto* const volatile idle = new mqtt::async_client("tcp://localhost", "idle", mqtt::create_options(MQTTVERSION_5));
  (void)idle;
}

}  // namespace

std::string fault_of(const Message& message) {
  if (message.topic.empty() || message.topic.size() > property_bytes_max) return "the topic is empty or too long";
  if (message.topic.find_first_of(std::string_view("#+\0", 3)) != std::string::npos)
    return "the topic holds a wildcard or a zero byte";
  if (message.payload.size() + message.topic.size() + 1024 > kPacketBytesMax) return "the payload is larger than allowed";
  std::size_t bytes = message.content_type.size() + message.content_encoding.size();
  for (const auto& [name, value] : message.user_properties) bytes += name.size() + value.size();
  if (bytes > property_bytes_max || message.user_properties.size() > user_properties_max) return "too many properties";
  return {};
}

struct PahoSession::Parts {
  Parts(Inbox& told, std::size_t count)
      : inbox(told), on_connect(told, Deed::connect, 0), on_subscribe(told, Deed::subscribe, 0) {
    for (std::size_t i = 0; i < count; ++i) slots.push_back(std::make_unique<Listener>(told, Deed::publish, i));
  }
  std::string connect(const LinkOptions& options, const std::optional<Message>& will);

  Inbox& inbox;
  std::uint64_t attempt = 0;
  Listener on_connect, on_subscribe;
  std::vector<std::unique_ptr<Listener>> slots;
  mqtt::token_ptr subscription;
  std::unique_ptr<mqtt::async_client> client;  // after the listeners: it calls them while it is destroyed
};

PahoSession::PahoSession(Inbox& inbox, std::size_t slots) : parts_(std::make_unique<Parts>(inbox, slots)) {}
PahoSession::~PahoSession() = default;

std::string PahoSession::connect(const LinkOptions& options, const std::optional<Message>& will, std::uint64_t attempt) {
  parts_->attempt = attempt;
  return parts_->connect(options, will);
}

std::string PahoSession::Parts::connect(const LinkOptions& options, const std::optional<Message>& will) {
  const bool is_bare_v6 = options.host.find(':') != std::string::npos;
  const std::string host = is_bare_v6 ? "[" + options.host + "]" : options.host;
  const std::string uri = (options.tls ? "ssl://" : "tcp://") + host + ":" + std::to_string(options.port);
  try {
    keep_paho_running();
    mqtt::create_options creation(MQTTVERSION_5);
    creation.set_max_buffered_messages(static_cast<int>(slots.size()) + 8);
    client = std::make_unique<mqtt::async_client>(uri, options.client_id, creation);

    client->set_message_callback([box = &inbox, attempt = attempt](mqtt::const_message_ptr arrived) noexcept {
      try {
        const std::size_t bytes = arrived->get_payload_str().size();
        if (bytes > kPacketBytesMax) {
          box->is_oversize = true;
          return;
        }
        const bool has_room = ++box->arrivals <= kArrivalsMax;
        if ((box->arrival_bytes += bytes) <= kArrivalBytesMax && has_room) {
          if (box->items.push(Arrived{attempt, from_paho(*arrived)})) return;
        }
        --box->arrivals;
        box->arrival_bytes -= bytes;
        box->is_overrun = true;
      } catch (...) {
        box->is_overrun = true;
      }
    });
    client->set_connection_lost_handler([box = &inbox, attempt = attempt](const std::string&) noexcept {
      box->note(Lost{attempt, 0});
    });
    client->set_disconnected_handler(
        [box = &inbox, attempt = attempt](const mqtt::properties&, mqtt::ReasonCode code) noexcept {
          box->note(Lost{attempt, static_cast<int>(code)});
        });

    mqtt::connect_options_builder how;
    how.mqtt_version(MQTTVERSION_5).clean_start(true).automatic_reconnect(false);
    how.keep_alive_interval(options.keepalive).connect_timeout(std::chrono::ceil<seconds>(options.connect_deadline));
    how.max_inflight(static_cast<int>(slots.size()));
    how.properties(mqtt::properties{
        {mqtt::property::SESSION_EXPIRY_INTERVAL, 0},
        {mqtt::property::MAXIMUM_PACKET_SIZE, static_cast<std::int32_t>(kPacketBytesMax)},
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
    if (will) {
      const Message& last = *will;
      how.will(mqtt::will_options(last.topic, mqtt::binary_ref(last.payload), 1, last.is_retained, to_properties(last)));
    }
    on_connect.start(attempt);
    (void)client->connect(how.finalize(), nullptr, on_connect);
  } catch (const std::exception& error) {
    return std::string("the MQTT client could not be started: ") + error.what();
  }
  return {};
}

std::string PahoSession::subscribe(const std::vector<std::string>& topics) {
  try {
    parts_->on_subscribe.start(parts_->attempt);
    auto collection = mqtt::string_collection::create(topics);
    const mqtt::iasync_client::qos_collection levels(topics.size(), 1);
    parts_->subscription = parts_->client->subscribe(collection, levels, nullptr, parts_->on_subscribe);
  } catch (const std::exception& error) {
    return std::string("the subscription could not be sent: ") + error.what();
  }
  return {};
}

std::string PahoSession::refused_of(const std::vector<std::string>& topics) const {
  int refused = 0;
  std::size_t answers = 0;
  try {
    const auto codes = parts_->subscription->get_subscribe_response().get_reason_codes();
    answers = codes.size();
    for (const mqtt::ReasonCode code : codes)
      if (is_refusal(code)) refused = code;
  } catch (const mqtt::exception& error) {
    refused = error.get_reason_code();
  }
  if (refused != 0) return "subscription refused: " + std::string(words_for_reason(refused));
  if (answers != topics.size()) return "subscription refused: the broker did not answer for every topic";
  return {};
}

std::string PahoSession::publish(std::size_t slot, const Message& message) {
  try {
    Listener& listener = *parts_->slots[slot];
    listener.start(parts_->attempt);
    auto made = mqtt::message::create(message.topic, message.payload.data(), message.payload.size(), 1, message.is_retained,
                                      to_properties(message));
    (void)parts_->client->publish(made, nullptr, listener);
  } catch (const std::exception& error) {
    return std::string("it could not be sent: ") + error.what();
  }
  return {};
}

void PahoSession::close() {
  parts_->client.reset();
  parts_->subscription.reset();
}

}  // namespace tillgate::link
