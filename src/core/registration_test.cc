#include "core/registration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crypto.h"
#include "core/testing.h"
#include "model/device_signature.h"

namespace herald {
namespace {

TEST(SignRegistration, MatchesTheVectorsOfTheReference) {  // device-mqtt.md, section 3.
  const auto sign = [](Digest digest) {
    return to_hex(
        sign_registration(digest, "productSecret0001", "device001", "a1TestPk001", "567345"));
  };
  EXPECT_EQ(sign(Digest::md5), "9a4f147cfcce12fadb653cd27ac58452");
  EXPECT_EQ(sign(Digest::sha1), "270a59b39698494f1afc47207b7ade024316c890");
  EXPECT_EQ(sign(Digest::sha256),
            "4de50e758f26ad9665bdbdcba6d313b9f9bad0dac9fab4ebc6bd32b4c20b4fbd");
}

TEST(RegistrationIsAskedFor, ByItsAuthTypeAndNotBySigningInWithAToken) {
  EXPECT_TRUE(Registration::is_asked_for("c|securemode=2,authType=register,random=1|"));
  EXPECT_TRUE(Registration::is_asked_for("c|securemode=-2,authType=regnwl,random=1|"));
  EXPECT_FALSE(Registration::is_asked_for("c|securemode=-2,authType=regnwl|"));
  EXPECT_FALSE(Registration::is_asked_for("c|securemode=-2,authType=connwl|"));
  EXPECT_FALSE(Registration::is_asked_for("c"));
}

class RegistrationTest : public ::testing::Test {
 protected:
  RegistrationTest() {
    bench_.registry.create_product(
        {.key = ProductKey::parse("draft").value(),
         .account = bench_.account,
         .name = "registering",
         .dynamic_registration = true},
        [this](Result<std::shared_ptr<const Product>> made) { product_ = made.value(); });
    bench_.settle();
  }

  DeviceId add_device(const std::string& name) {
    DeviceId id;
    bench_.registry.create_devices(
        product_->key, {{.name = DeviceName::parse(name).value()}},
        [&id](Result<Registry::NewDevices> made) { id = made.value()[0]->id; });
    bench_.settle();
    return id;
  }

  Result<Registration::Push> over_mqtt(const std::string& name, const std::string& client_id,
                                       bool over_tls = true) {
    const std::string username = name + "&" + product_->key.text();
    const std::string password = to_hex(
        sign_registration(Digest::sha256, product_->secret, name, product_->key.view(), "r"));
    std::optional<Result<Registration::Push>> result;
    registration_.over_mqtt(
        {.client_id = client_id, .username = username, .password = password, .over_tls = over_tls},
        [&](Result<Registration::Push> push) { result = std::move(push); });
    for (int writes = 0; writes < 2; ++writes) bench_.settle();  // A device, then its token.
    return std::move(result.value());
  }

  testing::Bench bench_;
  std::shared_ptr<const Product> product_;
  Registration registration_{bench_.registry};
  const std::string registered_ =
      "c|securemode=2,authType=register,random=r,signmethod=hmacsha256|";
  const std::string new_ = "c|securemode=-2,authType=regnwl,random=r,signmethod=hmacsha256|";
};

TEST_F(RegistrationTest, ADeviceThatIsRegisteredGetsItsSecret) {
  const DeviceId id = add_device("lamp0001");
  const auto push = over_mqtt("lamp0001", registered_);
  ASSERT_TRUE(push);
  EXPECT_EQ(push->topic, "/ext/register");
  std::vector<std::string> secrets;
  bench_.registry.device_secrets({id}, [&](auto read) { secrets = std::move(read.value()); });
  ASSERT_THAT(secrets, ::testing::SizeIs(1));
  EXPECT_NE(push->payload.find('"' + secrets[0] + '"'), std::string::npos);
}

TEST_F(RegistrationTest, ItTakesTls) {
  add_device("lamp0001");
  EXPECT_EQ(over_mqtt("lamp0001", registered_, /*over_tls=*/false).error().code,
            Code::registration_malformed);
}

TEST_F(RegistrationTest, AnActiveDeviceGetsItOnlyAfterAReset) {
  const DeviceId id = add_device("lamp0001");
  bench_.registry.set_online(id, bench_.clock.now(), "127.0.0.1");
  EXPECT_EQ(over_mqtt("lamp0001", registered_).error().code, Code::registration_refused);
  bench_.registry.reset_device(id, {}, [](const Result<void>&) {});
  bench_.settle();
  EXPECT_TRUE(over_mqtt("lamp0001", registered_));
  bench_.registry.set_online(id, bench_.clock.now(), "127.0.0.1");
  EXPECT_FALSE(over_mqtt("lamp0001", registered_)) << "a reset counts once";
}

TEST_F(RegistrationTest, OneNameHasUpToFiveTokens) {
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(over_mqtt("lamp0002", new_));
  EXPECT_EQ(over_mqtt("lamp0002", new_).error().code, Code::registration_refused);
}

TEST_F(RegistrationTest, AProductThatDoesNotAllowItRefuses) {
  product_ = bench_.product;
  EXPECT_EQ(over_mqtt("lamp0001", new_).error().code, Code::registration_refused);
}

}  // namespace
}  // namespace herald
