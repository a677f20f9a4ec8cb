// GET /api/v1/openapi.json: docs/openapi.json, which the program carries with it. Tests hold it against the router and against what
// the handlers answer. Thread: logic.
#pragma once

#include <string_view>

#include "service/router.hpp"

namespace tillgate {

[[nodiscard]] std::string_view openapi_text();
void add_openapi_api(Router& router);

}  // namespace tillgate
