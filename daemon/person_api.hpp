// What is said of persons over HTTP: two records are one customer or are not, which record a field is shown from, and that a customer
// is erased. Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

// Registers the routes; `gateway` outlives the router.
void add_person_api(Router& router, Gateway& gateway);

}  // namespace tillgate
