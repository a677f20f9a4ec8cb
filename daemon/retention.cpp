#include "daemon/retention.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <utility>

#include "core/json.hpp"
#include "daemon/api_common.hpp"
#include "service/log.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kReaders = Roles::of({Role::manager, Role::administrator, Role::service});
constexpr std::chrono::hours kEvery{24};
constexpr std::chrono::minutes kFirst{30};  // after the start
constexpr milliseconds kRest{500};          // between two pages: an erasure empties the WAL, and terminals come first

}  // namespace

struct Retention::Parts : std::enable_shared_from_this<Retention::Parts> {
  Parts(asio::io_context& context, Gateway& shared, std::function<Timestamp()> clock)
      : io(context), gateway(shared), now(std::move(clock)), timer(context) {}

  void wait(Duration delay, std::function<void(Parts&)> then) {
    timer.expires_after(delay);
    timer.async_wait([self = shared_from_this(), then = std::move(then)](boost::system::error_code error) {
      if (!error && !self->is_stopped) then(*self);
    });
  }

  void look() {
    begin();
    // What stood in the way, a clock that nobody has confirmed yet most of all, may be gone soon.
    const bool has_run = gateway.retention.is_running || !gateway.config.storage.forget_customers_after;
    wait(has_run ? Duration(kEvery) : Duration(kFirst), [](Parts& self) { self.look(); });
  }

  void begin() {
    const auto& after = gateway.config.storage.forget_customers_after;
    const bool can_write = gateway.mode == Mode::normal && !gateway.is_stopping;
    if (!after || gateway.retention.is_running || !gateway.link.is_clock_confirmed || !can_write) return;
    gateway.retention.is_running = true;
    erased = 0;
    query = {};
    query.store = gateway.config.store.id;
    query.before = now() - *after;
    read_page();
  }

  void read_page() {
    const bool is_taken = gateway.store.ask(query, [self = shared_from_this()](Result<FindForgotten::Page> page) {
      asio::post(self->io, [self, page = std::move(page)] {
        if (!self->is_stopped) page ? self->erase_page(*page) : self->finish();
      });
    });
    if (!is_taken) finish();
  }

  void erase_page(const FindForgotten::Page& page) {
    left = page.due.size();
    has_more = page.has_more;
    query.after = page.end;
    for (const CustomerId& id : page.due) {
      EraseCustomer command;
      command.actor.role = std::string(name_of(Role::service));
      command.id = id;
      command.unless_seen_since = query.before;
      command.reason = "retention";
      const bool is_taken =
          gateway.store.submit(std::move(command), [self = shared_from_this()](Result<CommandOutcome> outcome) {
            asio::post(self->io, [self, is_done = outcome.has_value()] { self->note(is_done); });
          });
      if (!is_taken) note(false);
    }
    if (page.due.empty()) next();
  }

  void note(bool is_done) {
    erased += is_done ? 1 : 0;
    if (--left == 0 && !is_stopped) next();
  }

  void next() {
    if (!has_more) return finish();
    auto resting = std::make_shared<asio::steady_timer>(io, kRest);
    resting->async_wait([self = shared_from_this(), resting](boost::system::error_code) {
      if (!self->is_stopped) self->read_page();
    });
  }

  // What could not be done now is due tomorrow still.
  void finish() {
    gateway.retention = {false, now(), erased};
    if (erased > 0) log::info("retention", "customers whom nobody has had to do with were erased", {{"erased", erased}});
  }

  asio::io_context& io;
  Gateway& gateway;
  std::function<Timestamp()> now;
  asio::steady_timer timer;
  FindForgotten query;
  std::size_t left = 0;
  std::int64_t erased = 0;
  bool has_more = false, is_stopped = false;
};

Retention::Retention(asio::io_context& io, Gateway& gateway, std::function<Timestamp()> now)
    : parts_(std::make_shared<Parts>(io, gateway, std::move(now))) {}

Retention::~Retention() {
  stop();
}

void Retention::start() {
  parts_->wait(kFirst, [](Parts& self) { self.look(); });
}

void Retention::begin() {
  parts_->begin();
}

void Retention::stop() {
  parts_->is_stopped = true;
  parts_->timer.cancel();
}

void add_retention_api(Router& router, Gateway& gateway) {
  router.add({"GET", "/api/v1/retention", kReaders,
              [&gateway](const HttpRequest&, const Caller&, const RouteArgs&) -> awaitable<HttpResponse> {
                const auto& after = gateway.config.storage.forget_customers_after;
                const RetentionState& state = gateway.retention;
                JsonWriter json;
                json.begin_object().key("forget_customers_after_days");
                after ? json.number(std::chrono::duration_cast<std::chrono::hours>(*after).count() / 24) : json.null();
                json.key("is_clock_confirmed").boolean(gateway.link.is_clock_confirmed);
                json.key("is_running").boolean(state.is_running).key("last").begin_object().key("finished_at");
                state.finished_at ? json.text(to_text(*state.finished_at)) : json.null();
                json.key("erased").number(state.erased).end_object().end_object();
                co_return json_response(200, json);
              }});
}

}  // namespace tillgate
