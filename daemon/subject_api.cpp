#include "daemon/subject_api.hpp"

#include <boost/asio/awaitable.hpp>
#include <set>

#include "daemon/api_common.hpp"
#include "daemon/customer_answers.hpp"
#include "daemon/subject_json.hpp"
#include "daemon/terminal_request.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kHanders = Roles::of({Role::manager, Role::administrator, Role::service});
constexpr std::size_t kOrdersMax = 10'000;
constexpr std::size_t kDocumentBytesMax = 64 * 1024 * 1024;

// One snapshot per part: what is written meanwhile may be in one part and not yet in another; `as_of` is when the first was read.
awaitable<Result<std::optional<SubjectFile>>> gather(Gateway& gateway, CustomerId id) {
  SubjectFile file;
  file.org = gateway.config.store.org;
  file.store = gateway.config.store.id;
  file.as_of = utc_now();
  file.as_of_head_office = gateway.link.is_online ? "online" : "offline";
  GetSubject whom;
  whom.id = id;
  auto subject = co_await ask(gateway.store, whom);
  if (!subject) co_return fail(subject.error());
  if (!*subject) co_return std::optional<SubjectFile>();
  file.subject = std::move(**subject);

  GetHistory history;
  history.id = id;
  history.limit = kHistoryPageMax;
  do {
    auto page = co_await ask(gateway.store, history);
    if (!page) co_return fail(page.error());
    if (!*page) co_return std::optional<SubjectFile>();
    for (auto& entry : (*page)->entries) file.history.push_back(std::move(entry));
    history.before = (*page)->next_before;
  } while (history.before != 0);

  GetProvenance provenance;
  provenance.id = id;
  auto origins = co_await ask(gateway.store, provenance);
  if (!origins) co_return fail(origins.error());
  if (!*origins) co_return std::optional<SubjectFile>();
  file.provenance = std::move(**origins);

  OrdersOf orders;
  std::set<OrderId> known;
  for (const auto& record : file.subject.records) orders.person.push_back(record.stored.customer.id);
  orders.limit = 200;
  do {
    auto page = co_await ask(gateway.store, orders);
    if (!page) co_return fail(page.error());
    for (auto& stored : page->orders) {
      if (!known.insert(stored.order.id).second) continue;  // it ended between two pages
      OrderChanges changes;
      changes.id = stored.order.id;
      auto chain = co_await ask(gateway.store, changes);
      if (!chain) co_return fail(chain.error());
      if (!*chain) continue;
      file.orders.push_back({std::move(stored), std::move(**chain)});
      if (file.orders.size() > kOrdersMax)
        co_return fail(Errc::conflict, "This customer has more orders than one document holds.");
    }
    orders.cursor = page->next_cursor;
  } while (!orders.cursor.empty());
  co_return std::optional<SubjectFile>(std::move(file));
}

awaitable<HttpResponse> hand_out(Gateway& gateway, const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  if (!has_json_body(request, false)) co_return problem(415, "unsupported_media_type", "Send the request as application/json.");
  auto body = parse_object(request.body);
  if (!body) co_return bad_request(body.error());
  JsonReader reader(*body);
  const auto* reason = reader.take<std::string>("reason");
  if (!reason || !is_reason(*reason) || reader.has_more())
    co_return problem(400, "bad_request", "The body says why, and nothing else: {\"reason\": \"asked\"}, a short code.");

  auto file = co_await gather(gateway, *id);
  if (!file) co_return problem(file.error());
  if (!*file) co_return co_await missing_customer(gateway, *id);
  std::string document = subject_json(**file, gateway.store.sealer());
  if (document.size() > kDocumentBytesMax)
    co_return problem(Error{Errc::conflict, "More is known of this customer than one answer holds.", {}});
  // Noted before a byte of it leaves: an answer that nobody could account for is none.
  WriteNote note;
  note.actor = actor_of(caller);
  note.kind = "subject_export";
  note.about = *id;
  note.reason = *reason;
  note.correlation_id = request.correlation_id;
  note.note.facts = {{"customer", id->text()},
                     {"records", std::to_string((*file)->subject.records.size())},
                     {"orders", std::to_string((*file)->orders.size())},
                     {"hash", hash_of(document).text()}};
  Command command = std::move(note);
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return problem(outcome.error());
  // Who was erased while this was gathered is not handed out any more: the note stands behind the erasure in the ledger, or before.
  const IsErased query{*id};
  auto is_gone = co_await ask(gateway.store, query);
  if (!is_gone) co_return problem(is_gone.error());
  if (*is_gone) co_return customer_erased();
  HttpResponse response;
  response.body = std::move(document);
  co_return response;
}

}  // namespace

void add_subject_api(Router& router, Gateway& gateway) {
  router.add({"POST", "/api/v1/customers/{id}/export", kHanders,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
                return hand_out(gateway, request, caller, args);
              }});
}

}  // namespace tillgate
