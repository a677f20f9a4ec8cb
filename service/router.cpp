#include "service/router.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/awaitable.hpp>
#include <boost/core/demangle.hpp>
#include <exception>
#include <typeinfo>

#include "core/check.hpp"
#include "service/log.hpp"
#include "service/problem.hpp"

namespace tillgate {
namespace {

constexpr std::array<std::string_view, 6> kRoleNames{"nobody", "kiosk", "staff", "manager", "administrator", "service"};

std::vector<std::string> split(std::string_view path) {
  std::vector<std::string> segments;
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    const auto segment = path.substr(0, path.find('/'));
    segments.emplace_back(segment);
    path.remove_prefix(segment.size());
  }
  return segments;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  return std::ranges::equal(
      pattern, path, [](const auto& want, const auto& have) { return is_parameter(want) ? !have.empty() : want == have; });
}

// Which pattern names the path more closely: the first segment where one is literal and the other is not decides.
bool is_closer(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::lexicographical_compare(a, b, {}, is_parameter, is_parameter);
}

bool is_same_shape(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::ranges::equal(a, b, [](const auto& x, const auto& y) {
    return is_parameter(x) || is_parameter(y) ? is_parameter(x) == is_parameter(y) : x == y;
  });
}

bool is_below_api(std::string_view path) {
  return path == "/api" || path.starts_with("/api/");
}

HttpResponse refusal(Errc code) {
  return problem(Error{code, {}, {}});
}

HttpResponse options_answer(const std::string& allow) {
  HttpResponse response;
  response.status = 204;
  response.headers.emplace_back("Allow", allow);
  return response;
}

HttpResponse formed(const Route& route, HttpResponse response) {
  return route.own_form ? route.own_form(std::move(response)) : std::move(response);
}

HttpResponse method_refusal(const std::string& allow) {
  auto response = problem(405, "method_not_allowed", "This path does not take that method.");
  response.headers.emplace_back("Allow", allow);
  return response;
}

bool has_header(const HttpResponse& response, std::string_view name) {
  return std::ranges::any_of(response.headers, [&](const auto& header) { return header.first == name; });
}

// Only the exception's type is logged: its text may quote what a customer said.
HttpResponse failure(const HttpRequest& request, std::string_view where, const std::type_info* type) {
  const std::string name = type == nullptr ? "unknown" : boost::core::demangle(type->name());
  log::error("http", "request handler failed; answered 500",
             {{"at", where}, {"exception", name}, {"request", request.correlation_id}});
  return problem(500, "internal", "Something went wrong here; asking again with the same Idempotency-Key is safe.");
}

}  // namespace

std::string_view name_of(Role role) {
  return kRoleNames[static_cast<std::size_t>(role)];
}

std::optional<Role> role_named(std::string_view name) {
  const auto* found = std::ranges::find(kRoleNames, name);
  if (found == kRoleNames.end()) return std::nullopt;
  return static_cast<Role>(found - kRoleNames.begin());
}

Router::Router(Authenticator authenticate) : authenticate_(std::move(authenticate)) {
  CHECK(authenticate_ != nullptr);
}

void Router::add(Route route) {
  CHECK(route.handler != nullptr && route.roles.bits != 0 && route.pattern.starts_with('/'));
  CHECK(route.method != "HEAD" && route.method != "OPTIONS");  // answered for every path
  auto segments = split(route.pattern);
  for (std::size_t i = 0; i < routes_.size(); ++i)
    CHECK(routes_[i].method != route.method || !is_same_shape(segments_[i], segments));
  segments_.push_back(std::move(segments));
  routes_.push_back(std::move(route));
}

// All routes of the one pattern that serves this path.
std::vector<std::size_t> Router::best_matches(std::string_view path) const {
  const auto wanted = split(path);
  std::vector<std::size_t> best;
  for (std::size_t i = 0; i < routes_.size(); ++i) {
    if (!matches(segments_[i], wanted)) continue;
    if (!best.empty() && is_closer(segments_[i], segments_[best.front()])) best.clear();
    if (best.empty() || is_same_shape(segments_[i], segments_[best.front()])) best.push_back(i);
  }
  return best;
}

Caller Router::caller_of(const HttpRequest& head) const {
  try {
    return authenticate_(head);
  } catch (const std::exception& fault) {
    log::error("http", "authenticator failed; caller treated as unknown",
               {{"exception", boost::core::demangle(typeid(fault).name())}, {"request", head.correlation_id}});
    return {};
  }
}

Router::Admission Router::admit(const HttpRequest& head) const {
  Admission admission;
  admission.caller = caller_of(head);
  const Role role = admission.caller.role;
  const auto candidates = best_matches(head.path);
  if (candidates.empty()) {
    admission.answer = refusal(role == Role::nobody && is_below_api(head.path) ? Errc::unauthenticated : Errc::not_found);
    return admission;
  }

  const std::string_view method = head.method == "HEAD" ? "GET" : std::string_view(head.method);
  bool is_open = false;
  const Route* route = nullptr;
  std::size_t found = candidates.front();
  for (const std::size_t i : candidates) {
    const auto& candidate = routes_[i];
    is_open = is_open || candidate.roles.allows(Role::nobody);
    admission.allow += candidate.method + ", " + (candidate.method == "GET" ? "HEAD, " : "");
    if (candidate.method == method) route = &candidate, found = i;
  }
  admission.allow += "OPTIONS";

  if (role == Role::nobody && !(route != nullptr ? route->roles.allows(role) : is_open)) {
    admission.answer = refusal(Errc::unauthenticated);
  } else if (route == nullptr) {
    admission.answer = head.method == "OPTIONS" ? options_answer(admission.allow) : method_refusal(admission.allow);
  } else if (!route->roles.allows(role)) {
    admission.answer = refusal(Errc::forbidden);
  } else {
    admission.route = route;
    const auto segments = split(head.path);
    for (std::size_t i = 0; i < segments.size(); ++i) {
      const std::string_view pattern = segments_[found][i];
      if (is_parameter(pattern)) admission.args.emplace(pattern.substr(1, pattern.size() - 2), segments[i]);
    }
  }
  if (admission.answer) admission.answer = formed(routes_[found], std::move(*admission.answer));
  return admission;
}

boost::asio::awaitable<HttpResponse> Router::run(const Admission& admission, const HttpRequest& request) const {
  if (admission.answer) co_return *admission.answer;
  try {
    auto response = co_await admission.route->handler(request, admission.caller, admission.args);
    if (veto_ && response.status < 400) {
      if (auto veto = veto_()) co_return formed(*admission.route, std::move(*veto));
    }
    if (response.status == 405 && !has_header(response, "Allow")) response.headers.emplace_back("Allow", admission.allow);
    co_return formed(*admission.route, std::move(response));
  } catch (const std::exception& fault) {
    co_return formed(*admission.route, failure(request, admission.route->pattern, &typeid(fault)));
  } catch (...) {
    co_return formed(*admission.route, failure(request, admission.route->pattern, nullptr));
  }
}

boost::asio::awaitable<HttpResponse> Router::handle(const HttpRequest& request) const {
  const auto admission = admit(request);
  co_return co_await run(admission, request);
}

}  // namespace tillgate
