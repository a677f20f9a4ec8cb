#include "daemon/identify_api.hpp"

#include <algorithm>
#include <memory>

#include "core/identify.hpp"
#include "core/phone.hpp"
#include "core/search_query.hpp"
#include "daemon/api_common.hpp"
#include "daemon/customer_answers.hpp"
#include "daemon/identify_pace.hpp"
#include "daemon/terminal_request.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kAskers = Roles::of({Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service});
constexpr std::int64_t kLimit = 50;  // of those who share a telephone; beyond that there may be more

struct Asked {
  IdentityClaim claim;
  SearchQuery query;  // by which to find all whom the claim may mean
  std::vector<FieldFault> faults;
};

void fault(Asked& asked, std::string field, std::string code, std::string sentence) {
  asked.faults.push_back({std::move(field), std::move(code), std::move(sentence)});
}

std::string text_in(JsonReader& reader, const char* name, Asked& asked) {
  const Json* given = reader.take_any(name);
  if (!given || given->is_null()) return {};
  const auto* text = given->as<std::string>();
  if (!text || text->empty()) fault(asked, name, "wrong_type", "This must be text in quotes.");
  return text ? *text : std::string();
}

// Contacts are looked up whole; names and birthday then tell apart who shares one. Without a contact the names are looked up.
Asked asked_in(const Json::Object& body) {
  Asked asked;
  JsonReader reader(body);
  SearchText text;
  text.phone = text_in(reader, "phone", asked);
  text.email = text_in(reader, "email", asked);
  text.licence = text_in(reader, "licence", asked);
  const std::string first = text_in(reader, "first_name", asked), last = text_in(reader, "last_name", asked);
  const std::string birthday = text_in(reader, "birthday", asked);
  if (reader.has_more())
    fault(asked, "", "unknown_field", "To identify takes phone, email, licence, first_name, last_name and birthday.");

  if (!text.phone.empty()) {
    const PhoneForm phone = phone_form(text.phone);
    if (phone.e164.empty()) fault(asked, "phone", "wrong_form", "This is no whole telephone number.");
    text.phone = phone.e164;
  }
  if (!text.email.empty() && email_form(text.email).key.empty())
    fault(asked, "email", "wrong_form", "This is no whole e-mail address.");
  if (!birthday.empty()) {
    asked.claim.birthday = birthday_form(birthday, false).digits;
    const bool is_date = birthday.size() == 10 && birthday[4] == '-' && birthday[7] == '-' && !asked.claim.birthday.empty();
    if (!is_date) fault(asked, "birthday", "wrong_form", "The birthday must be a date such as 1984-02-29.");
  }
  asked.claim.has_contact = !text.phone.empty() || !text.email.empty() || !text.licence.empty();
  if (first.empty() != last.empty())
    fault(asked, first.empty() ? "first_name" : "last_name", "required", "First and last name are asked for together.");
  asked.claim.first = name_form(first).letters;
  asked.claim.last = name_form(last).letters;
  if (!first.empty() && (asked.claim.first.empty() || asked.claim.last.empty()))
    fault(asked, "last_name", "wrong_form", "These are no names.");
  if (!asked.claim.has_contact) {
    text.first_name = first;
    text.last_name = last;
    if (first.empty() && asked.faults.empty())
      fault(asked, "phone", "required", "A telephone number, an e-mail address, a licence number or the full name is needed.");
  }
  if (!asked.faults.empty()) return asked;
  auto understood = understand(text);
  asked.query = std::move(understood.query);
  asked.faults = std::move(understood.faults);
  return asked;
}

// A search finds what is near; whoever says who they are says it exactly.
bool is_exact(const SearchMatch& match) {
  return std::all_of(match.why.begin(), match.why.end(),
                     [](const SearchReason& reason) { return reason.how == SearchHow::equals; });
}

awaitable<HttpResponse> identify_customer(Gateway& gateway, IdentifyPace& pace, const HttpRequest& request, const Caller& caller) {
  if (!has_json_body(request, false))
    co_return problem(415, "unsupported_media_type", "Send what the customer says as application/json.");
  auto body = parse_object(request.body);
  if (!body) co_return bad_request(body.error());
  auto asked = asked_in(*body);
  if (!asked.faults.empty()) co_return problem(asked.faults);
  if (auto refusal = pace.refusal(caller, mono_now())) co_return std::move(*refusal);

  auto found = co_await find_customers(gateway.store, std::move(asked.query), kLimit);
  if (!found) co_return problem(found.error());
  std::erase_if(found->hits, [](const auto& hit) { return !is_exact(hit.match); });
  std::vector<const Customer*> matches;
  for (const auto& hit : found->hits) matches.push_back(&hit.stored.customer);
  const IdentifyVerdict verdict = identify(asked.claim, matches, found->has_more || found->unread > 0);

  JsonWriter json;
  json.begin_object().key("outcome").text(name_of(verdict.outcome));
  if (!verdict.wanted.empty()) json.key("ask_for").text(verdict.wanted);
  if (verdict.outcome == Identification::found) {
    json.key("customer").begin_object();
    write_listed(json, gateway, caller, found->hits[verdict.index].stored);
    json.end_object();
  }
  write_freshness(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

}  // namespace

void add_identify_api(Router& router, Gateway& gateway) {
  auto pace = std::make_shared<IdentifyPace>();
  router.add({"POST", "/api/v1/identify", kAskers,
              [&gateway, pace](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                return identify_customer(gateway, *pace, request, caller);
              }});
}

}  // namespace tillgate
