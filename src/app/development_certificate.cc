#include "app/development_certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <memory>

#include "app/private_file.h"

namespace herald::app {
namespace {

namespace fs = std::filesystem;

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, FreeWith<X509_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, FreeWith<X509_EXTENSION_free>>;
using Bio = std::unique_ptr<BIO, FreeWith<BIO_free_all>>;

constexpr long ca_days = 3650;
constexpr long server_days = 825;  // What browsers accept of an authority of one's own.

bool extend(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

// A certificate without its signature.
Certificate begin(EVP_PKEY* key, const char* name, long days) {
  Certificate certificate(X509_new());
  unsigned char serial[8];
  if (!certificate || RAND_bytes(serial, sizeof serial) != 1) return nullptr;
  serial[0] &= 0x7f;
  std::uint64_t number = 0;
  for (const unsigned char byte : serial) number = number << 8U | byte;
  X509_set_version(certificate.get(), 2);  // Version 3.
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate.get()), number);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * 24 * 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name), -1, -1, 0);
  return certificate;
}

std::string alternative_names(const std::vector<std::string>& hosts) {
  std::string names = "DNS:localhost,IP:127.0.0.1,IP:::1";
  for (const std::string& host : hosts) {
    const bool is_address =
        host.find_first_not_of("0123456789.") == host.npos || host.contains(':');
    names += (is_address ? ",IP:" : ",DNS:") + host;
  }
  return names;
}

// What `write` writes to the memory that it is given. Errors: failed.
template <class Write>
Result<void> write_pem(const fs::path& path, Readers readers, Write write) {
  const Bio memory(BIO_new(BIO_s_mem()));
  if (!memory || !write(memory.get())) return fail(Code::failed, "OpenSSL cannot write PEM");
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &text);
  return write_file(path, {text, static_cast<std::size_t>(size)}, readers);
}

Result<void> write_key(const fs::path& path, EVP_PKEY* key) {
  return write_pem(path, Readers::owner, [&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr) == 1;
  });
}

Result<void> write_certificates(const fs::path& path, std::initializer_list<X509*> certificates) {
  return write_pem(path, Readers::all, [&](BIO* out) {
    return std::ranges::all_of(
        certificates, [&](X509* certificate) { return PEM_write_bio_X509(out, certificate) == 1; });
  });
}

}  // namespace

CertificateFiles certificate_files(const fs::path& data) {
  const fs::path folder = data / "tls";
  return {
      .ca = folder / "ca.pem", .chain = folder / "server.pem", .key = folder / "server-key.pem"};
}

Result<void> make_development_certificate(const fs::path& data,
                                          const std::vector<std::string>& hosts) {
  const CertificateFiles files = certificate_files(data);
  const fs::path folder = files.ca.parent_path();
  if (auto there = make_directory(folder, Readers::all); !there) return there;

  const Key ca_key(EVP_EC_gen("P-256"));
  const Key key(EVP_EC_gen("P-256"));
  const Certificate ca = begin(ca_key.get(), "Herald development CA", ca_days);
  const Certificate server = begin(key.get(), "Herald", server_days);
  bool made = ca_key && key && ca && server;
  if (made) {
    X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
    X509_set_issuer_name(server.get(), X509_get_subject_name(ca.get()));
    made = extend(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE") &&
           extend(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign,cRLSign") &&
           extend(ca.get(), ca.get(), NID_subject_key_identifier, "hash") &&
           X509_sign(ca.get(), ca_key.get(), EVP_sha256()) > 0 &&
           extend(server.get(), ca.get(), NID_basic_constraints, "critical,CA:FALSE") &&
           extend(server.get(), ca.get(), NID_key_usage, "critical,digitalSignature") &&
           extend(server.get(), ca.get(), NID_ext_key_usage, "serverAuth") &&
           extend(server.get(), ca.get(), NID_authority_key_identifier, "keyid");
  }
  if (!made) return fail(Code::failed, "OpenSSL cannot make a certificate");
  if (!extend(server.get(), ca.get(), NID_subject_alt_name, alternative_names(hosts))) {
    return fail(Code::failed, "a host name cannot stand in a certificate");
  }
  if (X509_sign(server.get(), ca_key.get(), EVP_sha256()) <= 0)
    return fail(Code::failed, "OpenSSL cannot sign a certificate");
  return write_key(folder / "ca-key.pem", ca_key.get())
      .and_then([&] { return write_certificates(files.ca, {ca.get()}); })
      .and_then([&] { return write_key(files.key, key.get()); })
      .and_then([&] { return write_certificates(files.chain, {server.get(), ca.get()}); });
}

}  // namespace herald::app
