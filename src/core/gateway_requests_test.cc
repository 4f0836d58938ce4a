#include "core/gateway_requests.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

const DeviceIdentity hall(Device{.id = {1},
                                 .product = ProductKey::parse("a1Gateway01").value(),
                                 .name = DeviceName::parse("hall").value()});
constexpr std::string_view at = "/ext/session/a1Gateway01/hall/combine/";

std::optional<GatewayRequest> read(std::string_view action, std::string_view payload) {
  return read_gateway_request(hall, std::string(at).append(action), payload);
}

TEST(GatewayRequests, ADeviceSignsIn) {
  const auto request = read("login", R"({"id":7,"params":{"productKey":"pk","deviceName":"lamp1",
      "clientId":"x","timestamp":1,"signMethod":"hmacSha1","sign":"ab","cleanSession":"false"}})");
  ASSERT_TRUE(request);
  EXPECT_TRUE(request->signs_in());
  EXPECT_TRUE(request->fault.is_success());
  EXPECT_EQ(request->devices.at(0).timestamp, "1");
  EXPECT_EQ(request->devices.at(0).clean_session, "false");
  EXPECT_EQ(request->reply({}),
            R"({"code":200,"data":{"productKey":"pk","deviceName":"lamp1"},"id":"7",)"
            R"("message":"success","method":"combine.login","version":"1.0"})");
  EXPECT_EQ(request->reply({6401, "no"}),
            R"({"code":6401,"data":{},"id":"7","message":"no","method":"combine.login",)"
            R"("version":"1.0"})");
}

TEST(GatewayRequests, ABatchIsAListOrHasOne) {
  constexpr std::string_view list = R"([{"productKey":"pk","deviceName":"lamp1"}])";
  const auto in =
      read("batch_login", R"({"id":"7","params":{"deviceList":)" + std::string(list) + "}}");
  EXPECT_EQ(in.value().devices.size(), 1u);
  const auto out = read("batch_logout", R"({"id":"7","params":)" + std::string(list) + "}");
  EXPECT_EQ(out.value().devices.size(), 1u);
  EXPECT_FALSE(out->signs_in());
  EXPECT_NE(out->reply({})->find(R"("data":[{"productKey":"pk")"), std::string::npos);
}

TEST(GatewayRequests, WhatNamesNobodyIsRefused) {
  for (const char* payload : {"", "{}", R"({"params":[]})", R"({"params":{"deviceName":"lamp1"}})",
                              R"({"params":"lamp1"})"}) {
    EXPECT_FALSE(read("login", payload).value().fault.is_success()) << payload;
    EXPECT_FALSE(read("batch_login", payload).value().fault.is_success()) << payload;
  }
}

TEST(GatewayRequests, OtherTopicsAreNone) {
  EXPECT_FALSE(read("login_reply", "{}"));
  EXPECT_FALSE(read("", "{}"));
  EXPECT_FALSE(read_gateway_request(hall, "/ext/session/a1Gateway01/roof/combine/login", "{}"));
}

TEST(GatewayRequests, WhoWantsNoReplyGetsNone) {
  const auto request =
      read("logout", R"({"sys":{"ack":0},"params":{"productKey":"pk","deviceName":"lamp1"}})");
  EXPECT_EQ(request.value().reply({}), std::nullopt);
}

TEST(GatewayRequests, AnErrorNamesTheDevice) {
  EXPECT_EQ(gateway_error(3, {gateway_code::no_session, "not here"}, "pk/lamp1"),
            R"({"id":"3","code":520,"message":"not here",)"
            R"("data":{"productKey":"pk","deviceName":"lamp1"}})");
}

}  // namespace
}  // namespace herald
