#include "service/http_text.hpp"

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "service/http_head.hpp"

namespace tillgate {
namespace {

TEST(Target, IsDecodedIntoPathAndQuery) {
  const auto target = parse_target("/api/v1/customers/a%20b%C3%A9?limit=10&cursor=%2Fx&flag&plus=a+b");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/api/v1/customers/a b\xC3\xA9");
  const std::vector<std::pair<std::string, std::string>> query{
      {"limit", "10"}, {"cursor", "/x"}, {"flag", ""}, {"plus", "a+b"}};
  EXPECT_EQ(target->query, query);
}

TEST(Target, IsRefusedWhenTwoReadersCouldReadItDifferently) {
  for (const char* target : {"",          "*",           "live",     "http://127.0.0.1/live",
                             "/%",        "/%2",         "/%zz",     "/%00",
                             "/%0a",      "/%7f",        "/a%2Fb",   "/a%2fb",
                             "/.",        "/..",         "/a/../b",  "/%2e%2e/b",
                             "/a/.",      "/a#b",        "/a b",     "/a\\b",
                             "/\xC3\xA9", "/%C3",        "/%C0%AF",  "/%ED%A0%80",
                             "/%C2%80",   "/a?b=%",      "/a?b=%00", "/a?b=1&b=2",
                             "/a?=1",     "/a?b=1&&c=2", "/a?b=[1]", "/a?b=\"",
                             "/a?b=%FF"})
    EXPECT_FALSE(parse_target(target)) << target;
}

TEST(Target, IsBounded) {
  EXPECT_TRUE(parse_target("/" + std::string(kTargetBytesMax - 1, 'a')));
  EXPECT_FALSE(parse_target("/" + std::string(kTargetBytesMax, 'a')));
  std::string query = "/a?";
  for (std::size_t i = 0; i < kQueryPartsMax; ++i) query += "k" + std::to_string(i) + "=v&";
  EXPECT_TRUE(parse_target(query));
  EXPECT_FALSE(parse_target(query + "one=more"));
}

TEST(Host, IsReadWithoutItsPort) {
  EXPECT_EQ(host_of("Store-7.LAN:8443"), "store-7.lan");
  EXPECT_EQ(host_of("[::1]:80"), "[::1]");
  EXPECT_EQ(host_of("127.0.0.1"), "127.0.0.1");
  for (const char* host :
       {"", ":80", "a b", "a:", "a:x", "a:123456", "a:65536", "[::1", "[]", "[::1]x", "[evil.example]", "a@b", "a/b", "a,b"})
    EXPECT_FALSE(host_of(host)) << host;
}

TEST(Host, IsAllowedWhenItCannotBeRebound) {
  const std::vector<std::string> also{"store-7.lan"};
  for (const char* host : {"localhost", "127.0.0.1", "192.168.1.20", "[::1]", "store-7.lan"})
    EXPECT_TRUE(is_host_allowed(host, also)) << host;
  for (const char* host :
       {"evil.example", "localhost.evil.example", "127.1", "0x7f000001", "1.2.3.4.5", "store-7.lan.", "localhost."})
    EXPECT_FALSE(is_host_allowed(host, also)) << host;
}

TEST(RequestId, TakesOnlyHarmlessText) {
  EXPECT_TRUE(is_request_id("Abc-1.2_3"));
  EXPECT_TRUE(is_request_id(std::string(64, 'a')));
  for (const auto& id : {std::string(), std::string(65, 'a'), std::string("a b"), std::string("a\"b"), std::string("\xC3\xA9")})
    EXPECT_FALSE(is_request_id(id)) << id;
}

TEST(HeadScan, FindsTheEndWhereverTheBytesAreCut) {
  const std::string head = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
  for (std::size_t cut = 0; cut < head.size(); ++cut) {
    HeadScan scan;
    EXPECT_EQ(scan.look(head.substr(0, cut)), HeadScan::State::incomplete) << cut;
    EXPECT_EQ(scan.look(head + "next"), HeadScan::State::complete);
    EXPECT_EQ(scan.head_bytes(), head.size());
  }
}

TEST(HeadScan, RefusesWhatNoHeadCanHold) {
  using namespace std::string_literals;
  for (const auto& bytes : {"GET / HTTP/1.1\nHost: a\n\n"s, "G\rX"s, "\0"s, "\x16\x03\x01"s, "GET /\x7f"s, "\n"s, "\x1b"s}) {
    HeadScan scan;
    EXPECT_EQ(scan.look(bytes), HeadScan::State::faulty) << bytes;
  }
}

std::string head_of(const std::string& more, const std::string& line = "GET /a HTTP/1.1") {
  return line + "\r\nHost: localhost\r\n" + more + "\r\n";
}
int status_for(const std::string& head, const HeadRules& rules = {}) {
  const auto parsed = parse_head(head, rules);
  return parsed ? 200 : parsed.error().status;
}

TEST(Head, BecomesARequest) {
  const auto head = parse_head(
      head_of("X-A:  b \t\r\nCONTENT-LENGTH: 12\r\nConnection: foo, Close\r\nExpect: 100-Continue\r\n", "POST /a?b=c HTTP/1.1"),
      {});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->request.method, "POST");
  EXPECT_EQ(head->request.target, "/a?b=c");
  EXPECT_EQ(head->request.path, "/a");
  EXPECT_EQ(head->request.header("x-a"), "b");
  EXPECT_EQ(head->body_bytes, 12u);
  EXPECT_TRUE(head->wants_close);
  EXPECT_TRUE(head->expects_continue);
}

TEST(Head, IsRefusedForItsRequestLine) {
  for (const char* line :
       {"GET", "GET /a", "GET  /a HTTP/1.1", " GET /a HTTP/1.1", "GET /a HTTP/1.1 ", "GET /a HTTP/1", "GET /a http/1.1",
        "G(T /a HTTP/1.1", "GET a HTTP/1.1", "GET http://localhost/a HTTP/1.1", "OPTIONS * HTTP/1.1", ""})
    EXPECT_EQ(status_for(head_of("", line)), 400) << line;
  for (const char* line : {"GET /a HTTP/1.0", "GET /a HTTP/0.9", "PRI * HTTP/2.0", "GET /a HTTP/1.2"})
    EXPECT_EQ(status_for(head_of("", line)), 505) << line;
  for (const char* line : {"CONNECT a:1 HTTP/1.1", "TRACE /a HTTP/1.1", "get /a HTTP/1.1", "BREW /a HTTP/1.1"})
    EXPECT_EQ(status_for(head_of("", line)), 501) << line;
  EXPECT_EQ(status_for(head_of("", "GET /" + std::string(kTargetBytesMax, 'a') + " HTTP/1.1")), 414);
}

TEST(Head, IsRefusedForItsFields) {
  for (const char* more :
       {"X-A : b\r\n", ": b\r\n", "X-A\r\n", "X-A: b\r\n folded\r\n", "X-A: b\r\n\tfolded\r\n", "X(A: b\r\n",
        "Host: localhost\r\n", "Content-Length: 1\r\nContent-Length: 1\r\n", "Authorization: a\r\nAuthorization: b\r\n",
        "Idempotency-Key: a\r\nidempotency-key: a\r\n", "If-Match: a\r\nIf-Match: b\r\n"})
    EXPECT_EQ(status_for(head_of(more)), 400) << more;
  EXPECT_EQ(status_for(" " + head_of("")), 400);
  EXPECT_EQ(status_for(head_of("Transfer-Encoding: chunked\r\n")), 501);
  EXPECT_EQ(status_for(head_of("Transfer-Encoding: identity\r\nContent-Length: 4\r\n")), 501);
  EXPECT_EQ(status_for(head_of("Upgrade: websocket\r\nConnection: Upgrade\r\n")), 501);
  EXPECT_EQ(status_for(head_of("Expect: 200-ok\r\n")), 417);
}

TEST(Head, IsRefusedForItsHost) {
  EXPECT_EQ(status_for("GET /a HTTP/1.1\r\n\r\n"), 400);
  EXPECT_EQ(status_for("GET /a HTTP/1.1\r\nHost:\r\n\r\n"), 400);
  EXPECT_EQ(status_for("GET /a HTTP/1.1\r\nHost: evil.example\r\n\r\n"), 421);
  EXPECT_EQ(status_for("GET /a HTTP/1.1\r\nHost: evil.example\r\n\r\n", {64, 100, {"evil.example"}}), 200);
}

TEST(Head, IsRefusedForItsLength) {
  for (const char* value : {"", "+4", "-1", "4 4", "4,4", "0x4", "4a", "4.0"})
    EXPECT_EQ(status_for(head_of("Content-Length: " + std::string(value) + "\r\n")), 400) << value;
  EXPECT_EQ(status_for(head_of("Content-Length: 100\r\n", "POST /a HTTP/1.1"), {64, 100, {}}), 200);
  EXPECT_EQ(status_for(head_of("Content-Length: 101\r\n"), {64, 100, {}}), 413);
  EXPECT_EQ(status_for(head_of("Content-Length: 99999999999999999999999\r\n")), 413);
}

TEST(Head, AllowsNoBodyWhereNoneIsMeant) {
  for (const char* method : {"GET", "HEAD", "OPTIONS"}) {
    EXPECT_EQ(status_for(head_of("Content-Length: 1\r\n", std::string(method) + " /a HTTP/1.1")), 400) << method;
    EXPECT_EQ(status_for(head_of("Content-Length: 0\r\n", std::string(method) + " /a HTTP/1.1")), 200) << method;
  }
}

TEST(Head, OfAnyBytesIsRefusedOrSound) {
  const unsigned seed = 20261122;
  Random random(seed);
  const std::string good =
      head_of("Content-Length: 12\r\nConnection: close\r\nX-Request-Id: a\r\n", "POST /a%20b?c=d HTTP/1.1");
  const std::string_view spice("\r\n\t :/%?&=.,0aZ[]\x7f\xc3\xa9", 20);
  int accepted = 0;
  for (int round = 0; round < 50'000; ++round) {
    auto head = good;
    for (auto changes = 1 + random.below(4); changes > 0; --changes) {
      const auto at = random.below(head.size());
      switch (random.below(3)) {
        case 0: head[at] = spice[random.below(spice.size())]; break;
        case 1: head.erase(at, 1 + random.below(3)); break;
        default: head.insert(at, 1, static_cast<char>(random.below(256))); break;
      }
    }
    HeadScan scan;
    if (scan.look(head) != HeadScan::State::complete) continue;
    const auto parsed = parse_head(std::string_view(head).substr(0, scan.head_bytes()), {});
    if (!parsed) {
      ASSERT_GE(parsed.error().status, 400);
      continue;
    }
    ++accepted;
    const auto& request = parsed->request;
    ASSERT_TRUE(request.path.starts_with('/')) << "seed " << seed << " round " << round;
    ASSERT_TRUE(is_field_value(request.path) && is_field_value(request.target)) << "seed " << seed << " round " << round;
    ASSERT_FALSE(request.header("transfer-encoding")) << "seed " << seed << " round " << round;
    ASSERT_TRUE(request.header("host")) << "seed " << seed << " round " << round;
    for (const auto& [name, value] : request.headers)
      ASSERT_TRUE(is_token(name) && is_field_value(value)) << "seed " << seed << " round " << round;
  }
  EXPECT_GT(accepted, 1'000) << "the changes leave nothing to look at";
}

TEST(Head, HasABoundedNumberOfFields) {
  std::string fields;
  for (int i = 0; i < 63; ++i) fields += "X-" + std::to_string(i) + ": v\r\n";
  EXPECT_EQ(status_for(head_of(fields)), 200) << "64 with Host";
  EXPECT_EQ(status_for(head_of(fields + "X-More: v\r\n")), 431);
}

}  // namespace
}  // namespace tillgate
