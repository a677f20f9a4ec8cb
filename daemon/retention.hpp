// Retention: once a day the customers whom nobody has had to do with for storage.forget_customers_after are erased, a few at a time.
// Only by a clock that was confirmed: a wrong one must forget nobody early. An erasure cannot be taken back, so every customer is judged
// again where it is committed.
// Thread: logic.
#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>
#include <memory>

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

class Retention {
 public:
  // `now`: injected, so that a test can let years pass.
  Retention(boost::asio::io_context& io, Gateway& gateway, std::function<Timestamp()> now);
  ~Retention();
  Retention(const Retention&) = delete;
  Retention& operator=(const Retention&) = delete;

  void start();  // from now on daily, if it is configured
  void begin();  // a run now; nothing where it is not configured, runs already, or the clock is not confirmed
  void stop();   // no further step

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

// GET /api/v1/retention: how long, and what the last run did.
void add_retention_api(Router& router, Gateway& gateway);

}  // namespace tillgate
