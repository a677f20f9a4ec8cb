// The search index as an administrator meets it: GET /api/v1/search-index says how far it is, POST has it made anew, in the writer's idle
// time. Searches go on meanwhile (docs/search.md).
// Thread: logic.
#pragma once

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

void add_search_index_api(Router& router, Gateway& gateway);

}  // namespace tillgate
