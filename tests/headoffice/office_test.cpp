// The whole process in one thread, between a real broker and a real PostgreSQL; the store is played by a bare link.
#include "headoffice/office.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>

#include "core/bytes.hpp"
#include "drivers/mqtt/link.hpp"
#include "headoffice/cli.hpp"
#include "service/http_client.hpp"
#include "tests/drivers/broker.hpp"
#include "tests/headoffice/postgres.hpp"
#include "tests/headoffice/virtual_store.hpp"

namespace tillgate::test {
namespace {

constexpr const char* kToken = "let me in";

class RunningOffice {
 public:
  RunningOffice(const std::string& database, int broker_port) {
    config_.database = Postgres::instance().conninfo(database);
    config_.broker.port = static_cast<std::uint16_t>(broker_port);
    config_.broker.plain = true;
    config_.http.port = static_cast<std::uint16_t>(free_port());
    config_.http.token_hash = hash_of(kToken).text();
    config_.reconnect = {milliseconds(50), milliseconds(100)};
    thread_ = std::thread([this] {
      Office office(config_, "0.0.0");
      exit_code_ = office.run();
    });
  }
  ~RunningOffice() { stop(); }
  int stop() {
    if (!thread_.joinable()) return exit_code_;
    kill(getpid(), SIGTERM);  // as systemd would
    thread_.join();
    return exit_code_;
  }
  [[nodiscard]] Result<HttpResponse> get(const std::string& target, bool with_token = true) const {
    HttpEndpoint to;
    to.host = "127.0.0.1";
    to.port = config_.http.port;
    HttpRequest request;
    request.method = "GET";
    request.target = target;
    if (with_token) request.headers = {{"authorization", std::string("Bearer ") + kToken}};
    return http_call_blocking(to, request, seconds(20));
  }
  [[nodiscard]] int status_of(const std::string& target, bool with_token = true) const {
    const auto response = get(target, with_token);
    return response ? response->status : 0;
  }
  [[nodiscard]] const OfficeConfig& config() const { return config_; }

 private:
  OfficeConfig config_;
  int exit_code_ = -1;
  std::thread thread_;
};

// A store's end of the wire.
class StoreLink {
 public:
  StoreLink(int broker_port, const VirtualStore& store) {
    topic_.org = store.key().org;
    topic_.store = store.key().store;
    LinkOptions options;
    options.host = "127.0.0.1";
    options.port = broker_port;
    options.client_id = "store-link";
    link_.emplace(std::move(options), [this](link::Event event) {
      std::lock_guard lock(mutex_);
      if (std::holds_alternative<link::Up>(event)) is_up_ = true;
      if (const auto* received = std::get_if<link::Received>(&event)) {
        if (auto ack = decode_ack(received->message.payload)) acks_.push_back(std::move(*ack));
      }
    });
    link::Connect connect;
    connect.subscribe = {topic_.down_ack()};
    EXPECT_TRUE(link_->post(std::move(connect)));
    EXPECT_TRUE(eventually([&] {
      std::lock_guard lock(mutex_);
      return is_up_;
    }));
  }
  void send(const std::string& topic, const Encoded& encoded, bool is_retained) {
    link::Publish publish;
    publish.message.topic = topic;
    publish.message.payload = encoded.bytes;
    publish.message.content_type = encoded.content_type;
    publish.message.content_encoding = encoded.content_encoding;
    publish.message.is_retained = is_retained;
    EXPECT_TRUE(link_->post(std::move(publish)));
  }
  void send(const UpBatch& batch) { send(topic_.up_batch(), encode(batch), false); }
  void send(const Status& status) { send(topic_.status(), encode(status), true); }
  [[nodiscard]] std::size_t ack_count() const {
    std::lock_guard lock(mutex_);
    return acks_.size();
  }
  [[nodiscard]] bool has_acked(const Position& upto) const {
    std::lock_guard lock(mutex_);
    for (const Ack& ack : acks_)
      if (ack.upto == upto && !ack.has_gap) return true;
    return false;
  }

 private:
  Topic topic_;
  mutable std::mutex mutex_;
  bool is_up_ = false;
  std::vector<Ack> acks_;
  std::optional<Link> link_;
};

VirtualStore store_with(int changes) {
  VirtualStore store("acme", "store-1", 5);
  for (int i = 0; i < changes; ++i) store.write(store.new_customer(), {{Field::first_name, "Ada"}});
  return store;
}

TEST(Office, ReceivesOverARealBrokerAndShowsTheFleet) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  const std::string database = Postgres::instance().create_database();
  RunningOffice office(database, broker.port());
  ASSERT_TRUE(eventually([&] { return office.status_of("/ready", false) == 200; }));
  EXPECT_EQ(office.status_of("/live", false), 200);

  VirtualStore store = store_with(40);  // more than a kilobyte: packed
  StoreLink link(broker.port(), store);
  link.send(store.connect());
  ASSERT_TRUE(eventually([&] { return link.ack_count() >= 1; }));  // this is how a session begins
  link.send(store.batch(1, 30));
  ASSERT_TRUE(eventually([&] { return link.has_acked(store.position(30)); }));
  EXPECT_EQ(Postgres::instance().value(database, "SELECT count(*) FROM hq.changes"), "30");

  const auto stores = office.get("/api/v1/stores");
  ASSERT_TRUE(stores && stores->status == 200);
  EXPECT_NE(stores->body.find("\"lag\":10"), std::string::npos) << stores->body;
  EXPECT_EQ(office.status_of("/api/v1/stores/acme/store-1"), 200);
  EXPECT_EQ(office.status_of("/api/v1/stores/acme/store-2"), 404);
  EXPECT_EQ(office.status_of("/api/v1/incidents?org=acme"), 200);
  EXPECT_EQ(office.status_of("/api/v1/incidents?limit=0"), 422);
  const auto metrics = office.get("/metrics");
  ASSERT_TRUE(metrics && metrics->status == 200);
  EXPECT_NE(metrics->body.find("tillgate_hq_changes_total{state=\"applied\"} 30"), std::string::npos) << metrics->body;
  for (const char* closed : {"/metrics", "/api/v1/stores", "/api/v1/stores/acme/store-1", "/api/v1/incidents", "/api/v1/parked"})
    EXPECT_EQ(office.status_of(closed, false), 401) << closed;
  EXPECT_EQ(office.stop(), 0);
}

TEST(Office, FindsItsStoresAgainAfterTheBrokerForgotEverything) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  RunningOffice office(Postgres::instance().create_database(), broker.port());
  ASSERT_TRUE(eventually([&] { return office.status_of("/ready", false) == 200; }));
  VirtualStore store = store_with(4);
  {
    StoreLink link(broker.port(), store);
    link.send(store.connect());
    link.send(store.batch(1, 2));
    ASSERT_TRUE(eventually([&] { return link.has_acked(store.position(2)); }));
  }
  broker.restart();
  ASSERT_TRUE(eventually([&] { return office.status_of("/ready", false) == 200; }));
  StoreLink link(broker.port(), store);
  link.send(store.connect());
  ASSERT_TRUE(eventually([&] { return link.has_acked(store.position(2)); }));
  link.send(store.batch(3, 4));
  EXPECT_TRUE(eventually([&] { return link.has_acked(store.head()); }));
}

TEST(Office, SaysNotReadyWhilePostgreSqlIsAway) {
  SKIP_WITHOUT_BROKER();
  BrokerProcess broker;
  RunningOffice office("never_created", broker.port());
  ASSERT_TRUE(eventually([&] { return office.status_of("/live", false) == 200; }));
  EXPECT_EQ(office.status_of("/ready", false), 503);
  EXPECT_EQ(office.status_of("/api/v1/stores"), 503);
  EXPECT_EQ(office.stop(), 0);
}

int cli(std::vector<const char*> words) {
  words.insert(words.begin(), "tillgate-hq");
  return run_office_cli(static_cast<int>(words.size()), words.data());
}

TEST(OfficeCli, ExitCodesSayWhatWentWrong) {
  Scratch scratch;
  const std::string good =
      scratch.write("good.yaml", "database: '" + Postgres::instance().conninfo(Postgres::instance().create_database()) + "'\n");
  const std::string away = scratch.write("away.yaml", "database: postgresql://nobody@127.0.0.1:1/none\n");
  const std::string wrong = scratch.write("wrong.yaml", "databse: x\n");
  EXPECT_EQ(cli({"--version"}), 0);
  EXPECT_EQ(cli({"--help"}), 0);
  EXPECT_EQ(cli({}), 2);
  EXPECT_EQ(cli({"dance"}), 2);
  EXPECT_EQ(cli({"serve", "--check-config", "--config", good.c_str()}), 0);
  EXPECT_EQ(cli({"serve", "--check-config", "--config", wrong.c_str()}), 78);
  EXPECT_EQ(cli({"stores", "--config", away.c_str()}), 69);
  EXPECT_EQ(cli({"migrate", "--config", good.c_str()}), 0);
  EXPECT_EQ(cli({"stores", "--config", good.c_str()}), 0);
  EXPECT_EQ(cli({"stores", "--json", "--config", good.c_str()}), 0);
  EXPECT_EQ(cli({"incidents", "--config", good.c_str()}), 0);
}

}  // namespace
}  // namespace tillgate::test
