#include "headoffice/office_database.hpp"

#include "headoffice/migrate.hpp"
#include "headoffice/registry.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace {

HoEpoch fresh_ho_epoch() {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  return HoEpoch(uuid_v4(bytes));
}

}  // namespace

OfficeDatabase::OfficeDatabase(std::string conninfo, Duration reconnect_first, Duration reconnect_max, Events events)
    : events_(std::move(events)),
      database_(std::move(conninfo)),
      random_(random_seed()),
      backoff_(reconnect_first, reconnect_max) {}

OfficeNow OfficeDatabase::now() const {
  return {ho_epoch_, utc_now()};
}

bool OfficeDatabase::open() {
  if (is_up_ || mono_now() < next_attempt_) return false;
  auto opened = database_.connect();
  if (opened) opened = migrate(database_);
  if (opened) {
    opened = database_.run([this](Transaction& tx) -> Result<> {
      ho_epoch_ = learn_ho_epoch(tx, fresh_ho_epoch());
      return {};
    });
  }
  if (!opened && opened.error().code == Errc::unsupported) {
    log::error("database", opened.error().what, {{"detail", std::string_view(opened.error().detail)}});
    next_attempt_ = Time::max();
    events_.give_up(opened.error().what);
    return false;
  }
  if (!opened) {
    database_.disconnect();
    went_down(opened.error());
    return false;
  }
  backoff_.reset();
  is_up_ = true;
  has_said_down_ = false;
  log::info("database", "connected", {{"ho_epoch", std::string_view(ho_epoch_.text())}});
  events_.changed(true);
  return true;
}

void OfficeDatabase::went_down(const Error& error) {
  const bool was_up = is_up_.exchange(false);
  next_attempt_ = mono_now() + backoff_.next(random_);
  if (was_up) events_.changed(false);
  if (!was_up && has_said_down_) return;
  has_said_down_ = true;
  log::warn("database", "PostgreSQL is away; batches are dropped without an ack until it is back, stores send them again",
            {{"error", std::string_view(error.what)}, {"detail", std::string_view(error.detail)}});
}

Result<> OfficeDatabase::run(std::string_view what, const std::function<Result<>(Transaction&)>& work) {
  auto done = database_.run(work);
  if (done) return done;
  const Error& error = done.error();
  if (!database_.is_connected() || error.code == Errc::unavailable) {
    database_.disconnect();
    went_down(error);
  } else {
    log::warn_limited("intake", seconds(10), "database", "a transaction failed; nothing of it counts",
                      {{"what", what}, {"error", std::string_view(error.what)}, {"detail", std::string_view(error.detail)}});
  }
  return done;
}

}  // namespace tillgate
