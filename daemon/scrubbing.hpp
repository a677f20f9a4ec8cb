// Scrubbing: the shell around store's Scrub. Runs it weekly and when asked, one step after the other with rests between them, on the
// store's readers; keeps what the last one found in <data_dir>/scrub.json, so that the alarm and the week survive a restart.
// Thread: logic.
#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

class Scrubbing {
 public:
  // Reads what the last one found into gateway.scrub.
  Scrubbing(boost::asio::io_context& io, Gateway& gateway);
  ~Scrubbing();
  Scrubbing(const Scrubbing&) = delete;
  Scrubbing& operator=(const Scrubbing&) = delete;

  void start();  // from now on weekly
  void begin();  // now, unless one is running
  void stop();   // no further step

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

// A week after the last one; also when that lies in the future, by a clock that was wrong.
[[nodiscard]] bool is_scrub_due(const std::optional<ScrubResult>& last, Timestamp now);

// GET and POST /api/v1/scrub.
void add_scrub_api(Router& router, Gateway& gateway, Scrubbing& scrubbing);

}  // namespace tillgate
