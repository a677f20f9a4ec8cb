// OfficeDatabase: PostgreSQL as head office's thread has it: up, or away and asked again by and by. Knows when to connect,
// brings the schema up to date, learns the head office epoch, and says in the log what changed.
//
// Thread: the database thread; is_up() from any.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>

#include "core/backoff.hpp"
#include "headoffice/database.hpp"
#include "headoffice/receive.hpp"

namespace tillgate {

class OfficeDatabase {
 public:
  struct Events {
    std::function<void(bool is_up)> changed;
    std::function<void(const std::string& why)> give_up;  // the schema is not one of ours: restarting does not help
  };
  OfficeDatabase(std::string conninfo, Duration reconnect_first, Duration reconnect_max, Events events);

  [[nodiscard]] bool is_up() const { return is_up_; }
  [[nodiscard]] Time next_attempt() const { return next_attempt_; }  // while it is away
  // True: it has come up just now.
  [[nodiscard]] bool open();
  void close() { database_.disconnect(); }

  [[nodiscard]] OfficeNow now() const;
  // One transaction. A lost connection changes the state; what else fails is logged.
  [[nodiscard]] Result<> run(std::string_view what, const std::function<Result<>(Transaction&)>& work);

 private:
  void went_down(const Error& error);

  const Events events_;
  Database database_;
  Random random_;
  Backoff backoff_;
  HoEpoch ho_epoch_;
  Time next_attempt_{};
  std::atomic<bool> is_up_{false};
  bool has_said_down_ = false;
};

}  // namespace tillgate
