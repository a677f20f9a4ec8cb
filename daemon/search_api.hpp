// Looking for a customer. What is looked for is in the body, since URLs are written down by everybody on the way, and it is
// nobody's business but the store's: neither log nor error repeats it. Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

// Registers the route; `gateway` outlives the router.
void add_search_api(Router& router, Gateway& gateway);

}  // namespace tillgate
