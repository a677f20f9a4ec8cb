#include "daemon/openapi_api.hpp"

#include <boost/asio/awaitable.hpp>
#include <cstddef>

namespace tillgate {

extern const char openapi_document[];  // generated from docs/openapi.json by scripts/embed_text.cmake
extern const std::size_t openapi_document_bytes;

std::string_view openapi_text() {
  return {openapi_document, openapi_document_bytes};
}

void add_openapi_api(Router& router) {
  router.add({"GET", "/api/v1/openapi.json",
              Roles::of({Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service}),
              [](const HttpRequest&, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
                HttpResponse response;
                response.body = openapi_text();
                co_return response;
              }});
}

}  // namespace tillgate
