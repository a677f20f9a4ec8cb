#include "service/problem.hpp"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

namespace tillgate {
namespace {

namespace json = boost::json;

std::string header(const HttpResponse& response, std::string_view name) {
  for (const auto& [key, value] : response.headers)
    if (key == name) return value;
  return "";
}

TEST(Problem, IsAnRfc9457BodyWithACodeAndASentence) {
  const auto response = problem(404, "not_found", "There is no \"such\" thing.");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "application/problem+json");
  EXPECT_EQ(json::parse(response.body), json::parse(R"({"type":"urn:tillgate:problem:not_found",
      "title":"There is no \"such\" thing.","status":404,"code":"not_found"})"));
}

TEST(Problem, MapsEveryErrorToItsStatus) {
  const std::pair<Errc, int> expected[] = {{Errc::invalid, 422},   {Errc::not_found, 404},   {Errc::unauthenticated, 401},
                                           {Errc::forbidden, 403}, {Errc::conflict, 409},    {Errc::unsupported, 405},
                                           {Errc::busy, 503},      {Errc::unavailable, 503}, {Errc::full, 507},
                                           {Errc::corrupt, 500}};
  for (const auto& [code, status] : expected) {
    const auto response = problem(Error{code, "", ""});
    EXPECT_EQ(response.status, status) << name_of(code);
    EXPECT_EQ(json::parse(response.body).at("code").as_string(), name_of(code));
    EXPECT_FALSE(json::parse(response.body).at("title").as_string().empty());
  }
}

TEST(Problem, TellsWhenToComeBack) {
  EXPECT_EQ(header(problem(Error{Errc::busy, "", ""}), "Retry-After"), "1");
  EXPECT_NE(header(problem(Error{Errc::unavailable, "", ""}), "Retry-After"), "");
  EXPECT_EQ(header(problem(Error{Errc::full, "", ""}), "Retry-After"), "");
}

TEST(Problem, AsksForABearerToken) {
  EXPECT_EQ(header(problem(Error{Errc::unauthenticated, "", ""}), "WWW-Authenticate"), "Bearer");
}

TEST(Problem, NeverShowsTheDetail) {
  for (const auto code : {Errc::invalid, Errc::corrupt, Errc::full, Errc::busy})
    EXPECT_EQ(problem(Error{code, "a sentence", "SQL: secret"}).body.find("secret"), std::string::npos);
}

TEST(Problem, SaysThatRepeatingIsSafeAfterAFailedCommit) {
  const auto response = problem(Error{Errc::corrupt, "not saved", "disk I/O error"});
  EXPECT_NE(response.body.find("asking again with the same Idempotency-Key is safe"), std::string::npos);
  EXPECT_EQ(response.body.find("not saved"), std::string::npos) << "a failed commit may be durable: nobody knows";
}

TEST(Problem, ListsEveryFaultyFieldAtOnce) {
  const auto response =
      problem({{"birthday", "not_a_date", "The birthday is not a date."}, {"notes", "too_long", "Too long."}});
  EXPECT_EQ(response.status, 422);
  const auto body = json::parse(response.body);
  const auto& errors = body.at("errors").as_array();
  ASSERT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0], json::parse(R"({"field":"birthday","code":"not_a_date","sentence":"The birthday is not a date."})"));
}

TEST(Problem, DoesNotAnswerAHundredThousandFaultsWithAHundredThousandSentences) {
  std::vector<FieldFault> faults;
  for (int i = 0; i < 100'000; ++i) faults.push_back({"k" + std::to_string(i), "unknown_field", "This field does not exist."});
  const auto response = problem(faults);
  EXPECT_LT(response.body.size(), 10'000u);
  const auto body = json::parse(response.body);
  EXPECT_EQ(body.at("errors").as_array().size(), 50u);
  EXPECT_EQ(body.at("errors_left_out").to_number<int>(), 99'950);
}

}  // namespace
}  // namespace tillgate
