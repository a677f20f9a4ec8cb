#include "daemon/look_alikes.hpp"

#include <algorithm>
#include <cmath>

#include "core/merge.hpp"
#include "daemon/api_common.hpp"
#include "daemon/customer_answers.hpp"
#include "service/http_text.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

constexpr std::string_view kAllow = "allow-duplicate";

std::string_view name_of(ReasonKind kind) {
  switch (kind) {
    case ReasonKind::names: return "names";
    case ReasonKind::middle_name: return "middle_name";
    case ReasonKind::birthday: return "birthday";
    case ReasonKind::licence: return "licence";
    case ReasonKind::phone: return "phone";
    case ReasonKind::email: return "email";
    case ReasonKind::address: return "address";
    case ReasonKind::gender: return "gender";
    case ReasonKind::suffix: return "suffix";
    case ReasonKind::household: return "household";
  }
  return "unknown";
}

// The customer as the create would make them, as far as they are compared by it; numbers are compared by their index.
FindLookAlikes query_of(const CreateCustomer& create, const Sealer& sealer) {
  FindLookAlikes query;
  query.key = create.key;
  const Version first{Hlc{1}, {}};
  merge(query.customer, versioned(Customer{}, create.patch, first));
  if (const auto& number = query.customer[Field::licence_number].value)
    query.licence = sealer.blind_index(Field::licence_number, *number);
  return query;
}

HttpResponse conflict(const Gateway& gateway, const Caller& caller, const FindLookAlikes::Answer& found) {
  JsonWriter json;
  json.begin_object().key("type").text("urn:tillgate:problem:possible_duplicate").key("title");
  json.text(
      "This customer may be here already; nothing was written. If one of these is meant, use them; if not, send the same "
      "request "
      "again with the header Prefer: allow-duplicate.");
  json.key("status").number(409).key("code").text("possible_duplicate").key("candidates").begin_array();
  for (const auto& likely : found) {
    json.begin_object();
    write_listed(json, gateway, caller, likely.stored);
    json.key("match").begin_object();
    write_judgement(json, likely.judgement);
    json.end_object().end_object();
  }
  json.end_array().end_object();
  auto response = json_response(409, json);
  response.content_type = "application/problem+json";
  return response;
}

}  // namespace

void write_judgement(JsonWriter& json, const Judgement& judgement) {
  json.key("verdict").text(judgement.verdict == Sameness::same ? "same" : "ask");
  json.key("percent").number(std::llround(judgement.probability * 100)).key("why").begin_array();
  for (std::size_t i = 0; i < judgement.reason_count; ++i) {
    const Reason& reason = judgement.reasons[i];
    json.begin_object().key("field").text(name_of(reason.kind)).key("sentence").text(reason.sentence);
    json.key("speaks").text(reason.is_conflict ? "conflict" : reason.bits >= 0 ? "for" : "against").end_object();
  }
  json.end_array();
}

bool is_asked_about_duplicates(const HttpRequest& request, const Caller& caller) {
  if (caller.role == Role::kiosk) return false;
  std::string_view wishes = request.header("prefer").value_or("");
  while (!wishes.empty()) {
    const auto comma = wishes.find(',');
    if (equals_ignoring_case(trimmed(wishes.substr(0, comma)), kAllow)) return false;
    wishes.remove_prefix(comma == std::string_view::npos ? wishes.size() : comma + 1);
  }
  return true;
}

awaitable<std::optional<HttpResponse>> possible_duplicate(Gateway& gateway, Caller caller, CreateCustomer create) {
  const FindLookAlikes query = query_of(create, gateway.store.sealer());
  auto found = co_await ask(gateway.store, query);
  if (!found || found->empty()) co_return std::nullopt;
  co_return conflict(gateway, caller, *found);
}

}  // namespace tillgate
