#include "daemon/person_api.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>

#include "daemon/customer_answers.hpp"
#include "daemon/write_frame.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

// Whoever may say that two customers are one can show a customer what another one wrote; staff only propose it.
const Roles kDeciders = Roles::of({Role::manager, Role::administrator, Role::service});

FieldFault fault(std::string field, std::string code, std::string sentence) {
  return {std::move(field), std::move(code), std::move(sentence)};
}

// The body of these requests, read member by member; all that is wrong with it is told at once.
class Said {
 public:
  explicit Said(const Json::Object& object) : reader_(object) {}

  std::string reason() {
    const Json* given = reader_.take_any("reason");
    if (!given) return {};
    const auto* text = given->as<std::string>();
    if (text && is_reason(*text)) return *text;
    faults_.push_back(
        fault("reason", "wrong_form",
              "The reason must be a short code such as \"asked\" or \"same_licence\": small letters, digits, - and _."));
    return {};
  }
  CustomerId id(const char* name) {
    const auto* text = reader_.take<std::string>(name);
    const auto id = text ? CustomerId::from_text(*text) : std::nullopt;
    if (!id) faults_.push_back(fault(name, "wrong_form", "This must be the id of a customer."));
    return id.value_or(CustomerId{});
  }
  std::vector<Field> fields(const char* name) {
    std::vector<Field> fields;
    const auto* list = reader_.take<Json::Array>(name);
    if (!list || list->empty()) {
      faults_.push_back(fault(name, "wrong_type", "This must be a list of fields, such as [\"phone\"]."));
      return fields;
    }
    for (const Json& entry : *list) {
      const auto* text = entry.as<std::string>();
      const auto field = text ? field_named(*text) : std::nullopt;
      if (!field || std::find(fields.begin(), fields.end(), *field) != fields.end()) {
        faults_.push_back(
            fault(name, "unknown_field", "Each must be the name of a field, such as \"address.city\", and only once."));
        return fields;
      }
      fields.push_back(*field);
    }
    return fields;
  }
  std::vector<FieldFault> faults() {
    if (reader_.has_more())
      faults_.push_back(fault("", "unknown_field", "There is a field that does not belong to this request."));
    return std::move(faults_);
  }

 private:
  JsonReader reader_;
  std::vector<FieldFault> faults_;
};

awaitable<HttpResponse> answer(Gateway& gateway, Caller caller, Digest seen, Command command) {
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return customer_problem(outcome.error());
  if (std::holds_alternative<KeyReused>(*outcome)) co_return key_reused();
  if (const auto* stale = std::get_if<StaleWrite>(&*outcome)) co_return customer_stale(gateway, caller, *stale, seen);
  if (const auto* erased = std::get_if<Erased>(&*outcome)) {
    JsonWriter json;
    json.begin_object().key("erased").begin_array();
    for (const CustomerId& id : erased->records) json.text(id.text());
    json.end_array();
    write_sync(json, gateway);
    json.end_object();
    auto response = json_response(200, json);
    if (erased->is_replay) response.headers.emplace_back("Idempotent-Replayed", "true");
    co_return response;
  }
  const auto& person = std::get<PersonChanged>(*outcome);
  co_return customer_shown(gateway, caller, person.customer, person.records, person.etag, person.is_replay, 200);
}

// `fill` reads the command's own members out of the body.
template <class CommandType, class Fill>
awaitable<HttpResponse> change_person(Gateway& gateway, const HttpRequest& request, const Caller& caller, const RouteArgs& args,
                                      std::string_view route, Fill fill) {
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  auto frame = write_frame(gateway, request, caller, {route, BodyRule::json, IfMatchRule::optional});
  if (!frame) co_return std::move(frame.error());
  auto command = frame->command<CommandType>();
  Said said(frame->body);
  fill(command, *id, said);
  command.reason = said.reason();
  if (auto faults = said.faults(); !faults.empty()) co_return problem(faults);
  co_return co_await answer(gateway, caller, frame->seen(), Command(std::move(command)));
}

awaitable<HttpResponse> erase_customer(Gateway& gateway, const HttpRequest& request, const Caller& caller,
                                       const RouteArgs& args) {
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  auto frame = write_frame(gateway, request, caller, {"DELETE /customers", BodyRule::optional, IfMatchRule::required});
  if (!frame) co_return std::move(frame.error());
  auto command = frame->command<EraseCustomer>();
  command.id = *id;
  Said said(frame->body);
  command.reason = said.reason();
  if (auto faults = said.faults(); !faults.empty()) co_return problem(faults);
  co_return co_await answer(gateway, caller, frame->seen(), Command(std::move(command)));
}

}  // namespace

void add_person_api(Router& router, Gateway& gateway) {
  router.add({"POST", "/api/v1/customers/{id}/merge", kDeciders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return change_person<MergeCustomers>(gateway, request, caller, args, "POST /customers/merge",
                                                     [](MergeCustomers& command, const CustomerId& id, Said& said) {
                                                       command.one = id;
                                                       command.other = said.id("with");
                                                     });
              }});
  router.add({"POST", "/api/v1/customers/{id}/unmerge", kDeciders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return change_person<UnmergeCustomer>(
                    gateway, request, caller, args, "POST /customers/unmerge",
                    [](UnmergeCustomer& command, const CustomerId& id, Said&) { command.id = id; });
              }});
  router.add({"POST", "/api/v1/customers/{id}/choose", kDeciders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return change_person<ChooseFields>(gateway, request, caller, args, "POST /customers/choose",
                                                   [](ChooseFields& command, const CustomerId& id, Said& said) {
                                                     command.from = id;
                                                     command.fields = said.fields("fields");
                                                   });
              }});
  router.add({"DELETE", "/api/v1/customers/{id}", kDeciders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return erase_customer(gateway, request, caller, args);
              }});
}

}  // namespace tillgate
