#include "model/device_signature.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

constexpr std::string_view product = "a1TestPk001";
constexpr std::string_view device = "device001";
constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

std::string signed_with(std::string_view method, std::string_view name,
                        std::string_view timestamp) {
  const DeviceClientId id{.name = name, .sign_method = method, .timestamp = timestamp};
  return to_hex(sign_device(digest_of(method).value(), secret, id, device, product));
}

struct Vector {
  std::string_view name, timestamp, md5, sha1, sha256;
};

// device-mqtt.md, section 3.
constexpr Vector vectors[] = {
    {"a1TestPk001&device001", "1700000000000", "2da56bba5a0916ea586bcad8248dc123",
     "9b98c19c877ece1bdefa9a108d67e867efbb667d",
     "1dd83cf357f21479527f50e448b244be4e28e6efe882c2d8a0bd2131a47bc1fc"},
    {"12345", "1700000000000", "73a6d35a6aa07c14884d3272524994f2",
     "9cf643ba29af6c50d6b0a3357c80e697108544f8",
     "aedc4e9339e2291af92523d260baa368e2b5497ec77896c3eb4475c3c7009a47"},
    {"12345", "", "661fd630fcedacf94decf1c0475e7bbd", "750afedfbfb5bcb3dc57f762922a3e3b92ff86ad",
     "b919347f8ffdf1c7ae7caf8d21a7b99e1d01e2df6896b7938882a50ebed5e0bf"},
    {"a1TestPk001&device001_aliyun-iot-device-sdk-js", "1700000000000",
     "29e5d84f23fc7da6fa11d77dd5d1b3be", "366c6aad06b8f8e2b3ef1b36d6760b15896235ef",
     "22cd525b5894a76f32d230e8ebc759b2873916535568adef34f5ebfc112fee90"},
};

TEST(DeviceSignature, AgreesWithTheVectorsOfTheSdks) {
  for (const Vector& vector : vectors) {
    EXPECT_EQ(signed_with("hmacmd5", vector.name, vector.timestamp), vector.md5) << vector.name;
    EXPECT_EQ(signed_with("hmacsha1", vector.name, vector.timestamp), vector.sha1) << vector.name;
    EXPECT_EQ(signed_with("hmacsha256", vector.name, vector.timestamp), vector.sha256)
        << vector.name;
  }
}

TEST(DeviceSignature, AgreesWithTheDocumentedExample) {
  const DeviceClientId id{.name = "12345", .timestamp = "789"};
  EXPECT_EQ(to_hex(sign_device(Digest::md5, "secret", id, "device", "pk")),
            "14b198324fe55e1d3c88f2e705e201ee");
  EXPECT_EQ(to_hex(sign_device(Digest::sha1, "secret", id, "device", "pk")),
            "fafd82a3d602b37fb0fa8b7892f24a477f851a14");
  EXPECT_EQ(to_hex(sign_device(Digest::sha256, "secret", id, "device", "pk")),
            "6074a46a91b1ebb2cc4ea42790ad0e80202c9843859fc292e57c4eb19fad9e57");
}

TEST(DeviceSignature, AgreesWithTheCSdkWhoseTimestampIsFarAhead) {
  const auto id = parse_client_id(
      "a1TestPk001.device001|timestamp=2524608000000,_v=sdk-c-3.0.1,securemode=2,"
      "signmethod=hmacsha256,lan=C,gw=0,ext=0|");
  ASSERT_TRUE(id);
  EXPECT_EQ(to_hex(sign_device(Digest::sha256, secret, *id, device, product)),
            "71d9317c2cdcfb90e28a580b39def3830321700b498ffcd2c717bfc0eba34a86");
}

TEST(DeviceClientId, ToleratesBlanksAndTrailingCommas) {
  const auto id =
      parse_client_id("me|securemode=3,\n        signmethod=hmacsha1 ,timestamp=7,ext=3,|");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->name, "me");
  EXPECT_EQ(id->sign_method, "hmacsha1");
  EXPECT_EQ(id->timestamp, "7");
}

TEST(DeviceClientId, TakesBarsInsideValues) {
  const auto id = parse_client_id("me|lan=JS|WX,signmethod=hmacsha256|");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->sign_method, "hmacsha256");
}

TEST(DeviceClientId, SaysWhetherItUnderstandsCustomRrpc) {
  const auto understands = [](const std::string& extension) {
    return understands_custom_rrpc(parse_client_id("me|" + extension + "|").value());
  };
  EXPECT_TRUE(understands("ext=1"));
  EXPECT_TRUE(understands("securemode=3,ext=3,"));
  EXPECT_TRUE(understands("ext=11"));
  for (const char* none : {"", "ext=", "ext=0", "ext=2", "ext=-1", "ext=x1", "ext=1.1"}) {
    EXPECT_FALSE(understands(none)) << none;
  }
}

TEST(DeviceClientId, NeedsItsExtension) {
  EXPECT_FALSE(parse_client_id("me"));
  EXPECT_FALSE(parse_client_id("me|"));
  EXPECT_FALSE(parse_client_id(""));
}

TEST(DeviceClientId, NamesMethodsInEitherCase) {
  EXPECT_EQ(digest_of("HmacSha256"), Digest::sha256);
  EXPECT_EQ(digest_of("sm3"), std::nullopt);
}

TEST(DeviceCredentials, AreWhatTheServerChecks) {
  const auto made = credentials_of(product, device, secret, false);
  const auto id = parse_client_id(made.client_id);
  ASSERT_TRUE(id);
  EXPECT_EQ(made.username, "device001&a1TestPk001");
  EXPECT_EQ(made.password,
            to_hex(sign_device(digest_of(id->sign_method).value(), secret, *id, device, product)));
}

}  // namespace
}  // namespace herald
