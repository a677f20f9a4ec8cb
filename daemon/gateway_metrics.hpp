// The gateway's figures for Prometheus: read at scrape time from where they are kept, nothing is counted twice.
#pragma once

#include "daemon/gateway.hpp"

namespace tillgate {

void add_gateway_metrics(Metrics& metrics, Gateway& gateway);

}  // namespace tillgate
