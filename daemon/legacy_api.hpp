// The routes of the platform before us, for kiosks that cannot be changed at once (docs/legacy.md). Off unless legacy.enabled.
// Only forms are theirs: underneath run the same commands and queries as under /api/v1, with the same rules.
// Thread: logic.
#pragma once

#include <optional>

#include "daemon/gateway.hpp"
#include "service/router.hpp"

namespace tillgate {

void add_legacy_api(Router& router, Gateway& gateway);

namespace legacy {

// By entity; add_legacy_api calls them.
void add_customer_routes(Router& router, Gateway& gateway);
void add_order_routes(Router& router, Gateway& gateway);
void add_cart_routes(Router& router, Gateway& gateway);

inline const Roles kEverybodyKnown = Roles::of({Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service});

// 404 where the {catalog_id} is not a kiosk of this store: foreign, unknown and malformed ids are told alike.
[[nodiscard]] std::optional<HttpResponse> foreign_kiosk(const Gateway& gateway, const RouteArgs& args);
// 400, with what is missing.
[[nodiscard]] HttpResponse missing(std::string_view name);
// 405, of what the platform before us could do and this one does not.
[[nodiscard]] HttpResponse unsupported(std::string_view sentence);
// The key is optional here; without one each request is a new one.
[[nodiscard]] Result<std::optional<CommandKey>> key_of(const HttpRequest& request, const Caller& caller,
                                                       std::string_view route);

}  // namespace legacy

}  // namespace tillgate
