#include "daemon/events_api.hpp"

#include <boost/asio/awaitable.hpp>

#include "service/problem.hpp"

namespace tillgate {

namespace {

// As for lists: whoever hears every id may read every customer, one after the other.
const Roles kListeners = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});

HttpResponse listen(LiveEvents& events, const HttpRequest& request, const Caller& caller) {
  // Tokens do not go in URLs, and a browser's EventSource cannot send them elsewhere: whoever tries is told.
  if (!request.query.empty())
    return problem(400, "bad_request",
                   "Events take no query. Send the token in Authorization, and where you were in Last-Event-ID.");
  std::optional<std::string> last;
  if (const auto given = request.header("last-event-id"); given && !given->empty()) last = std::string(*given);
  auto stream = events.listen(caller.credential, std::move(last));
  if (!stream) return problem(stream.error());
  HttpResponse response;
  response.content_type = "text/event-stream";
  response.stream = std::move(*stream);
  return response;
}

}  // namespace

void add_events_api(Router& router, Gateway& gateway, LiveEvents& events) {
  gateway.metrics.gauge_from("tillgate_event_streams", "Who listens to live events now.",
                             [&events] { return static_cast<double>(events.streams()); });
  router.add(
      {"GET", "/api/v1/events", kListeners,
       [&events](const HttpRequest& request, const Caller& caller, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
         co_return listen(events, request, caller);
       }});
}

}  // namespace tillgate
