#include <gtest/gtest.h>

#include "core/bytes.hpp"
#include "headoffice/config.hpp"
#include "headoffice/office_api.hpp"
#include "tests/source_dir.hpp"

namespace tillgate {
namespace {

std::string complaint_about(const std::string& text) {
  try {
    (void)read_office_config(YamlFile("hq.yaml", text));
    return "";
  } catch (const ConfigError& error) {
    return error.what();
  }
}

TEST(OfficeConfig, TheSampleFileSaysTheDefaults) {
  EXPECT_EQ(load_office_config(source_dir() + "/config/tillgate-hq.yaml"), OfficeConfig{});
}

TEST(OfficeConfig, WhatIsPrintedReadsAsTheSame) {
  OfficeConfig config;
  config.database = "host=db dbname=hq";
  config.orgs = {"acme", "globex"};
  config.broker.client_id = "it's-2";
  config.http.token_hash = std::string(64, 'a');
  config.http.decisions_token_hash = std::string(64, 'b');
  config.reconnect.first = milliseconds(250);
  EXPECT_EQ(read_office_config(YamlFile("printed", print_office_config(config))), config);
}

TEST(OfficeConfig, APasswordIsNotPrinted) {
  OfficeConfig config;
  config.database = "postgresql://hq:s3cret@db/tillgate";
  EXPECT_EQ(print_office_config(config).find("s3cret"), std::string::npos);
}

TEST(OfficeConfig, RefusesWhatWouldBeUnsafeOrMistaken) {
  EXPECT_NE(complaint_about("http:\n  listen: 0.0.0.0\n").find("http.listen"), std::string::npos);
  EXPECT_NE(complaint_about("broker:\n  host: broker.example\n  plain: true\n").find("broker.plain"), std::string::npos);
  EXPECT_NE(complaint_about("http:\n  token_hash: abc\n").find("64 hex"), std::string::npos);
  EXPECT_NE(complaint_about("http:\n  decisions_token_hash: abc\n").find("64 hex"), std::string::npos);
  const std::string one(64, 'a');
  EXPECT_NE(complaint_about("http:\n  token_hash: " + one + "\n  decisions_token_hash: " + one + "\n").find("another token"), std::string::npos);
  EXPECT_NE(complaint_about("broker:\n  prot: 1883\n").find("port"), std::string::npos);
  EXPECT_NE(complaint_about("reconnect:\n  first: 30\n").find("reconnect.first"), std::string::npos);
  EXPECT_NE(complaint_about("topic_root: a/+/b\n").find("topic_root"), std::string::npos);
  EXPECT_NE(complaint_about("orgs: [Acme]\n").find("orgs"), std::string::npos);
  EXPECT_EQ(complaint_about("broker:\n  host: 127.0.0.1\n  plain: true\n"), "");
}

TEST(OfficeAuth, OnlyTheTokenOpensAndWithoutOneNobodyDoes) {
  OfficeConfig config;
  HttpRequest request;
  request.headers = {{"authorization", "Bearer open sesame"}};
  EXPECT_EQ(office_authenticator(config)(request).role, Role::nobody);
  config.http.token_hash = hash_of("open sesame").text();
  EXPECT_EQ(office_authenticator(config)(request).role, Role::manager) << "reads";
  config.http.decisions_token_hash = hash_of("open sesame").text();
  config.http.token_hash = hash_of("another").text();
  EXPECT_EQ(office_authenticator(config)(request).role, Role::administrator) << "and decides";
  for (const char* wrong : {"Bearer open sesame!", "Bearer ", "open sesame", "Basic open sesame"}) {
    request.headers = {{"authorization", wrong}};
    EXPECT_EQ(office_authenticator(config)(request).role, Role::nobody) << wrong;
  }
}

}  // namespace
}  // namespace tillgate
