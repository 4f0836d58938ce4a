#include "base/siphash.h"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <string>

namespace herald {
namespace {

SipHash::Value by_openssl(const std::string& text) {
  std::array<unsigned char, 16> key{};
  for (unsigned i = 0; i < key.size(); ++i) key[i] = static_cast<unsigned char>(i);
  std::size_t size = key.size();
  const std::array params{OSSL_PARAM_construct_size_t(OSSL_MAC_PARAM_SIZE, &size),
                          OSSL_PARAM_construct_end()};
  EVP_MAC* mac = EVP_MAC_fetch(nullptr, "SIPHASH", nullptr);
  EVP_MAC_CTX* context = EVP_MAC_CTX_new(mac);
  EXPECT_EQ(EVP_MAC_CTX_set_params(context, params.data()), 1);
  EXPECT_EQ(EVP_MAC_init(context, key.data(), key.size(), nullptr), 1);
  EXPECT_EQ(
      EVP_MAC_update(context, reinterpret_cast<const unsigned char*>(text.data()), text.size()), 1);
  SipHash::Value value;
  std::size_t written = 0;
  EXPECT_EQ(
      EVP_MAC_final(context, reinterpret_cast<unsigned char*>(&value), &written, sizeof value), 1);
  EVP_MAC_CTX_free(context);
  EVP_MAC_free(mac);
  return value;
}

TEST(SipHash, IsThatOfOpenSsl) {
  const SipHash hash({0x0706050403020100U, 0x0f0e0d0c0b0a0908U});
  std::string text;
  for (int i = 0; i < 70; ++i) {
    EXPECT_EQ(hash(text), by_openssl(text)) << text.size();
    text.push_back(static_cast<char>(i * 7));
  }
}

TEST(SipHash, TextsThatBeginAlikeShareTheirBeginning) {
  const SipHash hash({1, 2});
  const std::string start(24, 'a');
  const SipHash begun = hash.begun_with(start);
  for (const std::string text : {"", "b", "bcdefghi", "bcdefghijk"}) {
    EXPECT_EQ(begun(text), hash(start + text)) << text;
  }
}

}  // namespace
}  // namespace herald
