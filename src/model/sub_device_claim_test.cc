#include "model/sub_device_claim.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

constexpr std::string_view secret = "0123456789abcdef0123456789abcdef";

// device-mqtt.md, section 3.
SubDeviceClaim claim(std::string method, std::string sign) {
  return {.product_key = "a1TestPk001",
          .device_name = "device001",
          .client_id = "a1TestPk001&device001",
          .timestamp = "1700000000000",
          .clean_session = {},
          .sign_method = std::move(method),
          .sign = std::move(sign)};
}

TEST(SubDeviceClaim, IsSignedAsADeviceSignsIn) {
  EXPECT_TRUE(is_signed_by(claim("hmacMd5", "2da56bba5a0916ea586bcad8248dc123"), secret));
  EXPECT_TRUE(is_signed_by(claim("hmacSha1", "9B98C19C877ECE1BDEFA9A108D67E867EFBB667D"), secret));
  EXPECT_TRUE(is_signed_by(
      claim("hmacsha256", "1dd83cf357f21479527f50e448b244be4e28e6efe882c2d8a0bd2131a47bc1fc"),
      secret));
  EXPECT_FALSE(
      is_signed_by(claim("hmacSha1", "9b98c19c877ece1bdefa9a108d67e867efbb667d"), "another"));
}

TEST(SubDeviceClaim, OlderGatewaysSignWhatBecomesOfTheSessionToo) {
  auto made = claim("hmacSha1", "27303e7a8e75a6dbc68acca12edb52696076b6f8");
  EXPECT_FALSE(is_signed_by(made, secret));
  made.clean_session = "true";
  EXPECT_TRUE(is_signed_by(made, secret));
  made.sign = "9b98c19c877ece1bdefa9a108d67e867efbb667d";
  EXPECT_TRUE(is_signed_by(made, secret));
}

TEST(SubDeviceClaim, WhatIsNotThereIsNotSigned) {
  auto made = claim("hmacSha1", "9b98c19c877ece1bdefa9a108d67e867efbb667d");
  made.timestamp.reset();
  EXPECT_FALSE(is_signed_by(made, secret));
}

TEST(SubDeviceClaim, NothingIsSignedByAnUnknownMethodOrNoSecret) {
  auto made = claim("rot13", "9b98c19c877ece1bdefa9a108d67e867efbb667d");
  EXPECT_FALSE(has_known_method(made));
  EXPECT_FALSE(is_signed_by(made, secret));
  made.sign_method = "hmacSha1";
  EXPECT_FALSE(is_signed_by(made, ""));
  made.sign = "no hex";
  EXPECT_FALSE(is_signed_by(made, secret));
}

}  // namespace
}  // namespace herald
