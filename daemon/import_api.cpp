#include "daemon/import_api.hpp"

#include <boost/asio/awaitable.hpp>
#include <charconv>

#include "daemon/write_frame.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kImporters = Roles::of({Role::manager, Role::administrator, Role::service});

// Asks the desk on its own thread. `run` and what it refers to live in the caller's frame until it has answered.
template <class T, class Run>
awaitable<Result<T>> at_desk(Importing& importing, const Run& run) {
  auto answer = co_await bridge<Result<T>>(
      [&](auto done) { return importing.ask([&run, done = std::move(done)](ImportDesk& desk) { done(run(desk)); }); });
  if (!answer) co_return fail(Errc::busy, "Too much is asked of the imports; repeat in a moment.");
  co_return std::move(*answer);
}

HttpResponse import_problem(const Error& error) {
  if (error.code == Errc::conflict) return problem(409, "conflict", error.what);
  if (error.code == Errc::invalid) return problem(400, "bad_request", error.what);
  if (error.code == Errc::not_found) return problem(404, "not_found", "There is no import with this id.");
  return problem(error);
}

HttpResponse import_shown(const ImportJob& job, int status) {
  JsonWriter json;
  json.begin_object().key("import").begin_object();
  write_import(json, job);
  json.end_object().end_object();
  auto response = json_response(status, json);
  if (status == 201) response.headers.emplace_back("Location", "/api/v1/imports/" + job.id.text());
  return response;
}

std::optional<std::int64_t> offset_in(std::string_view text) {
  std::int64_t offset = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), offset);
  if (error != std::errc{} || end != text.data() + text.size() || offset < 0 || offset > 8 * kImportBytesMax)
    return std::nullopt;
  return offset;
}

awaitable<HttpResponse> begin(Gateway& gateway, Importing& importing, const HttpRequest& request, const Caller& caller) {
  auto frame = write_frame(gateway, request, caller, {"POST /imports"});
  if (!frame) co_return std::move(frame.error());
  const auto parsed = import_from(frame->body);
  if (!parsed.faults.empty()) co_return problem(parsed.faults);
  using Answer = std::variant<ImportDesk::Begun, KeyReused>;
  const auto run = [&](ImportDesk& desk) { return desk.begin(frame->key, frame->actor, parsed.options); };
  auto begun = co_await at_desk<Answer>(importing, run);
  if (!begun) co_return import_problem(begun.error());
  if (std::holds_alternative<KeyReused>(*begun)) co_return key_reused();
  const auto& found = std::get<ImportDesk::Begun>(*begun);
  co_return import_shown(found.job, found.is_new ? 201 : 200);
}

// What the routes with an id share: the desk is asked with it.
template <class T, class Run>
awaitable<Result<T>> of_import(Importing& importing, const RouteArgs& args, const Run& run) {
  const auto id = ImportId::from_text(args.at("id"));
  if (!id) co_return fail(Errc::not_found, "");
  const auto with_id = [&](ImportDesk& desk) -> Result<T> { return run(desk, *id); };
  co_return co_await at_desk<T>(importing, with_id);
}

awaitable<HttpResponse> receive(Gateway& gateway, Importing& importing, const HttpRequest& request, const RouteArgs& args) {
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto offset = offset_in(args.at("offset"));
  if (!offset) co_return problem(400, "bad_request", "A part is named by the number of bytes before it.");
  if (request.body.empty()) co_return problem(400, "bad_request", "A part has at least one byte.");
  const auto run = [&](ImportDesk& desk, const ImportId& id) { return desk.receive(id, *offset, request.body); };
  auto job = co_await of_import<ImportJob>(importing, args, run);
  if (!job) co_return import_problem(job.error());
  co_return import_shown(*job, 200);
}

awaitable<HttpResponse> show(Gateway& gateway, Importing& importing, const RouteArgs& args) {
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto run = [](ImportDesk& desk, const ImportId& id) { return desk.find(id); };
  auto job = co_await of_import<ImportJob>(importing, args, run);
  if (!job) co_return import_problem(job.error());
  co_return import_shown(*job, 200);
}

awaitable<HttpResponse> list(Gateway& gateway, Importing& importing) {
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto run = [](ImportDesk& desk) { return Result<std::vector<ImportJob>>(desk.list()); };
  auto jobs = co_await at_desk<std::vector<ImportJob>>(importing, run);
  if (!jobs) co_return import_problem(jobs.error());
  JsonWriter json;
  json.begin_object().key("imports").begin_array();
  for (const ImportJob& job : *jobs) {
    json.begin_object();
    write_import(json, job);
    json.end_object();
  }
  json.end_array().end_object();
  co_return json_response(200, json);
}

awaitable<HttpResponse> report(Gateway& gateway, Importing& importing, const HttpRequest& request, const RouteArgs& args) {
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto offset = offset_in(request.query_value("offset").value_or("0"));
  if (!offset || request.query.size() > 1 || (request.query.size() == 1 && request.query[0].first != "offset"))
    co_return problem(400, "bad_request", "offset must be the Tillgate-Next of the part before; there is no other parameter.");
  const auto run = [&](ImportDesk& desk, const ImportId& id) { return desk.report(id, *offset); };
  auto part = co_await of_import<ImportDesk::ReportPart>(importing, args, run);
  if (!part) co_return import_problem(part.error());
  HttpResponse response;
  response.content_type = "text/csv; charset=utf-8";
  response.body = std::move(part->text);
  if (part->next != 0) response.headers.emplace_back("Tillgate-Next", std::to_string(part->next));
  co_return response;
}

awaitable<HttpResponse> cancel(Gateway& gateway, Importing& importing, const RouteArgs& args) {
  if (auto refusal = refusal_in(gateway)) co_return std::move(*refusal);
  const auto run = [](ImportDesk& desk, const ImportId& id) { return desk.cancel(id); };
  auto job = co_await of_import<ImportJob>(importing, args, run);
  if (!job) co_return import_problem(job.error());
  co_return import_shown(*job, 200);
}

}  // namespace

void add_import_api(Router& router, Gateway& gateway, Importing& importing) {
  importing.on_progress(
      [&gateway](const ImportJob& job) { gateway.notices.say("import " + job.id.text(), "import", progress_of(job)); });
  router.add({"POST", "/api/v1/imports", kImporters, [&](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                return begin(gateway, importing, request, caller);
              }});
  router.add({"GET", "/api/v1/imports", kImporters,
              [&](const HttpRequest&, const Caller&, const RouteArgs&) { return list(gateway, importing); }});
  router.add({"GET", "/api/v1/imports/{id}", kImporters,
              [&](const HttpRequest&, const Caller&, const RouteArgs& args) { return show(gateway, importing, args); }});
  router.add({"PUT", "/api/v1/imports/{id}/parts/{offset}", kImporters,
              [&](const HttpRequest& request, const Caller&, const RouteArgs& args) {
                return receive(gateway, importing, request, args);
              }});
  router.add(
      {"GET", "/api/v1/imports/{id}/report", kImporters, [&](const HttpRequest& request, const Caller&, const RouteArgs& args) {
         return report(gateway, importing, request, args);
       }});
  router.add({"DELETE", "/api/v1/imports/{id}", kImporters,
              [&](const HttpRequest&, const Caller&, const RouteArgs& args) { return cancel(gateway, importing, args); }});
}

}  // namespace tillgate
