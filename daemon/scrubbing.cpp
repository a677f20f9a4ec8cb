#include "daemon/scrubbing.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "service/clock.hpp"
#include "service/log.hpp"
#include "store/scrub.hpp"

namespace tillgate {

namespace asio = boost::asio;
namespace json = boost::json;
using asio::awaitable;

namespace {

const Roles kWatchers = Roles::of({Role::administrator, Role::service});
constexpr milliseconds kEvery{std::int64_t{7} * 24 * 3600 * 1000};
constexpr std::chrono::minutes kLookedAt{10};  // how often, and how long after the start for the first time
constexpr milliseconds kRest{20};              // between two steps: the readers are there for the terminals
constexpr milliseconds kRestWhenBusy{1000};

json::object to_json(const ScrubResult& result) {
  json::array findings;
  for (const auto& finding : result.findings) findings.emplace_back(finding);
  return {{"finished_at", to_text(result.finished_at)}, {"changes", result.changes},   {"customers", result.customers}, {"orders", result.orders},
          {"answers", result.answers},                  {"found", result.found},       {"findings", std::move(findings)},
          {"is_structure_checked", result.is_structure_checked}, {"skipped", result.skipped}};
}

// Our own file; one that cannot be read counts as none, and the next scrub writes it anew.
std::optional<ScrubResult> read_result(const std::filesystem::path& file) {
  std::ifstream in(file);
  std::stringstream text;
  text << in.rdbuf();
  json::error_code error;
  const auto value = json::parse(text.str(), error);
  if (error || !value.is_object()) return std::nullopt;
  const auto& object = value.as_object();
  const auto number = [&](const char* name) {
    const auto* found = object.if_contains(name);
    return found != nullptr && found->is_int64() ? found->as_int64() : 0;
  };
  const auto* finished = object.if_contains("finished_at");
  const auto at = finished != nullptr && finished->is_string() ? timestamp_from_text(finished->as_string()) : std::nullopt;
  if (!at) return std::nullopt;
  ScrubResult result;
  result.finished_at = *at;
  result.changes = number("changes");
  result.customers = number("customers");
  result.orders = number("orders");
  result.answers = number("answers");
  result.found = number("found");
  result.skipped = number("skipped");
  if (const auto* structure = object.if_contains("is_structure_checked")) result.is_structure_checked = structure->is_bool() && structure->as_bool();
  if (const auto* findings = object.if_contains("findings"); findings != nullptr && findings->is_array())
    for (const auto& finding : findings->as_array())
      if (finding.is_string()) result.findings.emplace_back(finding.as_string());
  return result;
}

}  // namespace

struct Scrubbing::Parts : std::enable_shared_from_this<Scrubbing::Parts> {
  Parts(asio::io_context& context, Gateway& shared)
      : io(context), gateway(shared), timer(context), file(shared.config.store.data_dir / "scrub.json") {}

  void look() {
    if (is_scrub_due(gateway.scrub.last, utc_now())) begin();
    wait(kLookedAt, [](Parts& self) { self.look(); });
  }

  void begin() {
    if (scrub) return;
    scrub = std::make_shared<Scrub>();
    gateway.scrub.is_running = true;
    log::info("scrub", "reading everything and comparing it with its checksums");
    step();
  }

  void step() {
    gateway.scrub.at = scrub->at();
    gateway.scrub.rows_read = scrub->report().changes + scrub->report().customers + scrub->report().orders + scrub->report().answers;
    ScrubStep query{scrub};
    const bool is_taken = gateway.store.ask(query, [self = shared_from_this()](Result<bool> done) {
      asio::post(self->io, [self, done = std::move(done)] {
        if (self->is_stopped) return;
        if (done && *done) return self->finish();
        self->pause(done ? kRest : kRestWhenBusy);
      });
    });
    if (!is_taken) pause(kRestWhenBusy);
  }

  void pause(Duration rest) {
    auto resting = std::make_shared<asio::steady_timer>(io, rest);
    resting->async_wait([self = shared_from_this(), resting](boost::system::error_code) {
      if (!self->is_stopped) self->step();
    });
  }

  void finish() {
    const ScrubReport& report = scrub->report();
    gateway.scrub.last = ScrubResult{utc_now(), report.changes, report.customers, report.orders, report.answers, report.found, report.skipped, report.is_structure_checked, report.findings};
    gateway.scrub.is_running = false;
    if (report.found == 0)
      log::info("scrub", "everything is as it was written", {{"changes", report.changes}, {"customers", report.customers}});
    else
      log::error("scrub", "damage was found: replace the storage device, restore from head office or a backup", {{"findings", report.found}});
    for (const auto& finding : report.findings) log::error("scrub", finding);
    save();
    scrub.reset();
  }

  // Where it cannot be written, on a full disk for one, the result before stays: its alarm counts until a scrub finds nothing.
  void save() const {
    const std::filesystem::path fresh = file.string() + ".new";
    std::error_code ignored;
    std::ofstream out(fresh, std::ios::trunc);
    out << json::serialize(to_json(*gateway.scrub.last)) << "\n";
    out.close();
    if (!out) {
      std::filesystem::remove(fresh, ignored);
      return log::warn("scrub", "its result cannot be kept; after a restart the one before counts");
    }
    std::filesystem::permissions(fresh, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write, ignored);
    std::filesystem::rename(fresh, file, ignored);
  }

  void wait(Duration rest, std::function<void(Parts&)> then) {
    timer.expires_after(rest);
    timer.async_wait([self = shared_from_this(), then = std::move(then)](boost::system::error_code error) {
      if (!error && !self->is_stopped) then(*self);
    });
  }

  asio::io_context& io;
  Gateway& gateway;
  asio::steady_timer timer;
  const std::filesystem::path file;
  std::shared_ptr<Scrub> scrub;  // while it runs
  bool is_stopped = false;
};

Scrubbing::Scrubbing(asio::io_context& io, Gateway& gateway) : parts_(std::make_shared<Parts>(io, gateway)) {
  gateway.scrub.last = read_result(parts_->file);
}

Scrubbing::~Scrubbing() {
  stop();
}

void Scrubbing::start() {
  parts_->wait(kLookedAt, [](Parts& self) { self.look(); });
}

void Scrubbing::begin() {
  parts_->begin();
}

void Scrubbing::stop() {
  parts_->is_stopped = true;
  parts_->timer.cancel();
}

bool is_scrub_due(const std::optional<ScrubResult>& last, Timestamp now) {
  return !last || last->finished_at > now || now - last->finished_at >= kEvery;
}

void add_scrub_api(Router& router, Gateway& gateway, Scrubbing& scrubbing) {
  const auto answer = [&gateway](int status) {
    json::object body;
    body["is_running"] = gateway.scrub.is_running;
    body["at"] = gateway.scrub.is_running ? json::value(json::string(gateway.scrub.at)) : json::value(nullptr);
    body["rows_read"] = gateway.scrub.is_running ? gateway.scrub.rows_read : 0;
    body["last"] = gateway.scrub.last ? json::value(to_json(*gateway.scrub.last)) : json::value(nullptr);
    HttpResponse response;
    response.status = status;
    response.body = json::serialize(body);
    return response;
  };
  router.add({"GET", "/api/v1/scrub", kWatchers, [answer](const HttpRequest&, const Caller&, const RouteArgs&) -> awaitable<HttpResponse> { co_return answer(200); }});
  router.add({"POST", "/api/v1/scrub", kWatchers, [answer, &scrubbing](const HttpRequest&, const Caller&, const RouteArgs&) -> awaitable<HttpResponse> {
                scrubbing.begin();
                co_return answer(202);
              }});
}

}  // namespace tillgate
