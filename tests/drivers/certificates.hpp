// Certificates for one test: ECDSA P-256, made in a few milliseconds with OpenSSL itself.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include "tests/drivers/scratch.hpp"

namespace tillgate::test {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

inline Key make_key() { return {EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free}; }

struct CertificateRequest {
  std::string name;                       // common name
  std::string alternative;                // "DNS:localhost,IP:127.0.0.1"; empty: none
  std::string not_before = "20200101000000Z", not_after = "20991231235959Z";
  bool is_ca = false;
};

inline void add_extension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  if (extension == nullptr) throw std::runtime_error("extension " + value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// issuer null: self-signed.
inline Certificate make_certificate(const CertificateRequest& request, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key) {
  static long serial = 1000;
  Certificate made(X509_new(), &X509_free);
  X509* certificate = made.get();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate), request.not_before.c_str());
  ASN1_TIME_set_string(X509_getm_notAfter(certificate), request.not_after.c_str());
  X509_NAME* name = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(request.name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, issuer != nullptr ? X509_get_subject_name(issuer) : name);
  X509_set_pubkey(certificate, key);
  X509* parent = issuer != nullptr ? issuer : certificate;
  add_extension(certificate, parent, NID_basic_constraints, request.is_ca ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add_extension(certificate, parent, NID_subject_key_identifier, "hash");
  if (!request.alternative.empty()) add_extension(certificate, parent, NID_subject_alt_name, request.alternative);
  if (X509_sign(certificate, issuer != nullptr ? issuer_key : key, EVP_sha256()) == 0) throw std::runtime_error("not signed");
  return made;
}

// A CA and what it issues, as PEM files in a folder of their own.
class Authority {
 public:
  explicit Authority(std::string name = "Test CA") : key_(make_key()), certificate_(nullptr, &X509_free) {
    CertificateRequest request;
    request.name = std::move(name);
    request.is_ca = true;
    certificate_ = make_certificate(request, key_.get(), nullptr, nullptr);
    save(ca_file(), certificate_.get(), nullptr);
  }
  [[nodiscard]] std::string ca_file() const { return scratch_.file("ca.pem"); }

  struct Files {
    std::string certificate, key;
  };
  [[nodiscard]] Files issue(const std::string& file, const CertificateRequest& request) const {
    const Key key = make_key();
    const Certificate made = make_certificate(request, key.get(), certificate_.get(), key_.get());
    Files files{scratch_.file(file + ".pem"), scratch_.file(file + ".key")};
    save(files.certificate, made.get(), nullptr);
    save(files.key, nullptr, key.get());
    return files;
  }

 private:
  static void save(const std::string& path, X509* certificate, EVP_PKEY* key) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"), &std::fclose);
    if (!file) throw std::runtime_error("cannot write " + path);
    if (certificate != nullptr) PEM_write_X509(file.get(), certificate);
    if (key != nullptr) PEM_write_PrivateKey(file.get(), key, nullptr, nullptr, 0, nullptr, nullptr);
  }

  Scratch scratch_;
  Key key_;
  Certificate certificate_;
};

}  // namespace tillgate::test
