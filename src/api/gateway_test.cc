#include "api/gateway.h"

#include <gmock/gmock.h>

#include <map>
#include <thread>

#include "api/signature.h"
#include "api/testing.h"
#include "base/crypto.h"

namespace herald::api {
namespace {

using namespace std::chrono_literals;
using testing::Answer;
using ::testing::HasSubstr;
using testing::Pairs;
using testing::TestPlatform;

class GatewayTest : public ::testing::Test {
 protected:
  Call valid() {
    return {.action = "QueryProduct",
            .params = {{"ProductKey", "a1xxxxxxxxx"}},
            .access_key = platform.account.key.id,
            .secret = platform.account.key.secret,
            .time = platform.clock.now(),
            .nonce = std::to_string(++nonce)};
  }
  HttpResponse send(const Call& call) {
    const SignedCall made = sign(call);
    return platform.send({.method = made.method,
                          .target = made.target,
                          .headers = {{"content-type", made.content_type}},
                          .body = made.body});
  }
  // The gateway's code and status for a call whose target was changed after it was signed.
  std::pair<int, std::string> changed(const Call& call, const std::string& from,
                                      const std::string& to) {
    SignedCall made = sign(call);
    const auto at = made.target.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    made.target.replace(at, from.size(), to);
    return code_of(platform.send({.method = made.method, .target = made.target}));
  }
  static std::pair<int, std::string> code_of(const HttpResponse& response) {
    const auto body = boost::json::parse(response.body).as_object();
    const bool operations = body.contains("Success");
    EXPECT_EQ(operations, body.contains("ErrorMessage"));
    EXPECT_EQ(!operations, body.contains("HostId"));
    EXPECT_EQ(body.at("RequestId").as_string(), response.headers.at(0).second);
    return {response.status, std::string(body.at("Code").as_string())};
  }
  using Refused = std::pair<int, std::string>;

  TestPlatform platform;
  int nonce = 0;
};

TEST_F(GatewayTest, CallsAreCountedByOperationAndCode) {
  send(valid());
  Call wrong = valid();
  wrong.secret = "wrong";
  send(wrong);
  Call unknown = valid();
  unknown.action = "NoSuchOperation";
  send(unknown);
  Call good = valid();
  good.action = "CreateProduct";
  good.params = {{"ProductName", "lamp"}, {"NodeType", "0"}};
  send(good);
  std::map<std::string, std::int64_t> calls;
  platform.gateway.calls().each_code(
      [&](std::string_view operation, std::string_view code, std::int64_t count) {
        calls[std::string(operation) + " " + std::string(code)] = count;
      });
  EXPECT_EQ(calls,
            (std::map<std::string, std::int64_t>{{"CreateProduct OK", 1},
                                                 {"QueryProduct iot.prod.NotExistedProduct", 1},
                                                 {"none InvalidAction.NotFound", 1},
                                                 {"none SignatureDoesNotMatch", 1}}));
}

TEST_F(GatewayTest, RunsASignedCall) {
  const HttpResponse response = send(valid());
  EXPECT_EQ(code_of(response), Refused(200, "iot.prod.NotExistedProduct"));
  EXPECT_EQ(response.content_type, "application/json;charset=utf-8");
  Call in_form = valid();
  in_form.in_form = true;
  EXPECT_EQ(code_of(send(in_form)), Refused(200, "iot.prod.NotExistedProduct"));
}

TEST_F(GatewayTest, AnswersXmlUnlessToldOtherwise) {
  Call call = valid();
  call.format = "";
  const HttpResponse response = send(call);
  EXPECT_EQ(response.content_type, "text/xml;charset=utf-8");
  EXPECT_THAT(response.body, HasSubstr("<QueryProductResponse><RequestId>"));
  EXPECT_THAT(platform.send({.method = "GET", .target = "/"}).body,
              HasSubstr("<Error><RequestId>"));
  call = valid();
  call.format = "xml";
  EXPECT_EQ(send(call).content_type, "text/xml;charset=utf-8");
}

TEST_F(GatewayTest, RefusesOtherMethodsAndPaths) {
  for (const char* method : {"HEAD", "PUT", "DELETE", "OPTIONS", "get", ""}) {
    const HttpResponse response = platform.send({.method = method, .target = "/?Format=JSON"});
    EXPECT_EQ(response.status, 400) << method;
    EXPECT_THAT(response.body, HasSubstr("<Code>UnsupportedHTTPMethod</Code>"));
  }
  for (const char* path : {"/x", "/Iot?Format=JSON", "x", "http://host/x"}) {
    const HttpResponse response = platform.send({.method = "GET", .target = path});
    EXPECT_EQ(response.status, 404) << path;
    EXPECT_THAT(response.body, HasSubstr("<Code>InvalidAction.NotFound</Code>"));
  }
  SignedCall made = sign(valid());
  made.target.insert(0, "http://iot.example.com:80");
  EXPECT_EQ(platform.send({.method = "GET", .target = made.target}).status, 200);
}

TEST_F(GatewayTest, RefusesWhatItCannotRead) {
  const HttpResponse response = platform.send({.method = "GET", .target = "/?a=%zz"});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("<Code>InvalidParameter</Code>"));
}

TEST_F(GatewayTest, NamesMissingCommonParameters) {
  EXPECT_EQ(changed(valid(), "Action=", "X="), Refused(400, "MissingAction"));
  EXPECT_EQ(changed(valid(), "&Version=2018-01-20", ""), Refused(400, "MissingVersion"));
  EXPECT_EQ(changed(valid(), "AccessKeyId=", "X="), Refused(400, "MissingAccessKeyId"));
  EXPECT_EQ(changed(valid(), "SignatureMethod=", "X="), Refused(400, "MissingSignatureMethod"));
  EXPECT_EQ(changed(valid(), "SignatureVersion=", "X="), Refused(400, "MissingSignatureVersion"));
  EXPECT_EQ(changed(valid(), "SignatureNonce=", "X="), Refused(400, "MissingSignatureNonce"));
  EXPECT_EQ(changed(valid(), "Timestamp=", "X="), Refused(400, "MissingTimestamp"));
  EXPECT_EQ(changed(valid(), "&Signature=", "&X="), Refused(400, "MissingSignature"));
}

TEST_F(GatewayTest, RefusesDoubledParameters) {
  EXPECT_EQ(changed(valid(), "Action=", "Action=X&Action="), Refused(400, "InvalidAction"));
  EXPECT_EQ(changed(valid(), "Signature=", "Signature=X&Signature="),
            Refused(400, "InvalidSignature"));
  SignedCall made = sign(valid());
  made.target += "&Format=XML";
  const HttpResponse response = platform.send({.method = "GET", .target = made.target});
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("<Code>InvalidFormat</Code>"));
}

TEST_F(GatewayTest, RefusesAnUnknownFormat) {
  Call call = valid();
  call.format = "YAML";
  const HttpResponse response = send(call);
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("<Code>InvalidParameter.Format</Code>"));
}

TEST_F(GatewayTest, RefusesUnknownAndDisabledKeys) {
  Call call = valid();
  call.access_key = "nobody";
  EXPECT_EQ(code_of(send(call)), Refused(404, "InvalidAccessKeyId.NotFound"));
  platform.registry.restore(AccessKey{
      .id = "sleeper", .secret = "s", .account = platform.account.account.id, .active = false});
  call.access_key = "sleeper";
  EXPECT_EQ(code_of(send(call)), Refused(400, "InvalidAccessKeyId.Inactive"));
}

TEST_F(GatewayTest, RefusesATokenBesideAKeyThatHasNone) {
  Call call = valid();
  call.params.emplace_back("SecurityToken", "token");
  EXPECT_EQ(code_of(send(call)), Refused(400, "InvalidSecurityToken.MismatchWithAccessKey"));
}

TEST_F(GatewayTest, RefusesOtherMethodsOfSigning) {
  EXPECT_EQ(changed(valid(), "HMAC-SHA1", "HMAC-SHA9"), Refused(400, "InvalidSignatureMethod"));
  EXPECT_EQ(changed(valid(), "Version=1.0", "Version=2.0"), Refused(400, "InvalidSignatureMethod"));
}

TEST_F(GatewayTest, AcceptsTimesWithinAQuarterOfAnHour) {
  for (const auto skew : {-15min, 15min}) {
    Call call = valid();
    call.time += skew;
    EXPECT_EQ(send(call).status, 200);
    call = valid();
    call.time += skew < 0min ? skew - 1s : skew + 1s;
    EXPECT_EQ(code_of(send(call)), Refused(400, "InvalidTimeStamp.Expired"));
  }
  EXPECT_EQ(changed(valid(), "T12%3A00%3A00Z", "+12%3A00%3A00Z"),
            Refused(400, "InvalidTimeStamp.Format"));
}

TEST_F(GatewayTest, RefusesWrongSignaturesAndShowsItsText) {
  Call call = valid();
  call.secret += "x";
  const HttpResponse response = send(call);
  EXPECT_EQ(code_of(response), Refused(400, "SignatureDoesNotMatch"));
  EXPECT_THAT(response.body,
              HasSubstr("\"Message\":\"Specified signature is not matched with our calculation. "
                        "server string to sign is:GET&%2F&AccessKeyId%3D"));
  EXPECT_EQ(response.body.find(platform.account.key.secret), std::string::npos);
  EXPECT_EQ(changed(valid(), "a1xxxxxxxxx", "a1xxxxxxxxy"), Refused(400, "SignatureDoesNotMatch"));
}

TEST_F(GatewayTest, AcceptsARequestOnce) {
  const Call call = valid();
  EXPECT_EQ(send(call).status, 200);
  EXPECT_EQ(code_of(send(call)), Refused(400, "SignatureNonceUsed"));
  ASSERT_EQ(platform.storage.nonces.size(), 1u);

  TestPlatform restarted;
  restarted.registry.restore(platform.account.key);
  restarted.gateway.restore(platform.storage.nonces.front());
  const SignedCall made = sign(call);
  EXPECT_EQ(code_of(restarted.send({.method = made.method, .target = made.target})),
            Refused(400, "SignatureNonceUsed"));
}

TEST_F(GatewayTest, NoncesOutliveTheWindowOfTheirTime) {
  Call call = valid();
  call.time += 15min;
  EXPECT_EQ(send(call).status, 200);
  platform.clock.advance(30min);
  EXPECT_EQ(code_of(send(call)), Refused(400, "SignatureNonceUsed"));
  platform.clock.advance(1s);
  EXPECT_EQ(code_of(send(call)), Refused(400, "InvalidTimeStamp.Expired"));
}

TEST_F(GatewayTest, ACallThatIsRefusedLaterHasUsedItsNonce) {
  Call call = valid();
  call.action = "NoSuchAction";
  EXPECT_EQ(code_of(send(call)), Refused(404, "InvalidAction.NotFound"));
  EXPECT_EQ(code_of(send(call)), Refused(400, "SignatureNonceUsed"));
  EXPECT_EQ(platform.storage.nonces.size(), 1u);
}

TEST_F(GatewayTest, ReadsTheWallClockOnce) {
  struct CountingClock final : Clock {
    explicit CountingClock(const Clock& given) : clock(given) {}
    Time now() const override { return clock.now(); }
    Time wall() const override {
      ++readings;
      return clock.wall();
    }
    void not_before(Time) override {}
    Steady::time_point steady() const override { return clock.steady(); }
    const Clock& clock;
    mutable int readings = 0;
  };
  const CountingClock clock(platform.clock);
  Platform counting{clock,
                    platform.registry,
                    platform.publisher,
                    platform.receipts,
                    platform.homes,
                    platform.routes,
                    platform.retained,
                    platform.uplink,
                    platform.registration,
                    platform.rates,
                    platform.ram,
                    platform.tokens,
                    platform.logins,
                    platform.groups,
                    platform.things,
                    platform.removals,
                    platform.quotas,
                    platform.rrpc,
                    platform.broadcaster,
                    platform.shadows,
                    platform.thing_use,
                    platform.gateways};
  Gateway gateway(counting, {.nonce_key = "key"});
  const SignedCall made = sign(valid());
  gateway.handle({.method = made.method, .target = made.target},
                 [](const HttpResponse& response) { EXPECT_EQ(response.status, 200); });
  EXPECT_EQ(clock.readings, 1);
}

TEST_F(GatewayTest, LogsRefusedRequestsAndNotFailedOnes) {
  const auto logged = [&](const Call& call) {
    std::this_thread::sleep_for(1100ms);  // Lines of one kind are limited to one a second.
    SignedCall made = sign(call);
    ::testing::internal::CaptureStderr();
    const HttpResponse response = platform.send(
        {.method = made.method, .target = made.target, .body = made.body, .peer = "192.0.2.7"});
    const std::string lines = ::testing::internal::GetCapturedStderr();
    EXPECT_EQ(lines.find(platform.account.key.secret), lines.npos);
    EXPECT_TRUE(lines.empty() || lines.find(response.headers.at(0).second) != lines.npos) << lines;
    return lines;
  };
  Call call = valid();
  EXPECT_EQ(logged(call), "");
  call.secret += "x";
  const std::string lines = logged(call);
  EXPECT_THAT(lines, HasSubstr(" info "));
  EXPECT_THAT(lines, HasSubstr("192.0.2.7"));
  EXPECT_THAT(lines, HasSubstr("SignatureDoesNotMatch"));
  EXPECT_EQ(lines.find(call.nonce + "%26"), lines.npos) << "the string to sign";
  call = valid();
  call.params.clear();
  EXPECT_THAT(logged(call), HasSubstr("MissingProductKey"));
}

TEST_F(GatewayTest, RefusesOtherActions) {
  EXPECT_EQ(platform.call("queryProduct", {}).code(), "InvalidAction.NotFound");
  EXPECT_EQ(platform.call("NoSuchAction", {}).status, 404);
}

TEST_F(GatewayTest, RefusesOtherVersions) {
  std::string query = sign(valid()).target.substr(2);
  query.erase(query.find("&Signature="));
  query.replace(query.find("2018-01-20"), 10, "2017-04-20");
  const std::string signature =
      sign_v1(platform.account.key.secret, "POST", Params::parse(query, "").value().sorted());
  std::string escaped = signature;
  for (auto at = escaped.find('+'); at != escaped.npos; at = escaped.find('+')) {
    escaped.replace(at, 1, "%2B");
  }
  EXPECT_EQ(code_of(platform.send(
                {.method = "POST", .target = "/", .body = query + "&Signature=" + escaped})),
            Refused(400, "InvalidVersion"));
}

TEST_F(GatewayTest, QuotasArePerAccountAndOperation) {
  TestPlatform limited({.quotas = {{"QueryProduct", 2}}});
  const Pairs unknown{{"ProductKey", "a1xxxxxxxxx"}};
  EXPECT_EQ(limited.call("QueryProduct", unknown).status, 200);
  EXPECT_EQ(limited.call("QueryProduct", {}).code(), "MissingProductKey");
  const Answer refused = limited.call("QueryProduct", unknown);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(refused.code(), "Throttling.User");
  EXPECT_EQ(limited.call("GetDeviceStatus", unknown).status, 200);
  limited.clock.advance(1s);
  EXPECT_EQ(limited.call("QueryProduct", unknown).status, 200);
}

TEST_F(GatewayTest, QuotasMayBeLifted) {
  TestPlatform unlimited({.quotas = {{"QueryProduct", std::nullopt}}});
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(unlimited.call("QueryProduct", {}).code(), "MissingProductKey");
  }
}

// What OpenAPI clients of today send: openapi-gateway.md, section 4.
TEST_F(GatewayTest, RunsACallSignedByV3) {
  HttpRequest request{.method = "POST", .target = "/?ProductKey=a1xxxxxxxxx"};
  request.headers = {{"host", "127.0.0.1:18080"},
                     {"x-acs-action", "QueryProduct"},
                     {"x-acs-content-sha256", to_hex(hash(Digest::sha256, ""))},
                     {"x-acs-date", "2024-05-20T12:00:00Z"},
                     {"x-acs-signature-nonce", "n"},
                     {"x-acs-version", "2018-01-20"},
                     {"accept", "application/json"}};
  std::string headers;
  std::string names;
  for (std::size_t i = 0; i < 6; ++i) {
    const auto& [name, value] = request.headers[i];
    headers += name + ":" + value + "\n";
    names += (i == 0 ? "" : ";") + name;
  }
  const std::string canonical = "POST\n/\nProductKey=a1xxxxxxxxx\n" + headers + "\n" + names +
                                "\n" + to_hex(hash(Digest::sha256, ""));
  const std::string to_sign = "ACS3-HMAC-SHA256\n" + to_hex(hash(Digest::sha256, canonical));
  const std::string signature = to_hex(hmac(Digest::sha256, platform.account.key.secret, to_sign));
  request.headers.emplace_back("authorization",
                               "ACS3-HMAC-SHA256 Credential=" + platform.account.key.id +
                                   ",SignedHeaders=" + names + ",Signature=" + signature);
  EXPECT_EQ(code_of(platform.send(request)), Refused(200, "iot.prod.NotExistedProduct"));
  EXPECT_EQ(code_of(platform.send(request)), Refused(400, "SignatureNonceUsed"));
  request.target += "&a=b";
  const HttpResponse response = platform.send(request);
  EXPECT_EQ(code_of(response), Refused(400, "SignatureDoesNotMatch"));
  EXPECT_THAT(response.body, HasSubstr("server CanonicalRequest is [POST\\n/\\n"));
  request.headers.pop_back();
  request.headers.emplace_back("authorization", "ACS3-HMAC-SHA256 Credential=x,Signature=y");
  EXPECT_EQ(code_of(platform.send(request)), Refused(400, "IncompleteSignature"));
}

TEST_F(GatewayTest, GatewayChecksComeBeforeThoseOfThePlatform) {
  const auto code = [&](Pairs params) { return platform.call("BatchPub", params).code(); };
  EXPECT_EQ(code({{"IotInstanceId", "iot-none"}}), "MissingProductKey");
  EXPECT_EQ(code({{"ProductKey", "?"}, {"IotInstanceId", "iot-none"}}), "MissingDeviceName");
  EXPECT_EQ(code({{"ProductKey", "?"}, {"DeviceName.1", "?"}}), "MissingMessageContent");
  EXPECT_EQ(code({{"ProductKey", "?"},
                  {"DeviceName.1", "?"},
                  {"MessageContent", "?"},
                  {"Qos", "2"},
                  {"IotInstanceId", "iot-none"}}),
            "InvalidQos");
  EXPECT_EQ(code({{"ProductKey", "?"},
                  {"DeviceName.1", "?"},
                  {"MessageContent", "?"},
                  {"IotInstanceId", "iot-none"}}),
            "iot.system.InstanceNotFound");
  EXPECT_EQ(code({{"ProductKey", "?"}, {"DeviceName.1", "?"}, {"MessageContent", "?"}}),
            "iot.prod.InvalidFormattedProductkey");
}

TEST_F(GatewayTest, ProductsOfOthersDoNotExist) {
  const std::string product = platform.make_product("Lamps");
  Registry::NewAccount other;
  platform.registry.create_account("other", [&](auto made) { other = std::move(made.value()); });
  const Pairs params{{"ProductKey", product}};
  EXPECT_EQ(platform.call("QueryProduct", params).code(), "");
  EXPECT_EQ(platform.call("QueryProduct", params, &other.key).code(), "iot.prod.NotExistedProduct");
  EXPECT_EQ(platform.call_in_instance("QueryProduct", params).code(), "iot.prod.NotExistedProduct");
  EXPECT_EQ(
      platform.call("QueryProduct", {{"ProductKey", product}, {"IotInstanceId", other.instance.id}})
          .code(),
      "iot.system.InstanceNotFound");
}

TEST_F(GatewayTest, ProductsOfAnInstanceNeedItsName) {
  const std::string product =
      platform.call_in_instance("CreateProduct", {{"ProductName", "Lamps"}, {"NodeType", "0"}})
          .text("ProductKey");
  const Pairs params{{"ProductKey", product}};
  EXPECT_EQ(platform.call("QueryProduct", params).code(), "iot.prod.NotExistedProduct");
  EXPECT_EQ(platform.call_in_instance("QueryProduct", params).code(), "");
}

TEST_F(GatewayTest, StorageThatRefusesIsServiceUnavailable) {
  platform.storage.refuses = true;
  const Answer answer =
      platform.call("CreateProduct", {{"ProductName", "Lamps"}, {"NodeType", "0"}});
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(answer.code(), "ServiceUnavailable");
}

}  // namespace
}  // namespace herald::api
