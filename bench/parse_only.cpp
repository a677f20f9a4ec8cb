// What HTTP alone can do here: the gateway's own server, router, authentication, parser, validation and answer, without a store.
//   bench_parse_only --token-hash H        prints its port, serves until it is killed
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "bench/figures.hpp"
#include "core/merge.hpp"
#include "daemon/auth.hpp"
#include "daemon/customer_json.hpp"
#include "daemon/json_body.hpp"
#include "service/clock.hpp"
#include "service/http_server.hpp"
#include "service/problem.hpp"

namespace tillgate::bench {
namespace {

boost::asio::awaitable<HttpResponse> answer_create(const HttpRequest& request, const Caller& caller, const Sealer& sealer) {
  auto body = parse_object(request.body);
  if (!body) co_return problem(body.error());
  auto parsed = patch_from(*body);
  auto faults = normalise(parsed.patch, WriteKind::create);
  if (!faults.empty() || !parsed.faults.empty()) co_return problem(faults);
  std::erase_if(parsed.patch.fields, [](const auto& entry) { return spec_of(entry.first).kind == FieldKind::sealed; });
  std::array<std::uint8_t, 10> random{};
  fill_random(random);
  Customer customer;
  customer.id = CustomerId(uuid_v7(utc_now(), random));
  Version version;
  version.hlc = Hlc::from_time(utc_now());
  version.origin = "bench";
  merge(customer, versioned(customer, parsed.patch, version));
  JsonWriter json;
  json.begin_object().key("customer").begin_object();
  write_customer(json, customer, {}, caller.role, sealer);
  json.end_object().end_object();
  HttpResponse response;
  response.status = 201;
  response.body = json.take();
  co_return response;
}

int serve(const Arguments& given) {
  Config config;
  config.terminals.push_back({"till-1", Role::staff, given.text("token-hash")});
  const Auth auth(config);
  const Sealer sealer(SealKeys{"k1", {}, {}});
  boost::asio::io_context io(1);
  Router router([&](const HttpRequest& request) { return auth.identify(request); });
  router.add({"POST", "/api/v1/customers", Roles::of({Role::staff}),
              [&](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                return answer_create(request, caller, sealer);
              }});
  HttpServer server(io, router, HttpListen{}, HttpLimits{});
  server.start();
  std::printf("%d\n", static_cast<int>(server.port()));
  std::fflush(stdout);
  io.run();
  return 0;
}

}  // namespace
}  // namespace tillgate::bench

int main(int count, char** values) {
  return tillgate::bench::serve(tillgate::bench::Arguments(count, values, 1));
}
