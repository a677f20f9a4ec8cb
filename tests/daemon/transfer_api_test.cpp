// Imports and exports over HTTP: who may, what is answered, and that what leaves comes back as it was.
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <thread>

#include "core/csv.hpp"
#include "tests/daemon/gateway_rig.hpp"
#include "tests/daemon/names_of_the_world.hpp"

namespace tillgate {
namespace {

using namespace test;
namespace json = boost::json;

std::string import_body(const std::string& file, const std::string& more = "") {
  return R"({"hash":")" + hash_of(file).text() + R"(","bytes":)" + std::to_string(file.size()) + more + "}";
}
HttpResponse begin(GatewayRig& rig, const std::string& file, const std::string& key, const std::string& more = "",
                   std::optional<Role> as = Role::manager) {
  return rig.send({"POST", "/api/v1/imports", import_body(file, more), {{"idempotency-key", key}}, {}}, as);
}
std::string id_in(const HttpResponse& response) {
  return std::string(json_of(response).at("import").at("id").as_string());
}
// Sends the file and waits for the end; the import as it is told then.
json::object finish(GatewayRig& rig, const std::string& id, const std::string& file) {
  const std::string path = "/api/v1/imports/" + id;
  for (std::size_t at = 0; at < file.size(); at += 100'000) {
    const auto part = rig.send({"PUT",
                                path + "/parts/" + std::to_string(at),
                                file.substr(at, 100'000),
                                {{"content-type", "application/octet-stream"}},
                                {}},
                               Role::manager);
    EXPECT_EQ(part.status, 200) << part.body;
  }
  const auto until = mono_now() + seconds(60);
  for (;;) {
    auto import = json_of(rig.send({"GET", path, {}, {}, {}}, Role::manager)).at("import").as_object();
    const auto state = import.at("state").as_string();
    if ((state != "receiving" && state != "checking" && state != "writing") || mono_now() > until) return import;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}
json::object import(GatewayRig& rig, const std::string& file, const std::string& key, const std::string& more = "") {
  const auto begun = begin(rig, file, key, more);
  EXPECT_EQ(begun.status, 201) << begun.body;
  return finish(rig, id_in(begun), file);
}

struct Exported {
  std::string text;
  std::int64_t customers = 0;
  int parts = 0;
};
Exported export_all(GatewayRig& rig, const std::string& format, bool has_numbers, const std::string& key) {
  const std::string body =
      R"({"format":")" + format + R"(","numbers":)" + (has_numbers ? "true" : "false") + R"(,"reason":"migration"})";
  const auto begun = rig.send({"POST", "/api/v1/exports", body, {{"idempotency-key", key}}, {}}, Role::manager);
  EXPECT_EQ(begun.status, 201) << begun.body;
  Exported out;
  std::string next;
  do {
    Call call{"GET", header_of(begun, "Location"), {}, {}, {}};
    if (!next.empty()) call.query = {{"cursor", next}};
    const auto part = rig.send(call, Role::manager);
    EXPECT_EQ(part.status, 200) << part.body;
    out.text += part.body;
    out.customers += std::stoll(header_of(part, "Tillgate-Customers"));
    ++out.parts;
    next = header_of(part, "Tillgate-Next");
  } while (!next.empty());
  return out;
}

// What is known of every customer but what a gateway gives: ids, times.
std::vector<std::string> people_in(GatewayRig& rig) {
  std::vector<std::string> people;
  std::string cursor;
  do {
    Call call{"GET", "/api/v1/customers", {}, {}, {{"limit", "200"}}};
    if (!cursor.empty()) call.query.emplace_back("cursor", cursor);
    auto page = json_of(rig.send(call));
    for (auto& customer : page.at("customers").as_array()) {
      auto& object = customer.as_object();
      for (const char* given : {"id", "created_at", "updated_at", "etag", "sync"}) object.erase(given);
      people.push_back(json::serialize(object));
    }
    cursor = page.at("next_cursor").is_string() ? std::string(page.at("next_cursor").as_string()) : "";
  } while (!cursor.empty());
  return people;
}

// More than one part of an export holds.
std::string many_items() {
  const std::string notes(3000, 'n');
  std::string items;
  for (int i = 0; i < 250; ++i)
    items += std::string(i ? "," : "") + R"({"customer":{"first_name":"P)" + std::to_string(i) +
             R"(","last_name":"Example","notes":")" + notes + R"("}})";
  return items;
}

TEST(TransferApi, Row31_AnImportIsBegunSentWatchedAndReported) {
  GatewayRig rig;
  const std::string file = "Vorname,last_name,Score,Phone\nZoë,Quill,9,'+14155550100\n,Bell,9,\n";
  const auto begun = begin(rig, file, "k1", R"(,"map":{"Vorname":"first_name"},"ignore":["Score"],"mode":"skip_bad")");
  ASSERT_EQ(begun.status, 201) << begun.body;
  EXPECT_EQ(header_of(begun, "Location"), "/api/v1/imports/" + id_in(begun));
  EXPECT_EQ(begin(rig, file, "k1", R"(,"map":{"Vorname":"first_name"},"ignore":["Score"],"mode":"skip_bad")").status, 200);
  EXPECT_EQ(begin(rig, file + "x", "k1").status, 422) << "the key belongs to another request";
  EXPECT_EQ(begin(rig, file, "k2").status, 409) << "with other options";
  const auto done = finish(rig, id_in(begun), file);
  EXPECT_EQ(done.at("state").as_string(), "done");
  EXPECT_EQ(done.at("created").as_int64(), 1);
  EXPECT_EQ(done.at("bad").as_int64(), 1);
  EXPECT_EQ(done.at("rows_total").as_int64(), 2);
  const auto report = rig.send({"GET", "/api/v1/imports/" + id_in(begun) + "/report", {}, {}, {}}, Role::manager);
  EXPECT_NE(report.body.find("2,3,bad,,first_name,required,"), std::string::npos) << report.body;
  EXPECT_EQ(header_of(report, "Tillgate-Next"), "");
  EXPECT_EQ(json_of(rig.send({"GET", "/api/v1/imports", {}, {}, {}}, Role::service)).at("imports").as_array().size(), 1U);
  EXPECT_NE(people_in(rig).at(0).find(R"("phone":"+14155550100")"), std::string::npos);
}

TEST(TransferApi, Row31_WrongOptionsAreAllTold) {
  GatewayRig rig;
  const auto wrong = rig.send(
      {"POST",
       "/api/v1/imports",
       R"({"hash":"x","bytes":0,"format":"xml","mode":"some","separator":"||","map":{"A":"b"},"ignore":"x","dry_run":1,"why":2})",
       {{"idempotency-key", "k1"}},
       {}},
      Role::manager);
  EXPECT_EQ(wrong.status, 422);
  EXPECT_EQ(json_of(wrong).at("errors").as_array().size(), 9U) << wrong.body;
  EXPECT_EQ(rig.send({"POST", "/api/v1/imports", "{}", {}, {}}, Role::manager).status, 400) << "no key";
  EXPECT_EQ(rig.send({"GET", "/api/v1/imports/nobody", {}, {}, {}}, Role::manager).status, 404);
  const auto begun = begin(rig, "first_name,last_name\nA,B\n", "k2");
  EXPECT_EQ(rig.send({"PUT", "/api/v1/imports/" + id_in(begun) + "/parts/minus", "x", {}, {}}, Role::manager).status, 400);
  EXPECT_EQ(rig.send({"PUT", "/api/v1/imports/" + id_in(begun) + "/parts/7", "x", {}, {}}, Role::manager).status, 409);
  EXPECT_EQ(rig.send({"DELETE", "/api/v1/imports/" + id_in(begun), {}, {}, {}}, Role::manager).status, 200);
}

TEST(TransferApi, Row31_ProgressIsALiveEvent) {
  GatewayRig rig;
  const std::string file = "first_name,last_name\nAda,Lovelace\nGrace,Hopper\n";
  const auto done = import(rig, file, "i1");
  const std::string topic = "import " + std::string(done.at("id").as_string());
  json::object told;
  const auto until = mono_now() + seconds(60);
  while ((told.empty() || told.at("state") != "done") && mono_now() < until) {
    rig.turn();
    for (const Notice& notice : rig.gateway().notices.after(0)) {
      if (notice.topic == topic && notice.event == "import") told = json::parse(notice.data).as_object();
    }
  }
  ASSERT_FALSE(told.empty());
  EXPECT_EQ(told.at("state").as_string(), "done");
  EXPECT_EQ(told.at("created").as_int64(), 2);
  EXPECT_EQ(told.at("rows_total").as_int64(), 2);
}

TEST(TransferApi, Row31_Row36_WhatIsExportedComesBackWithoutLossInEveryScript) {
  GatewayRig rig;
  std::vector<std::string> bodies;
  int n = 0;
  for (const auto& [first, last] : names_of_the_world()) {
    json::object body{{"first_name", first},
                      {"last_name", last},
                      {"birthday", "1990-12-31"},
                      {"phone", "+1415555" + std::to_string(1000 + n)},
                      {"notes", "=cmd|' /C calc'!A0\nline, \"two\"; three\t| \\ " + first},
                      {"address", {{"street1", "@home"}, {"city", last}, {"country", "us"}}},
                      {"licence", {{"number", "-X" + std::to_string(n)}, {"region", "CA"}, {"expires", "2030-01-31"}}},
                      {"gender", n % 2 ? "female" : "nonbinary"},
                      {"consent", {{"email", n % 2 == 0}, {"sms", false}}},
                      {"tags", {"a|b", "=x", first + "\\"}},
                      {"status", n % 3 ? "active" : "banned"}};
    const auto made = rig.send({"POST",
                                "/api/v1/customers",
                                json::serialize(body),
                                {{"idempotency-key", "k" + std::to_string(n++)}, {"prefer", "allow-duplicate"}},
                                {}});
    ASSERT_EQ(made.status, 201) << made.body;
  }
  ASSERT_EQ(rig.create(R"({"first_name":"'=Ann","last_name":"'tis"})", "apostrophe").status, 201);
  const auto before = people_in(rig);
  for (const std::string format : {"csv", "jsonl"}) {
    const auto exported = export_all(rig, format, true, "export-" + format);
    EXPECT_EQ(exported.customers, static_cast<std::int64_t>(before.size()));
    GatewayRig other;
    const auto done = import(other, exported.text, "k1", R"(,"format":")" + format + "\"");
    EXPECT_EQ(done.at("state").as_string(), "done") << json::serialize(done);
    EXPECT_EQ(people_in(other), before) << format;
    const auto again = export_all(other, format, true, "again");
    EXPECT_EQ(std::count(again.text.begin(), again.text.end(), '\n'),
              std::count(exported.text.begin(), exported.text.end(), '\n'));
  }
}

TEST(TransferApi, Row36_NoCellOfAnExportIsAFormula) {
  GatewayRig rig;
  for (const std::string evil : {"=cmd", "+1+1", "-2", "@SUM(A1)", "＝1"})
    ASSERT_EQ(rig.create(R"({"first_name":")" + evil + R"(","last_name":")" + evil + R"(","phone":"+14155550100","tags":[")" +
                             evil + R"("]})",
                         "k" + hash_of(evil).text().substr(0, 9))
                  .status,
              201);
  const auto exported = export_all(rig, "csv", true, "e1");
  std::string_view text = exported.text;
  int cells = 0;
  while (!text.empty()) {
    const CsvRow row = csv_row(text, true, ',');
    ASSERT_EQ(row.state, CsvRow::State::whole);
    text.remove_prefix(row.bytes);
    for (const auto& cell : row.cells) {
      ++cells;
      for (const char* begin : {"=", "+", "-", "@", "\t", "\r", "＝"}) EXPECT_FALSE(cell.starts_with(begin)) << cell;
    }
  }
  EXPECT_GT(cells, 100);
}

TEST(TransferApi, Row36_NumbersLeaveOnlyWhenAskedForAndWhatLeftIsNoted) {
  GatewayRig rig;
  ASSERT_EQ(rig.create(R"({"first_name":"Zoë","last_name":"Quill","licence":{"number":"ZQ7-LICENCE"}})", "k1").status, 201);
  EXPECT_EQ(export_all(rig, "csv", false, "e1").text.find("ZQ7"), std::string::npos);
  EXPECT_EQ(export_all(rig, "jsonl", false, "e2").text.find("ZQ7"), std::string::npos);
  EXPECT_NE(export_all(rig, "csv", true, "e3").text.find("ZQ7-LICENCE"), std::string::npos);
  const auto batch = ReadBatch{{"acme"}, {"s1"}, 1, 100, 100'000, utc_now()};
  std::promise<Result<UpBatch>> promise;
  ASSERT_TRUE(rig.gateway().store.ask(batch, [&](Result<UpBatch> answer) { promise.set_value(std::move(answer)); }));
  const auto notes = promise.get_future().get().value().body;
  for (const char* said : {R"("kind":"export_begin")", R"("kind":"export_end")", R"("reason":"migration")",
                           R"("role":"manager")", R"("facts":{"format":"csv","numbers":"yes","customers":"1"})"})
    EXPECT_NE(notes.find(said), std::string::npos) << said << "\n" << notes;
  EXPECT_EQ(notes.find("ZQ7"), std::string::npos);
}

// How often the ledger has a note of the kind.
std::ptrdiff_t notes_of(GatewayRig& rig, const std::string& kind) {
  ReadAudit query;
  query.limit = kAuditPageMax;
  std::promise<Result<ReadAudit::Page>> promise;
  EXPECT_TRUE(rig.gateway().store.ask(query, [&](Result<ReadAudit::Page> page) { promise.set_value(std::move(page)); }));
  const auto page = promise.get_future().get().value();
  return std::count_if(page.rows.begin(), page.rows.end(), [&](const AuditRow& row) {
    return row.envelope.find("\"kind\":\"" + kind + "\"") != std::string::npos;
  });
}

TEST(TransferApi, Row36_WhatLeavesAgainUnderAnOldKeyIsNotedAgain) {
  GatewayRig rig;
  ASSERT_EQ(rig.create(R"({"first_name":"Zoë","last_name":"Quill"})", "k1").status, 201);
  ASSERT_EQ(export_all(rig, "csv", false, "e1").customers, 1);
  ASSERT_EQ(export_all(rig, "csv", false, "e1").customers, 1);  // within minutes: the same one
  EXPECT_EQ(notes_of(rig, "export_begin"), 1);
  EXPECT_EQ(notes_of(rig, "export_end"), 1);
  rig.exporting() = Exporting();  // as after a restart, or a month
  ASSERT_EQ(export_all(rig, "csv", false, "e1").customers, 1);
  EXPECT_EQ(notes_of(rig, "export_resume"), 1);
  EXPECT_EQ(notes_of(rig, "export_end"), 2);
}

TEST(TransferApi, Row36_AnExportThatGoesOnAfterARestartEndsInTheLedger) {
  GatewayRig rig;
  const std::string items = many_items();
  const Call batch{"POST", "/api/v1/customers/batch", R"({"items":[)" + items + "]}",
                   {{"idempotency-key", "b1"}, {"prefer", "allow-duplicate"}}, {}};
  ASSERT_EQ(rig.send(batch).status, 200);
  const Call begin{"POST", "/api/v1/exports", R"({"reason":"audit"})", {{"idempotency-key", "e1"}}, {}};
  Call part{"GET", header_of(rig.send(begin, Role::manager), "Location"), {}, {}, {}};
  const auto first = rig.send(part, Role::manager);
  ASSERT_EQ(first.status, 200);
  ASSERT_FALSE(header_of(first, "Tillgate-Next").empty());
  rig.exporting() = Exporting();
  part.query = {{"cursor", header_of(first, "Tillgate-Next")}};
  EXPECT_EQ(rig.send(part, Role::manager).status, 404);
  ASSERT_EQ(rig.send(begin, Role::manager).status, 201);
  const auto rest = rig.send(part, Role::manager);
  ASSERT_EQ(rest.status, 200);
  EXPECT_TRUE(header_of(rest, "Tillgate-Next").empty());
  EXPECT_EQ(notes_of(rig, "export_resume"), 1);
  EXPECT_EQ(notes_of(rig, "export_end"), 1);
}

TEST(TransferApi, Row31_ARowOfNonsenseIsNoReportManyTimesItsSize) {
  GatewayRig rig;
  std::string row = "{";
  for (int i = 0; i < 1000; ++i) row += (i ? ",\"x" : "\"x") + std::to_string(i) + "\":1";
  row += "}\n";
  const auto done = import(rig, row, "i1", R"(,"format":"jsonl","mode":"skip_bad","dry_run":true)");
  EXPECT_EQ(done.at("bad").as_int64(), 1);
  const auto report =
      rig.send({"GET", "/api/v1/imports/" + std::string(done.at("id").as_string()) + "/report", {}, {}, {}}, Role::manager);
  EXPECT_EQ(std::count(report.body.begin(), report.body.end(), '\n'), 1 + 16 + 1) << "header, the first faults, and that there are more";
}

TEST(TransferApi, Row36_AnExportNeedsAReasonAndItsOwner) {
  GatewayRig rig;
  const auto post = [&](const std::string& body, const std::string& key, Role as = Role::manager) {
    return rig.send({"POST", "/api/v1/exports", body, {{"idempotency-key", key}}, {}}, as);
  };
  EXPECT_EQ(post("{}", "k1").status, 422);
  EXPECT_EQ(post(R"({"reason":"Because I said so"})", "k2").status, 422);
  EXPECT_EQ(post(R"({"reason":"audit","format":"xls"})", "k3").status, 422);
  const auto begun = post(R"({"reason":"audit"})", "k4");
  ASSERT_EQ(begun.status, 201);
  const std::string path = header_of(begun, "Location");
  EXPECT_EQ(rig.send({"GET", path, {}, {}, {}}, Role::administrator).status, 404) << "somebody else's";
  EXPECT_EQ(rig.send({"GET", path, {}, {}, {{"cursor", "nonsense"}}}, Role::manager).status, 400);
  EXPECT_EQ(rig.send({"GET", path, {}, {}, {}}, Role::manager).status, 200);
  for (std::size_t i = 1; i < kExportsMax; ++i)
    EXPECT_EQ(post(R"({"reason":"audit"})", "more" + std::to_string(i)).status, 201);
  EXPECT_EQ(post(R"({"reason":"audit"})", "too-many").status, 503);
  // One that was left alone makes room.
  EXPECT_TRUE(rig.exporting().begin(ExportId(uuid_v4({7})), {}, mono_now() + kExportIdle + seconds(1)));
}

TEST(TransferApi, Row36_LargeExportsComeInPartsInTheOrderOfArrival) {
  GatewayRig rig;
  const std::string items = many_items();
  ASSERT_EQ(
      rig.send({"POST", "/api/v1/customers/batch", R"({"items":[)" + items + "]}", {{"idempotency-key", "b1"}}, {}}).status,
      200);
  const auto exported = export_all(rig, "csv", false, "e1");
  EXPECT_EQ(exported.customers, 250);
  EXPECT_GT(exported.parts, 1);
  std::size_t at = 0;
  for (int i = 0; i < 250; ++i) {
    at = exported.text.find(",P" + std::to_string(i) + ",", at);
    ASSERT_NE(at, std::string::npos) << i;
  }
}

}  // namespace
}  // namespace tillgate
