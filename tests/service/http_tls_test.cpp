// The HTTP server over TLS: which versions, and what becomes of clients that speak it badly or not at all.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cstdio>

#include "service/http_stream.hpp"
#include "tests/service/http_fixture.hpp"

namespace tillgate::test {
namespace {

struct Certificate {
  explicit Certificate(const Scratch& scratch) : cert_file(scratch.file("cert.pem")), key_file(scratch.file("key.pem")) {
    EVP_PKEY* key = EVP_EC_gen("P-256");
    X509* cert = X509_new();
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 1);
    ASN1_TIME_set_string(X509_getm_notBefore(cert), "20200101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(cert), "20491231235959Z");
    X509_set_pubkey(cert, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("till"),
                               -1, -1, 0);
    X509_set_issuer_name(cert, X509_get_subject_name(cert));
    X509_sign(cert, key, EVP_sha256());
    FILE* out = std::fopen(cert_file.c_str(), "w");
    PEM_write_X509(out, cert);
    std::fclose(out);
    out = std::fopen(key_file.c_str(), "w");
    PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
    std::fclose(out);
    X509_free(cert);
    EVP_PKEY_free(key);
  }
  std::string cert_file, key_file;
};

class TlsWire {
 public:
  TlsWire(std::uint16_t port, int version) : wire_(port), context_(SSL_CTX_new(TLS_client_method())) {
    SSL_CTX_set_min_proto_version(context_, version);
    SSL_CTX_set_max_proto_version(context_, version);
    SSL_CTX_set_cipher_list(context_, "ALL:@SECLEVEL=0");
    const timeval patience{5, 0};
    setsockopt(wire_.fd(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ssl_ = SSL_new(context_);
    SSL_set_fd(ssl_, wire_.fd());
    is_up = SSL_connect(ssl_) == 1;
  }
  ~TlsWire() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }
  std::string ask(const std::string& request) {
    SSL_write(ssl_, request.data(), static_cast<int>(request.size()));
    std::string text;
    char bytes[4096];
    for (int got; (got = SSL_read(ssl_, bytes, sizeof bytes)) > 0;) {
      text.append(bytes, static_cast<std::size_t>(got));
      if (text.ends_with("{}")) break;
    }
    return text;
  }
  // Says `request` and reads until `end` came, or nothing more does.
  std::string ask_until(const std::string& request, const std::string& end) {
    if (!request.empty()) SSL_write(ssl_, request.data(), static_cast<int>(request.size()));
    std::string text;
    char bytes[4096];
    for (int got; text.find(end) == std::string::npos && (got = SSL_read(ssl_, bytes, sizeof bytes)) > 0;)
      text.append(bytes, static_cast<std::size_t>(got));
    return text;
  }
  // The far side said goodbye (close_notify), it did not just vanish.
  bool hears_goodbye() {
    char byte = 0;
    return SSL_read(ssl_, &byte, 1) <= 0 && (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
  }
  bool is_up = false;

 private:
  Wire wire_;
  SSL_CTX* context_;
  SSL* ssl_;
};

class HttpServerTls : public testing::Test {
 protected:
  HttpServerTls() {
    HttpListen listen;
    listen.tls = {certificate.cert_file, certificate.key_file};
    server = std::make_unique<TestServer>(quick_limits(), listen);
  }
  Scratch scratch;
  Certificate certificate{scratch};
  std::unique_ptr<TestServer> server;
};

TEST_F(HttpServerTls, ServesOverTls12And13) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsWire wire(server->port(), version);
    ASSERT_TRUE(wire.is_up) << version;
    EXPECT_EQ(status_of_answer(wire.ask(get())), 200);
    EXPECT_EQ(status_of_answer(wire.ask(get("/live", "Connection: close\r\n"))), 200);
    EXPECT_TRUE(wire.hears_goodbye());
  }
}

// Gives three pieces, then waits to be closed.
class Three : public HttpStream {
 public:
  Three(boost::asio::any_io_executor executor, std::atomic<int>& alive) : alive_(alive), woken_(executor) { ++alive_; }
  ~Three() override { --alive_; }
  boost::asio::awaitable<std::string> next() override {
    if (given_ < 3) co_return "piece " + std::to_string(++given_) + " ";
    while (!is_closed_) {
      woken_.expires_after(10s);
      co_await woken_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
    }
    co_return std::string();
  }
  void close() override {
    is_closed_ = true;
    woken_.cancel();
  }

 private:
  std::atomic<int>& alive_;
  boost::asio::steady_timer woken_;
  int given_ = 0;
  bool is_closed_ = false;
};

// A read that waits for the far side to go, beside writes, on one TLS stream: and both ends of it.
TEST_F(HttpServerTls, StreamsAndEndsWithEitherSide) {
  std::atomic<int> alive{0};
  HttpListen listen;
  listen.tls = {certificate.cert_file, certificate.key_file};
  TestServer streaming(quick_limits(), listen, [&](Router& router) {
    router.add({"GET", "/three", Roles::anyone(), [&](const HttpRequest&, const Caller&, const RouteArgs&) -> boost::asio::awaitable<HttpResponse> {
                  HttpResponse response;
                  response.stream = std::make_shared<Three>(co_await boost::asio::this_coro::executor, alive);
                  co_return response;
                }});
  });
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    {
      TlsWire wire(streaming.port(), version);
      ASSERT_TRUE(wire.is_up);
      EXPECT_NE(wire.ask_until(get("/three"), "piece 3 ").find("piece 1 piece 2 piece 3 "), std::string::npos);
      EXPECT_EQ(alive, 1);
    }
    EXPECT_TRUE(eventually([&] { return alive == 0; })) << "he has gone";
  }
  TlsWire wire(streaming.port(), TLS1_3_VERSION);
  wire.ask_until(get("/three"), "piece 3 ");
  std::atomic<bool> is_drained{false};
  streaming.on_logic([&] { streaming.server().stop(60s, [&] { is_drained = true; }); });
  EXPECT_TRUE(wire.hears_goodbye());
  EXPECT_TRUE(eventually([&] { return is_drained.load(); }));
}

TEST_F(HttpServerTls, RefusesTls11) {
  EXPECT_FALSE(TlsWire(server->port(), TLS1_1_VERSION).is_up);
  EXPECT_FALSE(TlsWire(server->port(), TLS1_VERSION).is_up);
  EXPECT_TRUE(eventually([&] { return server->counters().malformed == 2 && server->counters().open == 0; }));
}

TEST_F(HttpServerTls, RefusesPlaintextWithoutAnsweringInIt) {
  Wire wire(server->port());
  wire.say(get());
  const auto answer = wire.rest();
  EXPECT_TRUE(wire.is_ended());
  EXPECT_EQ(answer.find("HTTP"), std::string::npos);
  EXPECT_EQ(server->counters().requests, 0);
  EXPECT_TRUE(TlsWire(server->port(), TLS1_3_VERSION).is_up) << "others are served";
}

TEST_F(HttpServerTls, GivesUpOnAHandshakeThatStalls) {
  Wire silent(server->port()), partial(server->port());
  partial.say("\x16\x03\x01\x02");
  silent.rest();
  partial.rest();
  EXPECT_TRUE(silent.is_ended() && partial.is_ended());
  EXPECT_TRUE(eventually([&] { return server->counters().timeouts == 2; }));
}

TEST_F(HttpServerTls, SaysWhichCertificateCannotBeUsed) {
  boost::asio::io_context io;
  Router router(TestServer::caller_of);
  HttpListen listen;
  listen.tls = {certificate.cert_file, scratch.file("absent.pem")};
  try {
    HttpServer refused(io, router, listen, {});
    FAIL();
  } catch (const std::runtime_error& fault) {
    EXPECT_NE(std::string(fault.what()).find("absent.pem"), std::string::npos) << fault.what();
  }
}

}  // namespace
}  // namespace tillgate::test
