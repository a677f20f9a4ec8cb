#include "service/problem.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace tillgate {
namespace {

namespace json = boost::json;

// More than a customer has fields. A body of 1 MiB can name 100,000 fields that do not exist, and its answer would be larger.
constexpr std::size_t kFaultsShown = 50;

json::object body_of(int status, std::string_view code, std::string_view sentence) {
  json::object body;
  body["type"] = "urn:tillgate:problem:" + std::string(code);
  body["title"] = sentence;
  body["status"] = status;
  body["code"] = code;
  return body;
}

HttpResponse response_of(int status, const json::object& body) {
  HttpResponse response;
  response.status = status;
  response.content_type = "application/problem+json";
  response.body = json::serialize(body);
  return response;
}

// For an Error whose author left the sentence out.
std::string_view sentence_of(Errc code) {
  switch (code) {
    case Errc::invalid: return "The request cannot be carried out as it stands.";
    case Errc::not_found: return "There is nothing here by that name.";
    case Errc::unauthenticated: return "Say who you are: a valid bearer token is needed.";
    case Errc::forbidden: return "This is not allowed with these credentials.";
    case Errc::conflict: return "The record has changed meanwhile, or is already known.";
    case Errc::unsupported: return "This cannot be done here.";
    case Errc::busy: return "Too much is being done at this moment; try again shortly.";
    case Errc::unavailable: return "A part that this needs is not reachable; try again shortly.";
    case Errc::full: return "There is no room left to keep this; nothing was saved.";
    case Errc::corrupt: break;
  }
  return "It is not certain whether this was saved; asking again with the same Idempotency-Key is safe.";
}

}  // namespace

int status_of(Errc code) {
  switch (code) {
    case Errc::invalid: return 422;
    case Errc::not_found: return 404;
    case Errc::unauthenticated: return 401;
    case Errc::forbidden: return 403;
    case Errc::conflict: return 409;
    case Errc::unsupported: return 405;
    case Errc::busy: return 503;  // 429 is for callers over their own rate
    case Errc::unavailable: return 503;
    case Errc::full: return 507;
    case Errc::corrupt: break;
  }
  return 500;
}

HttpResponse problem(int status, std::string_view code, std::string_view sentence) {
  return response_of(status, body_of(status, code, sentence));
}

HttpResponse problem(const Error& error) {
  // A failed commit may have become durable all the same, whatever its author believed: always the one honest sentence.
  const bool use_own = !error.what.empty() && error.code != Errc::corrupt;
  auto response =
      problem(status_of(error.code), name_of(error.code), use_own ? std::string_view(error.what) : sentence_of(error.code));
  if (error.code == Errc::busy) response.headers.emplace_back("Retry-After", "1");
  if (error.code == Errc::unavailable) response.headers.emplace_back("Retry-After", "5");
  if (error.code == Errc::unauthenticated) response.headers.emplace_back("WWW-Authenticate", "Bearer");
  return response;
}

HttpResponse problem(const std::vector<FieldFault>& faults) {
  const int status = status_of(Errc::invalid);
  auto body = body_of(status, name_of(Errc::invalid), "Some fields cannot be accepted.");
  json::array errors;
  for (const auto& fault : faults) {
    if (errors.size() == kFaultsShown) {
      body["errors_left_out"] = faults.size() - kFaultsShown;
      break;
    }
    json::object entry;
    entry["field"] = fault.field;
    entry["code"] = fault.code;
    entry["sentence"] = fault.sentence;
    errors.push_back(std::move(entry));
  }
  body["errors"] = std::move(errors);
  return response_of(status, body);
}

}  // namespace tillgate
