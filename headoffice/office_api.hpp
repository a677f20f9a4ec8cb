// Head office's HTTP: liveness for supervisors, metrics, and the fleet as JSON. Read-only. The listener is on loopback; everything
// but /live and /ready wants the bearer token.
#pragma once

#include <string>

#include "headoffice/config.hpp"
#include "headoffice/intake.hpp"
#include "headoffice/uplink.hpp"
#include "service/metrics.hpp"
#include "service/router.hpp"

namespace tillgate {

// Role::administrator for whoever knows the token, nobody otherwise; nobody at all while no token is configured.
[[nodiscard]] Authenticator office_authenticator(const OfficeConfig& config);

struct OfficeParts {
  Intake& intake;
  Uplink& uplink;
  Metrics& metrics;
};
// `parts` must outlive the router.
void add_office_api(Router& router, const OfficeParts& parts);

}  // namespace tillgate
