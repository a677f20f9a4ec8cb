// The copy that a customer is given: everything that any table holds of the person is in it, and nobody else's.
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <set>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using namespace test;
namespace json = boost::json;

struct TableRow {
  std::int64_t number = 0;  // of its first column
  std::string text;         // all columns; blobs in hex
};
std::map<std::string, std::vector<TableRow>> tables_in(const std::filesystem::path& file) {
  std::map<std::string, std::vector<TableRow>> tables;
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open_v2(file.c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  const auto each_row = [&](const std::string& sql, const auto& take) {
    sqlite3_stmt* rows = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(db, sql.c_str(), -1, &rows, nullptr), SQLITE_OK) << sql;
    while (sqlite3_step(rows) == SQLITE_ROW) take(rows);
    sqlite3_finalize(rows);
  };
  std::vector<std::string> names;
  each_row("SELECT name FROM sqlite_master WHERE type = 'table'",
           [&](sqlite3_stmt* row) { names.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(row, 0))); });
  for (const auto& name : names) {
    auto& into = tables[name];
    each_row("SELECT * FROM " + name, [&](sqlite3_stmt* row) {
      TableRow one;
      one.number = sqlite3_column_int64(row, 0);
      for (int i = 0; i < sqlite3_column_count(row); ++i) {
        const auto* bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(row, i));
        const std::span<const std::uint8_t> cell(bytes, static_cast<std::size_t>(sqlite3_column_bytes(row, i)));
        one.text += sqlite3_column_type(row, i) == SQLITE_BLOB ? to_hex(cell) : std::string(cell.begin(), cell.end());
        one.text += '\n';
      }
      into.push_back(std::move(one));
    });
  }
  sqlite3_close(db);
  return tables;
}

class Subject {
 public:
  Subject() {
    first_ = create(
        R"({"first_name":"Zq7first","last_name":"Zq7last","phone":"5558675309","notes":"Zq7notes","licence":{"number":"ZQ7LICENCE","region":"CA"},)"
        R"("address":{"street1":"Zq7street"},"tags":["zq7tag"],"consent":{"email":{"granted":true,"source":"zq7-kiosk","text_version":"zq7-text"}}})",
        "c1");
    second_ = create(
        R"({"first_name":"Zq7other","last_name":"Zq7last","email":"zq7mail@example.invalid","medical":{"number":"ZQ7MEDICAL"}})",
        "c2");
    stranger_ = create(R"({"first_name":"Someone","last_name":"Else","notes":"Zz9stranger"})", "c3");
    patch(first_, R"({"phone":"5558675310","notes":"Zq7newer","tags":[],"consent":{"email":false}})", "p1");
    EXPECT_EQ(rig.send({"POST",
                        "/api/v1/customers/" + first_ + "/merge",
                        R"({"with":")" + second_ + R"(","reason":"asked"})",
                        {{"idempotency-key", "m1"}},
                        {}},
                       Role::manager)
                  .status,
              200);
    EXPECT_EQ(rig.send({"POST",
                        "/api/v1/customers/" + first_ + "/choose",
                        R"({"fields":["first_name"]})",
                        {{"idempotency-key", "m2"}},
                        {}},
                       Role::manager)
                  .status,
              200);
    EXPECT_EQ(rig.send({"POST",
                        "/api/v1/duplicates/apart",
                        R"({"one":")" + first_ + R"(","other":")" + stranger_ + "\"}",
                        {{"idempotency-key", "d1"}},
                        {}},
                       Role::manager)
                  .status,
              200);
    const auto order =
        rig.send({"POST",
                  "/api/v1/orders",
                  R"({"customer":")" + second_ +
                      R"(","notes":"Zq7order","age_check":"document","lines":{"p1":{"quantity":1,"name":"Zq7thing"}}})",
                  {{"idempotency-key", "o1"}},
                  {}});
    EXPECT_EQ(order.status, 201) << order.body;
    order_ = std::string(json_of(order).at("order").at("id").as_string());
    const auto changed = rig.send({"PATCH",
                                   "/api/v1/orders/" + order_,
                                   R"({"notes":"Zq7orderlater"})",
                                   {{"idempotency-key", "o2"}, {"if-match", "*"}},
                                   {}});
    EXPECT_EQ(changed.status, 200) << changed.body;
  }
  [[nodiscard]] HttpResponse ask(const std::string& body = R"({"reason":"asked"})", Role as = Role::manager,
                                 const std::string& id = {}) {
    return rig.send({"POST", "/api/v1/customers/" + (id.empty() ? first_ : id) + "/export", body, {}, {}}, as);
  }
  std::string create(const std::string& body, const std::string& key) {
    const auto made = rig.create(body, key);
    EXPECT_EQ(made.status, 201) << made.body;
    return std::string(json_of(made).at("customer").at("id").as_string());
  }
  void patch(const std::string& id, const std::string& body, const std::string& key) {
    EXPECT_EQ(rig.patch(id, body, key, "*").status, 200);
  }

  GatewayRig rig;
  std::string first_, second_, stranger_, order_;
};

std::string hex_of(const std::string& id) {
  std::string hex = id;
  std::erase(hex, '-');
  return hex;
}
std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

// Every seq that the document tells of.
void seqs_in(const json::value& value, std::set<std::int64_t>& seqs) {
  if (value.is_array())
    for (const auto& one : value.as_array()) seqs_in(one, seqs);
  if (!value.is_object()) return;
  for (const auto& [key, member] : value.as_object()) {
    if (key == "seq" && member.is_int64()) seqs.insert(member.as_int64());
    seqs_in(member, seqs);
  }
}

TEST(SubjectApi, Row36_WhatAnyTableHoldsOfThePersonIsInTheDocument) {
  Subject subject;
  const auto answer = subject.ask();
  ASSERT_EQ(answer.status, 200) << answer.body;
  const auto document = json::parse(answer.body);
  EXPECT_TRUE(document.at("is_whole").as_bool());
  const std::string text = lower(answer.body);
  std::set<std::int64_t> seqs;
  seqs_in(document, seqs);

  const std::vector<std::string> canaries{"zq7first", "zq7last",    "zq7other",      "5558675309", "5558675310", "zq7notes",
                                          "zq7newer", "zq7licence", "zq7street",     "zq7tag",     "zq7-kiosk",  "zq7-text",
                                          "zq7mail",  "zq7medical", "zq7orderlater", "zq7order",   "zq7thing"};
  for (const auto& canary : canaries) EXPECT_NE(text.find(canary), std::string::npos) << canary << " is not in the document";

  const std::vector<std::string> ids{subject.first_, subject.second_, subject.order_};
  const auto is_theirs = [&](const std::string& row) {
    const std::string low = lower(row);
    const auto has = [&](const std::string& word) { return low.find(word) != std::string::npos; };
    return std::any_of(canaries.begin(), canaries.end(), has) ||
           std::any_of(ids.begin(), ids.end(), [&](const auto& id) { return has(id) || has(hex_of(id)); });
  };
  std::map<std::string, int> found;
  for (const auto& [table, rows] : tables_in(subject.rig.folder() / "tillgate.db")) {
    for (const TableRow& row : rows) {
      if (!is_theirs(row.text)) continue;
      ++found[table];
      if (table == "ledger") {
        // That a copy was handed out is noted behind what it tells of.
        const bool is_note = row.text.find(R"("entity":"audit")") != std::string::npos;
        EXPECT_TRUE(is_note || seqs.contains(row.number)) << "row " << row.number << " of the ledger: " << row.text;
      } else if (table == "customers" || table == "orders" || table == "links" || table == "choices" || table == "ids") {
        const bool is_named = std::any_of(ids.begin(), ids.end(), [&](const auto& id) {
          return (row.text.find(id) != std::string::npos || row.text.find(hex_of(id)) != std::string::npos) &&
                 text.find(id) != std::string::npos;
        });
        EXPECT_TRUE(is_named) << table << ": " << row.text;
      } else if (table == "likenesses") {
        EXPECT_FALSE(document.at("look_alikes").as_array().empty());
      } else if (table == "answers" || table == "pos_links" || table == "search_terms" || table == "search_words") {
        // Made out of the rest: which request was about which record, and words of what is told already.
      } else {
        ADD_FAILURE() << "a table that nobody has thought of holds something of a person: " << table;
      }
    }
  }
  for (const char* table : {"ledger", "customers", "orders", "links", "choices", "ids"})
    EXPECT_GT(found[table], 0) << table << ": the search finds what is there";
  for (const char* part : {"records", "links", "choices", "look_alikes", "consents", "provenance", "history", "orders"})
    EXPECT_FALSE(document.at(part).as_array().empty()) << part;
  EXPECT_EQ(document.at("records").as_array().size(), 2U);
  EXPECT_EQ(document.at("consents").as_array().at(0).at("consent_source").as_string(), "zq7-kiosk");
  EXPECT_EQ(document.at("consents").as_array().at(0).at("text_version").as_string(), "zq7-text");
  EXPECT_FALSE(document.at("consents").as_array().at(1).at("granted").as_bool());
  EXPECT_EQ(text.find("zz9stranger"), std::string::npos) << "nobody else's";
  EXPECT_EQ(text.find("s1.k1."), std::string::npos) << "numbers are opened";
}

TEST(SubjectApi, Row36_ItIsNotedWithWhoAndWhyBeforeItLeaves) {
  Subject subject;
  EXPECT_EQ(subject.ask("{}").status, 400);
  EXPECT_EQ(subject.ask(R"({"reason":"Zelda asked"})").status, 400);
  EXPECT_EQ(subject.ask(R"({"reason":"asked"})", Role::staff).status, 403);
  ASSERT_EQ(subject.ask(R"({"reason":"asked"})", Role::administrator).status, 200);
  const auto rows = tables_in(subject.rig.folder() / "tillgate.db")["ledger"];
  const std::string& note = rows.back().text;
  for (const std::string& said :
       {std::string(R"("kind":"subject_export")"), std::string(R"("role":"administrator")"), std::string(R"("reason":"asked")"),
        R"("key":")" + subject.first_ + "\"", std::string(R"("records":"2","orders":"1")")})
    EXPECT_NE(note.find(said), std::string::npos) << said << "\n" << note;
  EXPECT_EQ(lower(note).find("zq7"), std::string::npos);
}

TEST(SubjectApi, Row36_NobodyIsHandedOutWhoIsGone) {
  Subject subject;
  EXPECT_EQ(subject.ask(R"({"reason":"asked"})", Role::manager, "00000000-0000-7000-8000-000000000000").status, 404);
  ASSERT_EQ(subject.rig
                .send({"DELETE", "/api/v1/customers/" + subject.first_, {}, {{"idempotency-key", "d1"}, {"if-match", "*"}}, {}},
                      Role::manager)
                .status,
            200);
  EXPECT_EQ(subject.ask().status, 410);
}

}  // namespace
}  // namespace tillgate
