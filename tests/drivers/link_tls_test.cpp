// The link over TLS: what it accepts, and that each refusal has a sentence of its own.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <atomic>
#include <set>
#include <thread>

#include "tests/drivers/broker.hpp"
#include "tests/drivers/certificates.hpp"
#include "tests/drivers/recorder.hpp"

namespace tillgate::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

CertificateRequest server_request() {
  CertificateRequest request;
  request.name = "broker";
  request.alternative = "DNS:localhost,IP:127.0.0.1";
  return request;
}

CertificateRequest client_request() {
  CertificateRequest request;
  request.name = "store-1";
  return request;
}

std::string tls_lines(const Authority& clients, const Authority::Files& server, const std::string& more = {}) {
  return "cafile " + clients.ca_file() + "\ncertfile " + server.certificate + "\nkeyfile " + server.key +
         "\nrequire_certificate true\nuse_identity_as_username true\n" + more;
}

LinkOptions tls_options(int port, const Authority& trusted, const Authority::Files& client) {
  LinkOptions options = plain_options(port);
  options.host = "localhost";
  options.tls = LinkTls{trusted.ca_file(), client.certificate, client.key};
  return options;
}

TEST(LinkTls, ConnectsByNameAndByAddressWithItsOwnCertificate) {
  SKIP_WITHOUT_BROKER();
  const Authority authority;
  BrokerProcess broker(tls_lines(authority, authority.issue("server", server_request())));
  LinkOptions options = tls_options(broker.port(), authority, authority.issue("client", client_request()));
  Recorder by_name(options);
  ASSERT_TRUE(by_name.connect(subscribing({"t"})));
  ASSERT_TRUE(by_name.publish(message("t", std::string(300000, 'x')), 1));
  ASSERT_TRUE(by_name.next<link::Published>());
  const auto received = by_name.next<link::Received>();
  ASSERT_TRUE(received);
  EXPECT_EQ(received->message.payload.size(), 300000u);

  options.host = "127.0.0.1";
  options.client_id = "other";
  Recorder by_address(options);
  EXPECT_TRUE(by_address.connect());
}

// A server that has nothing newer than TLS `version`, with every old suite allowed. Counts the handshakes it could finish.
class OldServer {
 public:
  OldServer(const Authority::Files& files, int version) : context_(SSL_CTX_new(TLS_server_method()), &SSL_CTX_free) {
    SSL_CTX_set_security_level(context_.get(), 0);
    SSL_CTX_set_min_proto_version(context_.get(), TLS1_VERSION);
    SSL_CTX_set_max_proto_version(context_.get(), version);
    SSL_CTX_set_cipher_list(context_.get(), "ALL:@SECLEVEL=0");
    SSL_CTX_use_certificate_file(context_.get(), files.certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context_.get(), files.key.c_str(), SSL_FILETYPE_PEM);
    thread_ = std::thread([this] { run(); });
  }
  ~OldServer() {
    is_stopping_ = true;
    thread_.join();
  }
  OldServer(const OldServer&) = delete;
  OldServer& operator=(const OldServer&) = delete;
  [[nodiscard]] int port() const { return listener_.port(); }
  [[nodiscard]] int finished() const { return finished_; }

 private:
  void run() {
    while (!is_stopping_) {
      pollfd entry{listener_.fd(), POLLIN, 0};
      if (poll(&entry, 1, 10) <= 0) continue;
      const int fd = accept(listener_.fd(), nullptr, nullptr);
      const std::unique_ptr<SSL, decltype(&SSL_free)> session(SSL_new(context_.get()), &SSL_free);
      SSL_set_fd(session.get(), fd);
      if (SSL_accept(session.get()) == 1) ++finished_;
      close(fd);
    }
  }

  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  Listener listener_;
  std::atomic<bool> is_stopping_{false};
  std::atomic<int> finished_{0};
  std::thread thread_;
};

TEST(LinkTls, SpeaksNothingOlderThanTls12) {
  const Authority authority;
  const auto server = authority.issue("server", server_request());
  const auto client = authority.issue("client", client_request());
  OldServer modern(server, TLS1_2_VERSION), old(server, TLS1_1_VERSION);
  Recorder store(tls_options(modern.port(), authority, client)), other(tls_options(old.port(), authority, client));
  (void)store.failure();  // it speaks no MQTT
  EXPECT_GT(modern.finished(), 0);
  const std::string reason = other.failure();
  EXPECT_TRUE(reason.starts_with("the broker refused the TLS handshake")) << reason;
  EXPECT_EQ(old.finished(), 0);
}

// One broker each; the sentences are collected, and no two are the same.
TEST(LinkTls, GivesEachCauseOfARefusalItsOwnSentence) {
  SKIP_WITHOUT_BROKER();
  const Authority ours, stranger("Somebody's CA");
  const auto good_server = ours.issue("server", server_request());
  const auto good_client = ours.issue("client", client_request());
  CertificateRequest request = server_request();
  request.not_after = "20210101000000Z";
  const auto expired = ours.issue("expired", request);
  request = server_request();
  request.not_before = "20900101000000Z";
  const auto not_yet = ours.issue("not-yet", request);
  request = server_request();
  request.alternative = "DNS:elsewhere.example";
  const auto elsewhere = ours.issue("elsewhere", request);
  const auto foreign_client = stranger.issue("client", client_request());
  request = client_request();
  request.not_after = "20210101000000Z";
  const auto expired_client = ours.issue("expired-client", request);

  std::set<std::string> sentences;
  const auto expect = [&](const std::string& broker_lines, const Authority& trusted, const Authority::Files& client,
                          const std::string& start_of_reason, const std::string& host = "localhost") {
    BrokerProcess broker(broker_lines);
    LinkOptions options = tls_options(broker.port(), trusted, client);
    options.host = host;
    Recorder store(options);
    const auto start = Clock::now();
    const std::string reason = store.failure();
    EXPECT_LT(Clock::now() - start, 10s) << reason;
    EXPECT_TRUE(reason.starts_with(start_of_reason)) << reason;
    EXPECT_TRUE(sentences.insert(reason).second) << reason;
  };
  const std::string good = tls_lines(ours, good_server);
  expect(good, stranger, good_client, "the broker's certificate was not issued by our CA (unknown issuer)");
  expect(tls_lines(ours, expired), ours, good_client, "the broker's certificate, or the CA's, has expired");
  expect(tls_lines(ours, not_yet), ours, good_client, "the broker's certificate, or the CA's, is not valid yet");
  expect(tls_lines(ours, elsewhere), ours, good_client, "wrong host name in the broker's certificate");
  expect(good, ours, foreign_client, "the broker refused our client certificate (");
  expect(good, ours, expired_client, "the broker refused our client certificate (");
  expect(good, ours, {}, "the broker refused our client certificate (");
  expect("", ours, good_client, "the broker hung up during the TLS handshake; is its port one without TLS?");
}

TEST(LinkTls, RefusesAHostNameThatIsOnlyAnAddressInTheCertificate) {
  SKIP_WITHOUT_BROKER();
  const Authority authority;
  CertificateRequest request = server_request();
  request.alternative = "IP:127.0.0.2";
  BrokerProcess broker(tls_lines(authority, authority.issue("server", request)));
  LinkOptions options = tls_options(broker.port(), authority, authority.issue("client", client_request()));
  options.host = "127.0.0.1";
  Recorder store(options);
  EXPECT_EQ(store.failure(), "wrong host name in the broker's certificate");
}

TEST(LinkTls, APortThatWantsTlsIsNamedToAPlainLink) {
  SKIP_WITHOUT_BROKER();
  const Authority authority;
  BrokerProcess broker(tls_lines(authority, authority.issue("server", server_request())));
  Recorder store(plain_options(broker.port()));
  EXPECT_EQ(store.failure(), "the broker closed the connection before it answered; does its port want TLS?");
}

TEST(LinkTls, NeverFallsBackToTheCertificatesOfTheSystem) {
  LinkOptions options = plain_options(free_port());
  options.tls = LinkTls{};
  Recorder store(options);
  EXPECT_EQ(store.failure(), "no CA file is configured, and the system's are never trusted");
}

TEST(LinkTls, SaysWhichOfOurFilesIsWrong) {
  const Authority authority;
  const auto client = authority.issue("client", client_request());
  const auto other = authority.issue("other", client_request());
  const auto reason = [](const LinkTls& tls) {
    LinkOptions options = plain_options(free_port());
    options.tls = tls;
    Recorder store(options);
    return store.failure();
  };
  EXPECT_EQ(reason({authority.ca_file() + "x", client.certificate, client.key}), "our CA file cannot be read");
  EXPECT_EQ(reason({authority.ca_file(), client.key, client.key}), "our client certificate file cannot be read");
  EXPECT_EQ(reason({authority.ca_file(), client.certificate, other.key}),
            "our private key file cannot be read or does not belong to our client certificate");
  EXPECT_EQ(reason({authority.ca_file(), client.certificate, ""}),
            "our client certificate and its key must be configured together");
}

TEST(LinkTls, AHandshakeThatIsNeverAnsweredEndsWithTheDeadline) {
  const Authority authority;
  Listener silent;
  LinkOptions options = tls_options(silent.port(), authority, authority.issue("client", client_request()));
  options.connect_deadline = 2s;
  Recorder store(options);
  const auto start = Clock::now();
  EXPECT_EQ(store.failure(), "the broker did not answer in time");
  EXPECT_LT(Clock::now() - start, 3s);
}

TEST(LinkTls, ComesBackAfterTheBrokerRestarts) {
  SKIP_WITHOUT_BROKER();
  const Authority authority;
  BrokerProcess broker(tls_lines(authority, authority.issue("server", server_request())));
  Recorder store(tls_options(broker.port(), authority, authority.issue("client", client_request())));
  for (int round = 0; round < 3; ++round) {
    ASSERT_TRUE(store.connect(subscribing({"t"})));
    ASSERT_TRUE(store.publish(message("t", "x"), 1));
    ASSERT_TRUE(store.next<link::Received>());
    broker.restart();
    ASSERT_TRUE(store.next<link::Down>(10s));
  }
}

}  // namespace
}  // namespace tillgate::test
