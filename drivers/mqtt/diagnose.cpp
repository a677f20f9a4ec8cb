#include "drivers/mqtt/diagnose.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace tillgate {
namespace {

using Clock = std::chrono::steady_clock;
using Context = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Session = std::unique_ptr<SSL, decltype(&SSL_free)>;

// With TLS 1.3 the broker judges our certificate after our side of the handshake is done.
constexpr std::chrono::milliseconds late_alert_wait{1000};

struct Patience {
  Clock::time_point deadline;
  const std::function<bool()>& keep_going;

  // Waits a little for the socket; false: time is up or nobody wants to know any more.
  [[nodiscard]] bool wait(int fd, short events) const {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    if (left.count() <= 0 || !keep_going()) return false;
    pollfd entry{fd, events, 0};
    (void)poll(&entry, 1, static_cast<int>(std::min<std::int64_t>(left.count(), 100)));
    return true;
  }
};

class Socket {
 public:
  explicit Socket(int family) : fd_(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)) {}
  ~Socket() {
    if (fd_ >= 0) close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

std::string words_for_errno(int code) {
  switch (code) {
    case ECONNREFUSED: return "the broker's port refused the connection";
    case ENETUNREACH:
    case EHOSTUNREACH: return "there is no route to the broker";
    case ECONNRESET: return "the connection to the broker was reset";
    case ETIMEDOUT: return "the broker's host did not answer";
    case EMFILE:
    case ENFILE: return "no file descriptors are left";
    default: return "the connection to the broker failed (system error " + std::to_string(code) + ")";
  }
}

// Empty: connected.
std::string connect_tcp(const Socket& socket, const Address& address, const Patience& patience) {
  if (socket.fd() < 0) return words_for_errno(errno);
  const auto* where = reinterpret_cast<const sockaddr*>(&address.storage);
  if (connect(socket.fd(), where, address.length) == 0) return {};
  if (errno != EINPROGRESS) return words_for_errno(errno);
  for (;;) {
    pollfd entry{socket.fd(), POLLOUT, 0};
    if (poll(&entry, 1, 0) > 0) break;
    if (!patience.wait(socket.fd(), POLLOUT)) return words_for_errno(ETIMEDOUT);
  }
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &length) != 0) error = errno;
  return error == 0 ? std::string() : words_for_errno(error);
}

std::string words_for_verify(long result) {
  switch (result) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_CERT_UNTRUSTED: return "the broker's certificate was not issued by our CA (unknown issuer)";
    case X509_V_ERR_CERT_HAS_EXPIRED: return "the broker's certificate, or the CA's, has expired";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the broker's certificate, or the CA's, is not valid yet; is this machine's clock right?";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return "wrong host name in the broker's certificate";
    case X509_V_ERR_CERT_REVOKED: return "the broker's certificate was revoked";
    case X509_V_ERR_INVALID_PURPOSE: return "the broker's certificate is not meant for a server";
    default: return std::string("the broker's certificate was not accepted (") + X509_verify_cert_error_string(result) + ")";
  }
}

// What the other side said before it hung up, or what our side could not make sense of. Takes OpenSSL's error queue.
std::string words_for_tls_error(int ssl_error) {
  const unsigned long error = ERR_peek_last_error();
  const int reason = ERR_GET_REASON(error);
  const char* text = ERR_reason_error_string(error);
  ERR_clear_error();
  if (ssl_error == SSL_ERROR_SSL && reason > SSL_AD_REASON_OFFSET) {
    switch (reason - SSL_AD_REASON_OFFSET) {
      case SSL_AD_BAD_CERTIFICATE:
      case SSL_AD_UNSUPPORTED_CERTIFICATE:
      case SSL_AD_CERTIFICATE_REVOKED:
      case SSL_AD_CERTIFICATE_EXPIRED:
      case SSL_AD_CERTIFICATE_UNKNOWN:
      case SSL_AD_UNKNOWN_CA:
      case SSL_AD_ACCESS_DENIED:
      case SSL_AD_DECRYPT_ERROR:
      case SSL_AD_CERTIFICATE_REQUIRED:
        return std::string("the broker refused our client certificate (") + (text != nullptr ? text : "no reason") + ")";
      default: return std::string("the broker refused the TLS handshake (") + (text != nullptr ? text : "no reason") + ")";
    }
  }
  if (ssl_error == SSL_ERROR_SSL && reason != SSL_R_UNEXPECTED_EOF_WHILE_READING) {
    if (reason == SSL_R_WRONG_VERSION_NUMBER || reason == SSL_R_HTTP_REQUEST || reason == SSL_R_PACKET_LENGTH_TOO_LONG)
      return "the broker's port does not speak TLS";
    return std::string("the TLS handshake failed (") + (text != nullptr ? text : "no reason") + ")";
  }
  return "the broker hung up during the TLS handshake; is its port one without TLS?";
}

std::string fault_of_context(SSL_CTX* context, const LinkTls& tls) {
  if (tls.ca_file.empty()) return "no CA file is configured, and the system's are never trusted";
  if (tls.cert_file.empty() != tls.key_file.empty()) return "our client certificate and its key must be configured together";
  if (SSL_CTX_load_verify_locations(context, tls.ca_file.c_str(), nullptr) != 1) return "our CA file cannot be read";
  if (tls.cert_file.empty()) return {};
  if (SSL_CTX_use_certificate_chain_file(context, tls.cert_file.c_str()) != 1)
    return "our client certificate file cannot be read";
  if (SSL_CTX_use_PrivateKey_file(context, tls.key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1)
    return "our private key file cannot be read or does not belong to our client certificate";
  return {};
}

Context make_context() {
  Context context(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (context && (SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION) != 1 ||
                  SSL_CTX_set_cipher_list(context.get(), tls_cipher_suites) != 1))
    context.reset();
  return context;
}

bool expect_host(SSL* ssl, const std::string& host) {
  X509_VERIFY_PARAM* rules = SSL_get0_param(ssl);
  if (X509_VERIFY_PARAM_set1_ip_asc(rules, host.c_str()) == 1) return true;
  // SSL_set_tlsext_host_name, without the old-style cast of the macro.
  auto* name = const_cast<char*>(host.c_str());
  return SSL_set1_host(ssl, name) == 1 && SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, name) == 1;
}

std::string diagnose_tls(int fd, const std::string& host, const LinkTls& tls, const Patience& patience) {
  ERR_clear_error();
  const Context context = make_context();
  if (!context) return "OpenSSL could not be set up";
  if (std::string fault = fault_of_context(context.get(), tls); !fault.empty()) return fault;
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  const Session session(SSL_new(context.get()), &SSL_free);
  if (!session || SSL_set_fd(session.get(), fd) != 1 || !expect_host(session.get(), host)) return "OpenSSL could not be set up";

  for (int turn = 0; turn < 1000; ++turn) {
    ERR_clear_error();
    const int result = SSL_connect(session.get());
    if (result == 1) break;
    const int error = SSL_get_error(session.get(), result);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
      if (!patience.wait(fd, error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT))
        return "the broker's port is open, but the TLS handshake was never answered";
      continue;
    }
    if (const long verify = SSL_get_verify_result(session.get()); verify != X509_V_OK) return words_for_verify(verify);
    return words_for_tls_error(error);
  }

  const Patience late{std::min(patience.deadline, Clock::now() + late_alert_wait), patience.keep_going};
  for (int turn = 0; turn < 1000; ++turn) {
    ERR_clear_error();
    char byte = 0;
    const int result = SSL_read(session.get(), &byte, 1);
    if (result > 0) break;
    const int error = SSL_get_error(session.get(), result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      if (error == SSL_ERROR_SSL) return words_for_tls_error(error);
      return "the broker closed the connection right after the TLS handshake";
    }
    if (!late.wait(fd, POLLIN)) break;
  }
  return "the broker closed the connection without giving a reason";
}

}  // namespace

std::string fault_of_files(const LinkTls& tls) {
  const Context context = make_context();
  if (!context) return "OpenSSL could not be set up";
  std::string fault = fault_of_context(context.get(), tls);
  ERR_clear_error();
  return fault;
}

std::string diagnose(const std::string& host, const Address& address, const std::optional<LinkTls>& tls,
                     Clock::time_point deadline, const std::function<bool()>& keep_going) {
  const Patience patience{deadline, keep_going};
  const Socket socket(address.storage.ss_family);
  if (std::string fault = connect_tcp(socket, address, patience); !fault.empty()) return fault;
  if (!tls) return "the broker closed the connection before it answered; does its port want TLS?";
  std::string reason = diagnose_tls(socket.fd(), host, *tls, patience);
  ERR_clear_error();
  return reason;
}

}  // namespace tillgate
