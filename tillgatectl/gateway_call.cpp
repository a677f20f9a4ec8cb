#include "tillgatectl/gateway_call.hpp"

#include <array>
#include <boost/json.hpp>
#include <cstdio>
#include <thread>

#include "core/bytes.hpp"
#include "service/clock.hpp"
#include "service/http_client.hpp"

namespace tillgate {

namespace json = boost::json;

namespace {

constexpr seconds kDeadline{35};  // beyond what the gateway gives itself
constexpr std::size_t kAnswerBytesMax = std::size_t{96} * 1024 * 1024;
constexpr milliseconds kAgainAfter{500};

std::string text_at(const json::object& object, const char* key) {
  const auto* value = object.if_contains(key);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : std::string();
}

}  // namespace

Result<HttpResponse> PatientGateway::call(const GatewayCall& what) const {
  HttpEndpoint endpoint;
  endpoint.unix_path = socket_;
  HttpRequest request;
  request.method = what.method;
  request.target = what.path;
  request.body = what.body;
  request.headers = what.headers;
  const Time until = mono_now() + patience_;
  for (;;) {
    auto response = http_call_blocking(endpoint, request, kDeadline, kAnswerBytesMax);
    const bool is_come_again = !response || response->status == 503;
    if (!is_come_again || mono_now() >= until) return response;
    std::this_thread::sleep_for(kAgainAfter);
  }
}

std::string words_of(const HttpResponse& response) {
  json::error_code error;
  const auto value = json::parse(response.body, error);
  const std::string status = "the gateway answered " + std::to_string(response.status);
  if (error || !value.is_object()) return status;
  std::string words = status + ": " + text_at(value.as_object(), "title");
  const auto* errors = value.as_object().if_contains("errors");
  if (errors == nullptr || !errors->is_array()) return words;
  for (const auto& one : errors->as_array())
    if (one.is_object()) words += "\n  " + text_at(one.as_object(), "field") + ": " + text_at(one.as_object(), "sentence");
  return words;
}

int report_refusal(const HttpResponse& response) {
  std::fprintf(stderr, "tillgatectl: %s\n", words_of(response).c_str());
  return kExitRefused;
}

int report_unreachable(const Error& error, const std::string& socket) {
  std::fprintf(stderr, "tillgatectl: %s (socket %s)\nIs tillgated running? Try: systemctl status tillgated\n",
               error.what.c_str(), socket.c_str());
  return kExitUnreachable;
}

std::string random_hex() {
  std::array<std::uint8_t, 32> bytes{};
  fill_random(bytes);
  return to_hex(bytes);
}

}  // namespace tillgate
