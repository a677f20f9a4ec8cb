// Router: method + path pattern -> handler, with the roles that may call it. The table is data: the role matrix test and the
// served API description read it, and a route without a rule does not compile.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <optional>
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
  // Turns a problem into the form in which this route's clients expect errors; null: they get the problem.
  HttpResponse (*own_form)(HttpResponse problem) = nullptr;
};

class Router {
 public:
  explicit Router(Authenticator authenticate);
  // All routes are added before the first request. A pattern's segments are literal or {name}; where two patterns match a
  // path, the one with the earlier literal serves it. A pattern given twice, or a role set that allows nobody at all, is a
  // bug (CHECK).
  void add(Route route);
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }
  // Asked before a handler's answer below 400 leaves; what it gives goes out instead. For a process that must not promise
  // anything any more (a storage fault).
  using Veto = std::function<std::optional<HttpResponse>()>;
  void set_veto(Veto veto) { veto_ = std::move(veto); }

  // What the table says of a request whose body need not have been read: the route, caller and arguments to run it with, or
  // the answer. So nobody who may not speak can make the server hold a body for him.
  //   404 unknown path, but 401 below /api/ when the caller is not known: the table is not disclosed to him
  //   401 with WWW-Authenticate when the caller is not known and the path is not open; 403 when known but not allowed
  //   204 with Allow for OPTIONS, 405 with Allow for a method that the path has not
  struct Admission {
    const Route* route = nullptr;        // or
    std::optional<HttpResponse> answer;  // exactly one of the two
    Caller caller;
    RouteArgs args;
    std::string allow;  // of the path, for a handler that answers 405 itself
  };
  [[nodiscard]] Admission admit(const HttpRequest& head) const;
  // The handler's answer, or admission.answer. A throwing handler becomes a 500 problem with no detail and one log line.
  // The arguments and the router must outlive the coroutine.
  [[nodiscard]] boost::asio::awaitable<HttpResponse> run(const Admission& admission, const HttpRequest& request) const;
  // admit, then run. HEAD is answered by the GET route; the server leaves the body out.
  [[nodiscard]] boost::asio::awaitable<HttpResponse> handle(const HttpRequest& request) const;

 private:
  using Segments = std::vector<std::string>;  // of a pattern; {name} keeps its braces
  [[nodiscard]] std::vector<std::size_t> best_matches(std::string_view path) const;
  [[nodiscard]] Caller caller_of(const HttpRequest& head) const;

  Authenticator authenticate_;
  Veto veto_;
  std::vector<Route> routes_;
  std::vector<Segments> segments_;  // one per route
};

}  // namespace tillgate
