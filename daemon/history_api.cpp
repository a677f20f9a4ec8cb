#include "daemon/history_api.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <charconv>

#include "daemon/customer_answers.hpp"
#include "daemon/customer_json.hpp"
#include "daemon/history_json.hpp"
#include "daemon/write_frame.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kReaders = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number < 1) return std::nullopt;
  return number;
}

Result<GetHistory> history_query(const HttpRequest& request) {
  GetHistory query;
  for (const auto& [name, value] : request.query) {
    const auto number = number_in(value);
    if (name == "limit") {
      if (!number || *number > kHistoryPageMax) return fail(Errc::invalid, "limit must be a number from 1 to 200.");
      query.limit = *number;
    } else if (name == "before") {
      if (!number) return fail(Errc::invalid, "before must be the next_before of the page before.");
      query.before = *number;
    } else {
      return fail(Errc::invalid, "Unknown query parameter. Known: before, limit.");
    }
  }
  return query;
}

awaitable<HttpResponse> get_history(Gateway& gateway, const HttpRequest& request, const RouteArgs& args) {
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  auto query = history_query(request);
  if (!query) co_return bad_request(query.error());
  query->id = *id;
  auto page = co_await ask(gateway.store, *query);
  if (!page) co_return problem(page.error());
  if (!*page) co_return co_await missing_customer(gateway, *id);
  JsonWriter json;
  json.begin_object().key("history").begin_array();
  for (const HistoryEntry& entry : (*page)->entries) write_entry(json, gateway.store.sealer(), entry);
  json.end_array().key("next_before");
  (*page)->next_before == 0 ? json.null() : json.number((*page)->next_before);
  write_freshness(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

awaitable<HttpResponse> get_provenance(Gateway& gateway, const RouteArgs& args) {
  GetProvenance query;
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  query.id = *id;
  auto found = co_await ask(gateway.store, query);
  if (!found) co_return problem(found.error());
  if (!*found) co_return co_await missing_customer(gateway, *id);
  JsonWriter json;
  json.begin_object().key("fields").begin_array();
  for (const LeafOrigin& origin : **found) write_leaf_origin(json, origin);
  json.end_array();
  write_freshness(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

// The patch that takes a change back, of the fields named, or of all. Consent is not among them: what a person said is not undone
// by an employee, they are asked again.
struct Undo {
  Patch patch;
  std::vector<FieldFault> faults;
};
Undo undo_of(const Gateway& gateway, const HistoryEntry& entry, const std::vector<std::string>& wanted) {
  Undo undo;
  std::vector<std::string> left = wanted;
  for (const LeafChange& leaf : entry.leaves) {
    if (!wanted.empty() && std::erase(left, leaf.leaf) == 0) continue;
    if (leaf.field && !spec_of(*leaf.field).is_writable_by_terminals) continue;
    if (leaf.field) {
      std::optional<std::string> value = leaf.from;
      if (value && spec_of(*leaf.field).kind == FieldKind::sealed) {
        auto plain = gateway.store.sealer().open(entry.record, *leaf.field, *value);
        if (!plain) undo.faults.push_back({leaf.leaf, "sealed", "The earlier number cannot be opened on this gateway."});
        value = plain ? std::optional<std::string>(*plain) : std::nullopt;
      }
      undo.patch.fields.emplace_back(*leaf.field, std::move(value));
    } else if (leaf.leaf.starts_with("tags.")) {
      (leaf.from == "true" ? undo.patch.tags_added : undo.patch.tags_removed).push_back(leaf.leaf.substr(5));
    } else if (!wanted.empty()) {
      undo.faults.push_back(
          {leaf.leaf, "not_revertible", "Consent and POS links are not taken back; ask the customer, or write them anew."});
    }
  }
  for (const std::string& name : left)
    undo.faults.push_back({shown(name), "not_changed", "That change did not touch this field."});
  if (undo.faults.empty() && undo.patch.is_empty())
    undo.faults.push_back({"seq", "not_revertible", "There is nothing in that change that can be taken back."});
  return undo;
}

struct Wish {
  Seq seq = 0;
  std::vector<std::string> fields;
};
Result<Wish> wish_in(const Json::Object& body) {
  JsonReader reader(body);
  Wish wish;
  const auto* seq = reader.take<std::int64_t>("seq");
  if (!seq || *seq < 1) return fail(Errc::invalid, "seq must be the number of a change in this customer's history.");
  wish.seq = *seq;
  if (const Json* given = reader.take_any("fields")) {
    const auto* list = given->as<Json::Array>();
    if (!list || list->empty())
      return fail(Errc::invalid, "fields must be a list of names, or left out for all of that change.");
    for (const Json& entry : *list) {
      const auto* text = entry.as<std::string>();
      if (!text) return fail(Errc::invalid, "fields must be a list of names.");
      wish.fields.push_back(*text);
    }
  }
  if (reader.has_more()) return fail(Errc::invalid, "Unknown field. Known: seq, fields.");
  return wish;
}

awaitable<HttpResponse> revert_customer(Gateway& gateway, const HttpRequest& request, const Caller& caller,
                                        const RouteArgs& args) {
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  auto frame = write_frame(gateway, request, caller, {"POST /customers/revert", BodyRule::json, IfMatchRule::required});
  if (!frame) co_return std::move(frame.error());
  const auto wish = wish_in(frame->body);
  if (!wish) co_return bad_request(wish.error());

  GetHistory query;
  query.id = *id;
  query.before = wish->seq + 1;
  query.limit = 1;
  auto page = co_await ask(gateway.store, query);
  if (!page) co_return problem(page.error());
  if (!*page) co_return co_await missing_customer(gateway, *id);
  const auto& entries = (*page)->entries;
  if (entries.empty() || entries.front().seq != wish->seq)
    co_return problem(404, "not_found", "There is no such change in this customer's history.");
  const HistoryEntry& entry = entries.front();
  if (entry.said)
    co_return problem(422, "not_revertible", "A merge is taken back with unmerge, a choice by choosing or writing anew.");
  if (entry.envelope.kind == "create")
    co_return problem(422, "not_revertible",
                      "The creation of a customer is not taken back; set the status to inactive, or erase them.");
  Undo undo = undo_of(gateway, entry, wish->fields);
  if (undo.faults.empty()) undo.faults = normalise(undo.patch, WriteKind::update);
  if (!undo.faults.empty()) co_return problem(undo.faults);

  auto update = frame->command<UpdateCustomer>();
  update.id = entry.record;
  update.patch = std::move(undo.patch);
  update.reason = "revert";
  Command command = std::move(update);
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return customer_problem(outcome.error());
  if (std::holds_alternative<KeyReused>(*outcome)) co_return key_reused();
  if (const auto* stale = std::get_if<StaleWrite>(&*outcome)) co_return customer_stale(gateway, caller, *stale, frame->seen());
  co_return customer_written(gateway, caller, std::get<Committed>(*outcome), 200);
}

}  // namespace

void add_history_api(Router& router, Gateway& gateway) {
  router.add({"GET", "/api/v1/customers/{id}/history", kReaders,
              [&gateway](const HttpRequest& request, const Caller&, const RouteArgs& args) {
                return get_history(gateway, request, args);
              }});
  router.add({"GET", "/api/v1/customers/{id}/provenance", kReaders,
              [&gateway](const HttpRequest&, const Caller&, const RouteArgs& args) { return get_provenance(gateway, args); }});
  router.add({"POST", "/api/v1/customers/{id}/revert", kReaders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return revert_customer(gateway, request, caller, args);
              }});
}

}  // namespace tillgate
