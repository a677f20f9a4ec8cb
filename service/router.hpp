// Router: method + path pattern -> handler, with the roles that may call it. The table is data: the role matrix test and the
// served API description read it, and a route without a rule does not compile.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "core/http.hpp"

namespace tillgate {

// Who is calling, as established by an Authenticator from headers or socket; never from the body.
enum class Role : std::uint8_t { nobody = 0, kiosk, staff, manager, administrator, service };
[[nodiscard]] std::string_view name_of(Role role);
[[nodiscard]] std::optional<Role> role_named(std::string_view name);

struct Caller {
  Role role = Role::nobody;
  std::string terminal;    // device id
  std::string person;
  std::string credential;  // stable id of the credential, scope of Idempotency-Keys
};

// A set of roles; Roles::anyone() includes callers that are not known at all (/live, /ready).
struct Roles {
  std::uint32_t bits = 0;
  [[nodiscard]] static constexpr Roles of(std::initializer_list<Role> roles) {
    Roles set;
    for (Role role : roles) set.bits |= 1u << static_cast<unsigned>(role);
    return set;
  }
  [[nodiscard]] static constexpr Roles anyone() { return Roles{~0u}; }
  [[nodiscard]] constexpr bool allows(Role role) const { return (bits >> static_cast<unsigned>(role)) & 1u; }
};

using RouteArgs = std::map<std::string, std::string, std::less<>>;
using Handler = std::function<boost::asio::awaitable<HttpResponse>(const HttpRequest&, const Caller&, const RouteArgs&)>;
using Authenticator = std::function<Caller(const HttpRequest&)>;

struct Route {
  std::string method;
  std::string pattern;  // "/api/v1/customers/{id}"
  Roles roles;
  Handler handler;
};

class Router {
 public:
  explicit Router(Authenticator authenticate);
  void add(Route route);
  [[nodiscard]] const std::vector<Route>& routes() const;
  // 404 unknown path, 405 with Allow, 401 with WWW-Authenticate, 403; else the handler's answer. A throwing handler becomes a
  // 500 problem with no detail and one log line. HEAD is answered as GET without body.
  [[nodiscard]] boost::asio::awaitable<HttpResponse> handle(const HttpRequest& request) const;

 private:
  Authenticator authenticate_;
  std::vector<Route> routes_;
};

}  // namespace tillgate
