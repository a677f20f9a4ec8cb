#include "daemon/legacy_api.hpp"

#include <algorithm>

#include "daemon/terminal_request.hpp"
#include "service/problem.hpp"

namespace tillgate {

namespace legacy {

std::optional<HttpResponse> foreign_kiosk(const Gateway& gateway, const RouteArgs& args) {
  const auto& kiosks = gateway.config.legacy.kiosks;
  if (std::find(kiosks.begin(), kiosks.end(), args.at("catalog_id")) != kiosks.end()) return std::nullopt;
  return problem(Error{Errc::not_found, {}, {}});
}

HttpResponse missing(std::string_view name) {
  return problem(400, "bad_request", "param is missing or the value is empty: " + std::string(name));
}

HttpResponse unsupported(std::string_view sentence) {
  return problem(405, "unsupported", sentence);
}

Result<std::optional<CommandKey>> key_of(const HttpRequest& request, const Caller& caller, std::string_view route) {
  if (!request.header("idempotency-key")) return std::optional<CommandKey>();
  auto key = command_key(request, caller, route);
  if (!key) return fail(key.error());
  return std::optional<CommandKey>(std::move(*key));
}

}  // namespace legacy

void add_legacy_api(Router& router, Gateway& gateway) {
  if (!gateway.config.legacy.enabled) return;
  legacy::add_customer_routes(router, gateway);
  legacy::add_order_routes(router, gateway);
  legacy::add_cart_routes(router, gateway);
}

}  // namespace tillgate
