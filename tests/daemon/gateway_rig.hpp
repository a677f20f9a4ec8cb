// A gateway without sockets: a real store in a fresh folder, the real routes, requests as values.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include "core/bytes.hpp"
#include "daemon/admin_api.hpp"
#include "daemon/audit_api.hpp"
#include "daemon/auth.hpp"
#include "daemon/events_api.hpp"
#include "daemon/gateway.hpp"
#include "daemon/gateway_metrics.hpp"
#include "daemon/legacy_api.hpp"
#include "daemon/openapi_api.hpp"
#include "daemon/order_api.hpp"
#include "daemon/retention.hpp"
#include "daemon/scrubbing.hpp"
#include "daemon/backups.hpp"
#include "daemon/batch_api.hpp"
#include "daemon/consent_api.hpp"
#include "daemon/export_api.hpp"
#include "daemon/history_api.hpp"
#include "daemon/identify_api.hpp"
#include "daemon/look_alikes.hpp"
#include "daemon/import_api.hpp"
#include "daemon/search_api.hpp"
#include "daemon/search_index_api.hpp"
#include "daemon/person_api.hpp"
#include "daemon/subject_api.hpp"
#include "daemon/terminal_api.hpp"
#include "service/clock.hpp"

namespace tillgate::test {

// Made once per test, removed at its end.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "tillgate-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no scratch folder");
    path_ = pattern;
  }
  ~ScratchFolder() { std::filesystem::remove_all(path_); }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::string token_of(Role role) { return "token-of-" + std::string(name_of(role)); }

inline Config config_with_every_role(const std::filesystem::path& folder) {
  Config config;
  config.store.org.value = "acme";
  config.store.id.value = "s1";
  config.store.data_dir = folder;
  config.store.runtime_dir = folder;
  config.uplink.host = "127.0.0.1";
  for (Role role : {Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service}) {
    Config::Terminal terminal;
    terminal.id = std::string(name_of(role)) + "-1";
    terminal.role = role;
    terminal.token_hash = hash_of(token_of(role)).text();
    config.terminals.push_back(std::move(terminal));
  }
  return config;
}

inline StoreOptions store_options(const Config& config) {
  StoreOptions options;
  options.file = config.store.data_dir / "tillgate.db";
  options.store = config.store.id;
  options.keys.id = "k1";
  options.keys.pii.fill(1);
  options.keys.index.fill(2);
  options.read_clock = [] { return clock_now(); };
  options.fill_random = [](std::span<std::uint8_t> out) { fill_random(out); };
  options.sale_rules = config.sales;
  options.day_of = [](Timestamp at) { return local_day(at); };
  options.on_fault = [](const Error& error) { ADD_FAILURE() << error.what << " " << error.detail; };
  return options;
}

struct Call {
  std::string method = "GET";
  std::string path;
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // lower case
  std::vector<std::pair<std::string, std::string>> query;
};

inline Config changed(Config config, const std::function<void(Config&)>& change) {
  change(config);
  return config;
}

class GatewayRig {
 public:
  // `change`: of the config, before anything is built on it.
  explicit GatewayRig(const std::function<void(Config&)>& change = [](Config&) {})
      : config_(changed(config_with_every_role(folder_.path()), change)), auth_(config_), io_(1), router_([this](const HttpRequest& request) { return auth_.identify(request); }) {
    auto opened = Store::open(store_options(config_));
    if (!opened) throw std::runtime_error(opened.error().what + " " + opened.error().detail);
    store_ = std::move(*opened);
    gateway_.emplace(Gateway{.config = config_, .store = *store_, .metrics = metrics_, .started_at = utc_now(), .started_mono = mono_now(), .version = "test", .config_hash = "0", .is_ready = true, .link = {}});
    gateway_->link.is_configured = true;
    add_gateway_metrics(metrics_, *gateway_);
    add_terminal_api(router_, *gateway_);
    add_batch_api(router_, *gateway_);
    add_search_api(router_, *gateway_);
    add_search_index_api(router_, *gateway_);
    add_person_api(router_, *gateway_);
    add_history_api(router_, *gateway_);
    add_consent_api(router_, *gateway_);
    add_order_api(router_, *gateway_);
    add_look_alike_api(router_, *gateway_);
    add_identify_api(router_, *gateway_);
    add_audit_api(router_, *gateway_);
    add_retention_api(router_, *gateway_);
    add_legacy_api(router_, *gateway_);
    add_admin_api(router_, *gateway_);
    add_openapi_api(router_);
    events_.emplace(io_, *gateway_);
    add_events_api(router_, *gateway_, *events_);
    scrubbing_.emplace(io_, *gateway_);
    add_scrub_api(router_, *gateway_, *scrubbing_);
    backups_.emplace(io_, *gateway_);
    add_backup_api(router_, *gateway_, *backups_);
    importing_.emplace(io_, *gateway_);
    importing_->start();
    add_import_api(router_, *gateway_, *importing_);
    add_export_api(router_, *gateway_, exporting_);
    add_subject_api(router_, *gateway_);
  }

  [[nodiscard]] HttpResponse send(const Call& call, std::optional<Role> as = Role::staff) {
    HttpRequest request;
    request.method = call.method;
    request.target = request.path = call.path;
    request.headers = call.headers;
    request.query = call.query;
    request.body = call.body;
    request.peer = "127.0.0.1";
    request.correlation_id = "test";
    if (as) request.headers.emplace_back("authorization", "Bearer " + token_of(*as));
    if (!call.body.empty() && !request.header("content-type")) request.headers.emplace_back("content-type", "application/json");
    std::optional<HttpResponse> response;
    boost::asio::co_spawn(
        io_, [&]() -> boost::asio::awaitable<void> { response = co_await router_.handle(request); }, boost::asio::detached);
    io_.restart();
    io_.run();
    return response.value();
  }

  [[nodiscard]] Backups& backups() { return *backups_; }

  [[nodiscard]] HttpResponse create(const std::string& body, const std::string& key, std::optional<Role> as = Role::staff) {
    return send({"POST", "/api/v1/customers", body, {{"idempotency-key", key}}, {}}, as);
  }
  [[nodiscard]] HttpResponse patch(const std::string& id, const std::string& body, const std::string& key, const std::string& etag, std::optional<Role> as = Role::staff) {
    return send({"PATCH", "/api/v1/customers/" + id, body, {{"idempotency-key", key}, {"if-match", etag}}, {}}, as);
  }

  // The next piece of a stream, waited for.
  [[nodiscard]] std::string next(HttpStream& stream) {
    std::optional<std::string> piece;
    boost::asio::co_spawn(
        io_, [&]() -> boost::asio::awaitable<void> { piece = co_await stream.next(); }, boost::asio::detached);
    io_.restart();
    while (!piece) io_.run_one();
    return std::move(*piece);
  }

  // Whatever is due on the logic thread, now and within a moment.
  void turn() {
    io_.restart();
    io_.run_for(std::chrono::milliseconds(10));
  }

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_.path(); }
  [[nodiscard]] boost::asio::io_context& io() { return io_; }
  [[nodiscard]] Importing& importing() { return *importing_; }
  [[nodiscard]] Exporting& exporting() { return exporting_; }
  [[nodiscard]] Gateway& gateway() { return *gateway_; }
  [[nodiscard]] const Router& router() const { return router_; }

 private:
  ScratchFolder folder_;
  Config config_;
  Auth auth_;
  boost::asio::io_context io_;
  Router router_;
  Metrics metrics_;
  std::unique_ptr<Store> store_;
  std::optional<Gateway> gateway_;
  std::optional<Scrubbing> scrubbing_;
  std::optional<Backups> backups_;
  std::optional<LiveEvents> events_;
  std::optional<Importing> importing_;
  Exporting exporting_;
};

inline boost::json::object json_of(const HttpResponse& response) { return boost::json::parse(response.body).as_object(); }
// Of a customer that was created, changed or shown.
inline std::string id_of(const HttpResponse& response) { return std::string(json_of(response).at("customer").at("id").as_string()); }
inline std::string header_of(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return {};
}

}  // namespace tillgate::test
