#include "daemon/export_api.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>

#include "daemon/customer_json.hpp"
#include "daemon/write_frame.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kExporters = Roles::of({Role::manager, Role::administrator, Role::service});
constexpr std::int64_t kPageCustomers = 100;
constexpr std::size_t kPartBytes =
    512 * 1024;  // of a part at least, unless it is the last; with the last page at most some MiB
constexpr int kPartPages = 10;

bool has_fault(std::vector<FieldFault>& faults, bool is_wrong, const char* field, const char* code, const char* sentence) {
  if (is_wrong) faults.push_back({field, code, sentence});
  return is_wrong;
}

struct Wish {
  ExportView view;
  std::string reason;
  std::vector<FieldFault> faults;
};

Wish wish_in(const Json::Object& body) {
  Wish wish;
  JsonReader reader(body);
  const Json* format = reader.take_any("format");
  const auto* word = format ? format->as<std::string>() : nullptr;
  const bool is_known = word && (*word == "csv" || *word == "jsonl");
  (void)has_fault(wish.faults, format && !is_known, "format", "not_a_choice", "The format is csv or jsonl.");
  if (is_known && *word == "jsonl") wish.view.format = ExportFormat::json_lines;
  const Json* numbers = reader.take_any("numbers");
  const auto* flag = numbers ? numbers->as<bool>() : nullptr;
  (void)has_fault(wish.faults, numbers && !flag, "numbers", "wrong_type", "This must be true or false.");
  wish.view.has_numbers = flag && *flag;
  const auto* reason = reader.take<std::string>("reason");
  if (!has_fault(wish.faults, !reason || !is_reason(*reason), "reason", "required",
                 "Say why: a code of 1 to 32 small letters, digits, dashes and underscores, such as migration."))
    wish.reason = *reason;
  (void)has_fault(wish.faults, reader.has_more(), "export", "unknown_field", "A member of the body is not known.");
  return wish;
}

AuditNote facts_of(const Exporting::Session& session) {
  AuditNote note;
  note.facts = {{"format", session.view.format == ExportFormat::csv ? "csv" : "jsonl"},
                {"numbers", session.view.has_numbers ? "yes" : "no"}};
  return note;
}

WriteNote note_of(const Caller& caller, const HttpRequest& request, const ExportId& id, const Exporting::Session& session,
                  const char* kind) {
  WriteNote command;
  command.actor = actor_of(caller);
  command.kind = kind;
  command.about = id;
  command.note = facts_of(session);
  command.reason = session.reason;
  command.correlation_id = request.correlation_id;
  return command;
}

awaitable<HttpResponse> begin(Gateway& gateway, Exporting& exporting, const HttpRequest& request, const Caller& caller) {
  auto frame = write_frame(gateway, request, caller, {"POST /exports"});
  if (!frame) co_return std::move(frame.error());
  const Wish wish = wish_in(frame->body);
  if (!wish.faults.empty()) co_return problem(wish.faults);
  for (const auto& spec : fields()) {
    if (spec.kind == FieldKind::sealed && wish.view.has_numbers && !may_see(spec, caller.role))
      co_return problem(403, "forbidden", "Licence and medical numbers are not for this role.");
  }
  Exporting::Session session;
  session.view = wish.view;
  session.credential = caller.credential;
  session.reason = wish.reason;
  const ReadFigures figures;
  auto counted = co_await ask(gateway.store, figures);
  if (!counted) co_return problem(counted.error());
  const ExportId id(change_id_of(frame->key));
  WriteNote note = note_of(caller, request, id, session, "export_begin");
  note.key = frame->key;
  note.note.facts.emplace_back("customers", std::to_string(counted->customers));
  Command command = std::move(note);
  auto outcome = co_await run(gateway.store, command);
  if (!outcome) co_return problem(outcome.error());
  if (std::holds_alternative<KeyReused>(*outcome)) co_return key_reused();
  const auto& noted = std::get<Noted>(*outcome);
  session.noted = noted.seq;
  if (noted.is_replay && !exporting.is_known(id, mono_now())) {
    // The repeat of a request that was noted long ago hands out what is here now.
    Command again = note_of(caller, request, id, session, "export_resume");
    auto resumed = co_await run(gateway.store, again);
    if (!resumed) co_return problem(resumed.error());
    session.noted = std::get<Noted>(*resumed).seq;
    session.is_resumed = true;
  }
  if (!exporting.begin(id, std::move(session), mono_now()))
    co_return problem(Error{Errc::busy, "Too many exports are being fetched; try again in some minutes.", {}});
  JsonWriter json;
  json.begin_object().key("export").begin_object().key("id").text(id.text());
  json.key("customers").number(counted->customers).end_object().end_object();
  auto response = json_response(201, json);
  response.headers.emplace_back("Location", "/api/v1/exports/" + id.text());
  co_return response;
}

struct Part {
  std::string text, next;
  std::int64_t customers = 0, unopened = 0;
};

awaitable<Result<Part>> read_part(Gateway& gateway, ExportView view, std::string cursor) {
  Part part;
  if (cursor.empty()) part.text = export_header(view);
  ListCustomers query;
  query.limit = kPageCustomers;
  query.cursor = std::move(cursor);
  for (int pages = 0; pages < kPartPages; ++pages) {
    auto page = co_await ask(gateway.store, query);
    if (!page) co_return fail(page.error());
    for (const auto& stored : page->customers) {
      ++part.customers;
      if (!add_export_line(part.text, view, stored, gateway.store.sealer())) ++part.unopened;
    }
    part.next = page->next_cursor;
    query.cursor = part.next;
    if (part.next.empty() || part.text.size() >= kPartBytes) break;
  }
  co_return part;
}

awaitable<HttpResponse> fetch(Gateway& gateway, Exporting& exporting, const HttpRequest& request, const Caller& caller,
                              const RouteArgs& args) {
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto gone = [] {
    return problem(404, "not_found", "There is no such export, or it was left alone too long; begin a new one.");
  };
  const auto id = ExportId::from_text(args.at("id"));
  const auto* session = id ? exporting.find(*id, caller.credential, mono_now()) : nullptr;
  if (!session) co_return gone();
  const std::string cursor(request.query_value("cursor").value_or(""));
  if (request.query.size() > 1 || (request.query.size() == 1 && request.query[0].first != "cursor"))
    co_return problem(400, "bad_request", "cursor must be the Tillgate-Next of the part before; there is no other parameter.");
  auto part = co_await read_part(gateway, session->view, cursor);
  if (!part) co_return bad_request(part.error());
  auto* after = exporting.find(*id, caller.credential, mono_now());
  if (!after) co_return gone();
  if (after->is_resumed && after->handed_out == 0 && after->at.empty()) after->at = cursor;
  // A part that is fetched again, after a broken line, counts once.
  if (after->at == cursor && !after->has_ended) {
    Exporting::Session counted = *after;
    counted.handed_out += part->customers;
    counted.unopened += part->unopened;
    counted.at = part->next;
    counted.has_ended = part->next.empty();
    if (counted.has_ended) {
      WriteNote note = note_of(caller, request, *id, counted, "export_end");
      note.key = CommandKey{id->text(), "export end " + std::to_string(counted.noted), hash_of(id->text())};
      note.note.facts.emplace_back("customers", std::to_string(counted.handed_out));
      Command command = std::move(note);
      auto outcome = co_await run(gateway.store, command);
      if (!outcome) co_return problem(outcome.error());
      after = exporting.find(*id, caller.credential, mono_now());
      if (!after) co_return gone();
    }
    if (after->at == cursor) *after = std::move(counted);
  }
  HttpResponse response;
  response.content_type = after->view.format == ExportFormat::csv ? "text/csv; charset=utf-8" : "application/x-ndjson";
  response.body = std::move(part->text);
  response.headers.emplace_back("Tillgate-Customers", std::to_string(part->customers));
  if (part->unopened > 0) response.headers.emplace_back("Tillgate-Unopened", std::to_string(part->unopened));
  if (!part->next.empty()) response.headers.emplace_back("Tillgate-Next", part->next);
  co_return response;
}

}  // namespace

void add_export_api(Router& router, Gateway& gateway, Exporting& exporting) {
  router.add({"POST", "/api/v1/exports", kExporters, [&](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                return begin(gateway, exporting, request, caller);
              }});
  router.add(
      {"GET", "/api/v1/exports/{id}", kExporters, [&](const HttpRequest& request, const Caller& caller, const RouteArgs& args) {
         return fetch(gateway, exporting, request, caller, args);
       }});
}

}  // namespace tillgate
