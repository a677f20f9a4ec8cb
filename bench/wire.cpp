// bench_wire: bare ends of the wire, to know what MQTT alone costs. Connected as <port> <ca> <cert> <key> <client id>;
// "-" for the three files: plain.
//   bench_wire send <connection> <topic> <batches>      publishes each batch of the file, one message each
//   bench_wire pack <connection> <topic> <batches>      the same, but each is compressed when its turn comes, as a sender has to
//   bench_wire each <connection> <topic> <batches>      publishes each change of the file, one message each
//   bench_wire count <connection> <topic> <messages>    receives that many
//   bench_wire ack <connection> <org> <store> <changes> acknowledges batches as head office does, without keeping anything
// The senders tell when the broker has the last one, the receivers when they have it. "ready" on stderr once connected; one
// line of JSON on stdout at the end: {startMs, endMs, messages, bytes}, in milliseconds since 1970.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>

#include "bench/batch_file.hpp"
#include "core/codec.hpp"
#include "core/mailbox.hpp"
#include "drivers/mqtt/link.hpp"
#include "service/clock.hpp"

namespace tillgate::bench {
namespace {

constexpr std::size_t kInFlight = 100;  // what paho does best with
constexpr seconds kPatience{300};

class Wire {
 public:
  // `subscribe` empty: only sends.
  Wire(char** args, const std::string& subscribe)
      : link_(options_from(args), [this](link::Event event) { told(std::move(event)); }) {
    link::Connect connect;
    if (!subscribe.empty()) connect.subscribe = {subscribe};
    while (true) {  // the broker may not be there yet; a bare client simply tries again
      if (!link_.post(connect)) throw std::runtime_error("the link takes no order");
      if (std::holds_alternative<link::Up>(next())) break;
    }
    std::fputs("ready\n", stderr);
  }
  link::Event next() {
    auto taken = events_.take(1, Duration(kPatience));
    if (taken.empty()) throw std::runtime_error("nothing happened for five minutes");
    return std::move(taken.front());
  }
  void publish(std::string topic, std::string payload, std::string encoding) {
    link::Publish publish;
    publish.message.topic = std::move(topic);
    publish.message.payload = std::move(payload);
    publish.message.content_encoding = std::move(encoding);
    if (!link_.post(std::move(publish))) throw std::runtime_error("the link's queue is full");
  }

 private:
  static LinkOptions options_from(char** args) {
    LinkOptions options;
    options.host = "127.0.0.1";
    options.port = std::atoi(args[0]);
    if (std::string(args[1]) != "-") options.tls = LinkTls{args[1], args[2], args[3]};
    options.client_id = args[4];
    options.in_flight_max = kInFlight;
    options.queue_max = 4096;
    return options;
  }
  void told(link::Event event) {
    if (!events_.push(std::move(event))) std::fputs("bench_wire: too slow for its own link\n", stderr), std::_Exit(1);
  }
  Mailbox<link::Event> events_{1'000'000};
  Link link_;
};

struct Tally {
  std::int64_t start_ms = 0, messages = 0, bytes = 0;
  void begin() {
    if (start_ms == 0) start_ms = ms_of(utc_now());
  }
  void add(std::size_t size) {
    ++messages;
    bytes += static_cast<std::int64_t>(size);
  }
  void print() const {
    std::printf("{\"startMs\":%lld,\"endMs\":%lld,\"messages\":%lld,\"bytes\":%lld}\n", static_cast<long long>(start_ms),
                static_cast<long long>(ms_of(utc_now())), static_cast<long long>(messages), static_cast<long long>(bytes));
  }
};

// One message: its bytes, or a batch that still has to become bytes.
struct Load {
  std::string bytes, encoding;
  std::optional<UpBatch> batch;
};

std::vector<Load> loads_of(const std::string& file, const std::string& how) {
  std::vector<Load> loads;
  for (auto& bytes : batches_in(file)) {
    if (how == "send") {
      loads.push_back({std::move(bytes), "zstd", std::nullopt});
      continue;
    }
    auto batch = decode_up_batch(bytes, "zstd");
    auto changes = batch ? split(*batch) : Result<std::vector<ChangeLines>>(fail(batch.error()));
    if (!changes) throw std::runtime_error(changes.error().what);
    if (how == "pack") {
      loads.push_back({"", "", std::move(*batch)});
      continue;
    }
    for (const auto& change : *changes)
      loads.push_back({std::string(change.envelope) + "\n" + std::string(*change.payload), "", std::nullopt});
  }
  return loads;
}

void send(char** args, const std::string& how) {
  auto loads = loads_of(args[6], how);
  Wire wire(args, "");
  Tally tally;
  tally.begin();
  std::size_t sent = 0, done = 0;
  while (done < loads.size()) {
    for (; sent < loads.size() && sent - done < 2 * kInFlight; ++sent) {
      Load& load = loads[sent];
      if (load.batch) {
        Encoded encoded = encode(*load.batch);
        load.bytes = std::move(encoded.bytes);
        load.encoding = std::move(encoded.content_encoding);
      }
      tally.add(load.bytes.size());
      wire.publish(args[5], std::move(load.bytes), load.encoding);
    }
    const link::Event event = wire.next();
    if (!std::holds_alternative<link::Published>(event)) throw std::runtime_error("the broker did not take a message");
    ++done;
  }
  tally.print();
}

void count(char** args) {
  const std::int64_t wanted = std::atoll(args[6]);
  Wire wire(args, args[5]);
  Tally tally;
  while (tally.messages < wanted) {
    const link::Event event = wire.next();
    const auto* received = std::get_if<link::Received>(&event);
    if (!received) throw std::runtime_error("the line fell");
    tally.begin();
    tally.add(received->message.payload.size());
  }
  tally.print();
}

void acknowledge(char** args) {
  Topic topic;
  topic.org = OrgId{args[5]};
  topic.store = StoreId{args[6]};
  const Seq wanted = std::atoll(args[7]);
  Wire wire(args, topic.up_batch());
  std::array<std::uint8_t, 16> bits{};
  fill_random(bits);
  const HoEpoch ho_epoch(uuid_v4(bits));
  Tally tally;
  Ack ack;
  while (!ack.upto || ack.upto->seq < wanted) {
    link::Event event = wire.next();
    auto* received = std::get_if<link::Received>(&event);
    if (!received) continue;
    tally.begin();
    tally.add(received->message.payload.size());
    auto batch = decode_up_batch(received->message.payload, received->message.content_encoding);
    if (!batch) throw std::runtime_error(batch.error().what);
    ack.store = topic.store;
    ack.epoch = batch->header.epoch;
    ack.ho_epoch = ho_epoch;
    ack.upto = Position{batch->header.last, batch->header.digest};
    ack.now = utc_now();
    wire.publish(topic.down_ack(), encode(ack).bytes, "");
  }
  tally.print();
}

}  // namespace
}  // namespace tillgate::bench

int main(int argc, char** args) {
  const std::string what = argc > 1 ? args[1] : "";
  try {
    using namespace tillgate::bench;
    if ((what == "send" || what == "pack" || what == "each") && argc == 9) return send(args + 2, what), 0;
    if (what == "count" && argc == 9) return count(args + 2), 0;
    if (what == "ack" && argc == 10) return acknowledge(args + 2), 0;
    std::fputs("bench_wire send|pack|each|count|ack ...; see the source\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_wire: %s\n", error.what());
    return 1;
  }
}
