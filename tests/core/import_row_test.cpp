// What headers mean, and what becomes of a row.
#include <gtest/gtest.h>

#include "core/import_row.hpp"

namespace tillgate {
namespace {

using Names = std::vector<std::string>;

Names meant(const Names& headers, const ImportMapping& mapping = {}) {
  Names names;
  for (const auto& leaf : columns_of(headers, mapping).leaves) names.push_back(name_of(leaf));
  return names;
}
Names complaints(const Names& headers, const ImportMapping& mapping = {}) {
  Names out;
  for (const auto& fault : columns_of(headers, mapping).faults)
    out.push_back(fault.code + " " + std::to_string(fault.column) + " " + fault.field);
  return out;
}
ImportRow row_of(const Names& headers, const Names& cells, DateOrder dates = DateOrder::iso) {
  return row_from_cells(columns_of(headers, {}).leaves, cells, dates);
}
std::string value(const ImportRow& row, Field field) {
  for (const auto& [name, held] : row.patch.fields)
    if (name == field) return held.value_or("(cleared)");
  return "(not said)";
}
Names faults(const ImportRow& row) {
  Names out;
  for (const auto& fault : row.faults) out.push_back(fault.field + " " + fault.code);
  return out;
}

TEST(ImportColumns, Row31_TheNamesThatOthersUseAreUnderstood) {
  EXPECT_EQ(meant({"First Name", "LAST_NAME", "DOB", "drivers_license", "E-Mail", "Phone Number", "Zip", "licence.expires",
                   "SMS opt-in", "Tags", "id"}),
            (Names{"first_name", "last_name", "birthday", "licence.number", "email", "phone", "address.postal_code",
                   "licence.expires", "consent.sms", "tags", ""}));
  for (const auto& spec : fields()) {
    if (spec.is_writable_by_terminals) {
      EXPECT_EQ(name_of(leaf_named(spec.name).value()), spec.name);
    }
  }
}

TEST(ImportColumns, Row31_UnknownMissingAndDoubleHeadersAreEachTold) {
  EXPECT_EQ(complaints({"Score", "first_name", "fname", "Shoe size"}),
            (Names{"unknown_header 1 ", "double_field 3 first_name", "unknown_header 4 ", "missing_field 0 last_name"}));
  ImportMapping mapping;
  mapping.map = {{"Score", "last_name"}, {"Nobody", "phone"}};
  mapping.ignore = {"fname", "Shoe size"};
  EXPECT_EQ(complaints({"Score", "first_name", "fname", "Shoe size"}, mapping), (Names{"unused_header 0 phone"}));
  mapping.map = {{"Score", "surname_of_dog"}};
  EXPECT_EQ(complaints({"Score", "first_name", "fname", "Shoe size"}, mapping).front(), "unknown_field 0 ");
  mapping = {};
  mapping.ignores_unknown = true;
  EXPECT_EQ(complaints({"Score", "first_name", "last_name"}, mapping), Names{});
  for (const auto& fault : columns_of(Names{"Zelda", "Quill", "1990-12-31"}, {}).faults) {
    EXPECT_EQ(sentence_of(fault).find("Zelda"), std::string::npos) << "a file without a header has somebody's name there";
  }
}

TEST(ImportRow, Row31_SaysWhatIsWrongWithEachFieldAndNeverTheValue) {
  const auto row = row_of({"first_name", "last_name", "birthday", "email", "consent.email", "pos_links"},
                          {"", "Quill", "31.12.1990", "zoe at home", "perhaps", "Secret Name=1"});
  EXPECT_EQ(faults(row), (Names{"consent.email not_a_choice", "birthday not_a_date", "email not_an_email",
                                "first_name required", "pos_links not_an_account"}));
  for (const auto& fault : row.faults) {
    for (const char* word : {"zoe", "31.12", "perhaps", "Secret"})
      EXPECT_EQ((fault.field + fault.sentence).find(word), std::string::npos) << word;
  }
  EXPECT_EQ(faults(row_of({"first_name", "last_name"}, {"Zoë"})), Names{"row cell_count"});
}

TEST(ImportRow, Row31_UnderstandsHowOthersWriteValues) {
  const Names headers{"first_name", "last_name",   "birthday",           "gender",          "phone", "notes", "licence.number",
                      "tags",       "consent.sms", "consent.sms.source", "pos_links.treez", "status"};
  const auto row = row_of(headers,
                          {"Zoë", "O'Neil", "12/3/1990", "F", "'+14155550100", "'=SUM(A1)", "N/A", "vip|of age\\|21", "Yes",
                           "paper", "77", "ACTIVE"},
                          DateOrder::month_first);
  EXPECT_EQ(faults(row), Names{});
  EXPECT_EQ(value(row, Field::birthday), "1990-12-03");
  EXPECT_EQ(value(row, Field::gender), "female");
  EXPECT_EQ(value(row, Field::phone), "+14155550100");
  EXPECT_EQ(value(row, Field::notes), "=SUM(A1)");
  EXPECT_EQ(value(row, Field::licence_number), "(not said)");
  EXPECT_EQ(value(row, Field::status), "active");
  EXPECT_EQ(row.patch.tags, (Names{"of age|21", "vip"}));
  ASSERT_EQ(row.patch.consent.size(), 1U);
  EXPECT_TRUE(row.patch.consent[0].granted);
  EXPECT_EQ(row.patch.consent[0].source, "paper");
  ASSERT_EQ(row.patch.pos_links.size(), 1U);
  EXPECT_EQ(row.patch.pos_links[0].first, "treez");
  EXPECT_EQ(value(row_of(headers, {"A", "B", "3.12.1990", "", "", "", "", "", "", "", "", ""}, DateOrder::day_first),
                  Field::birthday),
            "1990-12-03");
  EXPECT_EQ(value(row_of(headers, {"A", "B", "1990-12-03T00:00:00Z", "", "", "", "", "", "", "", "", ""}), Field::birthday),
            "1990-12-03");
  EXPECT_EQ(faults(row_of(headers, {"A", "B", "2/30/1990", "", "", "", "", "", "", "", "", ""}, DateOrder::month_first)),
            Names{"birthday not_a_date"});
}

TEST(ImportRow, Row31_JsonLinesAreTheApisObjectsOrFlatOnes) {
  const auto nested = row_from_json(
      R"({"id":"x","first_name":"Zoë","last_name":"Quill","phone":4155550100,"address":{"city":"Denver","street2":null},"licence":{"number":"X1"},)"
      R"("consent":{"email":{"granted":true,"source":"kiosk","text_version":"v2"},"sms":false},"tags":["a|b"],"pos_links":[{"account":"treez","pos_id":"7"}],"sync":{"head_office":"pending"}})",
      {}, DateOrder::iso);
  EXPECT_EQ(faults(nested), Names{});
  EXPECT_EQ(value(nested, Field::address_city), "Denver");
  EXPECT_EQ(value(nested, Field::phone), "4155550100");
  EXPECT_EQ(nested.patch.tags, Names{"a|b"});
  ASSERT_EQ(nested.patch.consent.size(), 2U);
  EXPECT_EQ(nested.patch.consent[0].text_version, "v2");
  EXPECT_FALSE(nested.patch.consent[1].granted);
  ImportMapping mapping;
  mapping.map = {{"vorname", "first_name"}};
  EXPECT_EQ(faults(row_from_json(R"({"vorname":"Zoë","Last Name":"Quill","address.city":"Denver","address":"1 Main St"})",
                                 mapping, DateOrder::iso)),
            Names{});
  EXPECT_EQ(
      faults(row_from_json(R"({"first_name":"Zoë","fname":"Zoë","last_name":["Q"],"shoe":9,"tags":[1]})", {}, DateOrder::iso)),
      (Names{"first_name contradiction", "last_name wrong_type", "unknown unknown_field", "tags wrong_type"}));
  EXPECT_EQ(faults(row_from_json(R"({"first_name":)", {}, DateOrder::iso)), Names{"row not_json"});
  mapping = {};
  mapping.ignores_unknown = true;
  EXPECT_EQ(value(row_from_json(R"({"first_name":"A","last_name":"B","medical":{"number":"M1"},"shoe":{"size":9}})", mapping,
                                DateOrder::iso),
                  Field::medical_number),
            "M1");
}

TEST(ImportRow, ListsComeBackAsTheyWere) {
  for (const Names& words : {Names{"a"}, Names{"a|b", "c\\"}, Names{"\\|", "|", "\\\\"}, Names{"", ""}})
    EXPECT_EQ(split_list(join_list(words)), words);
}

}  // namespace
}  // namespace tillgate
