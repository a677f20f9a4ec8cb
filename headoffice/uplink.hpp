// Uplink: head office's end of the wire. Connects to the broker by the reconnect policy, hands what arrives to the intake and
// publishes acks. Decides nothing and keeps nothing: whatever is lost here is sent again.
// Thread: the logic thread; the link's events are posted to it.
#pragma once

#include <functional>
#include <memory>

#include "core/message.hpp"
#include "drivers/driver.hpp"
#include "headoffice/config.hpp"
#include "headoffice/intake.hpp"
#include "service/metrics.hpp"

namespace boost::asio {
class io_context;
}

namespace tillgate {

class Uplink {
 public:
  // `give_up`: the link thread has been stuck for kStuckMax; only a restart helps.
  Uplink(boost::asio::io_context& io, const OfficeConfig& config, Intake& intake, Metrics& metrics,
         std::function<void(int code, std::string why)> give_up);
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  void start();
  void stop();  // disconnects in order; no further event
  // Dropped while the link is down: the next session begins with a fresh position anyway.
  void publish(const OrgId& org, const Ack& ack);
  [[nodiscard]] Health health() const;

 private:
  struct Parts;
  std::shared_ptr<Parts> parts_;
};

}  // namespace tillgate
