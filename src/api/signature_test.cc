#include "api/signature.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "base/crypto.h"

// The vectors are those of openapi-gateway.md, sections 3.1 and 4.1: most were recorded from
// Alibaba's own clients.
namespace herald::api {
namespace {

Params parsed(std::string_view query, std::string_view form = "") {
  return std::move(Params::parse(query, form).value());
}

// Signs and checks the V1 request, with its signature where the client puts it: last.
void expect_v1(const std::string& method, std::string query, std::string form,
               const std::string& signature) {
  EXPECT_EQ(sign_v1("testsecret", method, parsed(query, form).sorted()), signature);
  std::string escaped;
  for (const char c : signature) {
    escaped += c == '+' ? "%2B" : c == '/' ? "%2F" : c == '=' ? "%3D" : std::string(1, c);
  }
  (query.empty() ? form : query) += "&Signature=" + escaped;
  const Params params = parsed(query, form);
  const HttpRequest request{.method = method};
  const auto claim = read_claim(request, params);
  ASSERT_TRUE(claim) << claim.error().detail;
  EXPECT_TRUE(is_signed(*claim, request, params, "testsecret"));
  EXPECT_FALSE(is_signed(*claim, request, params, "testsecre"));
  EXPECT_FALSE(is_signed(*claim, {.method = "PUT"}, params, "testsecret"));
}

constexpr const char* common =
    "SignatureMethod=HMAC-SHA1&SignatureVersion=1.0&Timestamp=2024-05-20T12%3A00%3A00Z&"
    "Version=2018-01-20";

TEST(SignatureV1, A_PopCoreGet) {
  expect_v1("GET",
            "AccessKeyId=testid&Action=BatchPub&DeviceName.1=newdevice1&DeviceName.2=newdevice2&"
            "Format=JSON&MessageContent=aGVsbG8gd29ybGQ%3D&ProductKey=a1BwAGVxxxx&Qos=0&"
            "RegionId=cn-shanghai&SignatureMethod=HMAC-SHA1&SignatureNonce=nonce-0001&"
            "SignatureVersion=1.0&Timestamp=2024-05-20T12%3A00%3A00Z&TopicShortName=get&"
            "Version=2018-01-20",
            "", "okIP9uXEW32S6ObCdcd2odbrdEk=");
}

TEST(SignatureV1, B_PopCorePostWithEverythingSpecial) {
  std::string form =
      "AccessKeyId=testid&Action=BatchPub&Format=JSON&RegionId=cn-shanghai&Qos=1&"
      "ProductKey=a1BwAGVxxxx&IotInstanceId=iot-cn-0pp1n8t0001&SignatureNonce=nonce-0002&"
      "UserProp.1.Key=k%201&UserProp.1.Value=v%2B%2F%3D%26%25%21%27%28%29%2A~%E4%B8%AD&"
      "MessageContent=%2B%2F%2F%2BACA%3D&"
      "TopicTemplateName=%2Fa1BwAGVxxxx%2F%24%7BdeviceName%7D%2Fuser%2Fget&"
      "DeviceName.1=dev%401&DeviceName.2=dev%3A2&DeviceName.3=dev.3&DeviceName.4=d4&"
      "DeviceName.5=d5&DeviceName.6=d6&DeviceName.7=d7&DeviceName.8=d8&DeviceName.9=d9&"
      "DeviceName.10=dev_10~*&";
  expect_v1("POST", "", form + common, "7qzCsv7/QaOAPaj93CiVpA/zSbo=");
}

TEST(SignatureV1, C_WithASecurityToken) {
  expect_v1("GET",
            std::string("AccessKeyId=STS.testid&Action=QueryProductTopic&Format=JSON&"
                        "ProductKey=a1BwAGVxxxx&RegionId=cn-shanghai&"
                        "SecurityToken=tok%2Fen%2B%3D%3D&SignatureNonce=nonce-0003&") +
                common,
            "", "lSxt/F+7SO3ymX/+WLvzL0eTrRQ=");
}

TEST(SignatureV1, D_SplitBetweenQueryAndForm) {
  expect_v1("POST",
            std::string("AccessKeyId=testid&Action=Pub&Format=json&ProductKey=a1BwAGVxxxx&Qos=1&"
                        "SignatureNonce=nonce-0003&"
                        "TopicFullName=%2Fa1BwAGVxxxx%2Fdevice1%2Fuser%2Fget&") +
                common,
            "MessageContent=%2B%2F8%3D", "d5NSnphdan0rw24J91dClo5PH2g=");
}

TEST(SignatureV1, E_TheDocumentationsExample) {
  expect_v1("GET",
            "AccessKeyId=testid&Action=DescribeRegions&Format=XML&SignatureMethod=HMAC-SHA1&"
            "SignatureNonce=3ee8c1b8-83d3-44af-a94f-4e0ad82fd6cf&SignatureVersion=1.0&"
            "Timestamp=2016-02-23T12%3A46%3A24Z&Version=2014-05-26",
            "", "OLeaidS1JvxuMvnyHOwuJ+uX5qY=");
}

TEST(SignatureV1, AMismatchShowsTheServersText) {
  const Params params =
      parsed(std::string("AccessKeyId=i&Action=A&SignatureNonce=n&Signature=x&") + common);
  const HttpRequest request{.method = "GET"};
  EXPECT_EQ(mismatch_message(read_claim(request, params).value(), request, params),
            "Specified signature is not matched with our calculation. server string to sign is:"
            "GET&%2F&AccessKeyId%3Di%26Action%3DA%26SignatureMethod%3DHMAC-SHA1%26"
            "SignatureNonce%3Dn%26SignatureVersion%3D1.0%26"
            "Timestamp%3D2024-05-20T12%253A00%253A00Z%26Version%3D2018-01-20");
}

TEST(SignatureV1, AMismatchShowsAtMost64KiB) {
  const Params params = parsed(std::string("AccessKeyId=i&Action=A&SignatureNonce=n&Signature=x&") +
                               common + "&MessageContent=" + std::string(200'000, 'a'));
  const HttpRequest request{.method = "POST"};
  const auto claim = read_claim(request, params).value();
  EXPECT_EQ(mismatch_message(claim, request, params).size(), 64u * 1024);
}

TEST(SignatureV1, NamesTheFirstMissingParameter) {
  const auto missing = [](const std::string& query) {
    const Params params = parsed(query);
    return read_claim({}, params).error().detail;
  };
  EXPECT_EQ(missing(""), "Action");
  EXPECT_EQ(missing("Action=A"), "Version");
  EXPECT_EQ(missing("Action=A&Version=1"), "AccessKeyId");
  const std::string start = std::string(common) + "&Action=A&AccessKeyId=i";
  EXPECT_EQ(missing(start), "SignatureNonce");
  EXPECT_EQ(missing(start + "&SignatureNonce="), "SignatureNonce");
  EXPECT_EQ(missing(start + "&SignatureNonce=n"), "Signature");
}

TEST(SignatureV1, ADoubledCommonParameterIsInvalid) {
  const std::string query =
      std::string(common) + "&Action=A&AccessKeyId=i&SignatureNonce=n&Signature=s&SecurityToken=t";
  ASSERT_TRUE(read_claim({}, parsed(query)));
  for (const std::string name :
       {"Action", "Version", "AccessKeyId", "SignatureMethod", "SignatureVersion", "SignatureNonce",
        "Timestamp", "Signature", "SecurityToken"}) {
    const auto claim = read_claim({}, parsed(query + "&" + name + "=x"));
    ASSERT_FALSE(claim) << name;
    EXPECT_EQ(claim.error().code, Code::invalid_parameter);
    EXPECT_EQ(claim.error().detail, name);
    // Of the query and the body the query's stands.
    EXPECT_TRUE(read_claim({}, parsed(query, name + "=x")));
  }
}

struct V3 {
  std::string action = "BatchPub";
  std::string version = "2018-01-20";
  std::string date = "2024-05-20T12:00:00Z";
  std::string nonce = "nonce-0003";
  std::string host = "127.0.0.1:18080";
  std::string body;
  std::vector<std::pair<std::string, std::string>> more{
      {"x-acs-credentials-provider", "static_ak"}};

  // Signs all its headers, as the clients do.
  HttpRequest request(const std::string& signature) const {
    HttpRequest made{.method = "POST", .body = body};
    made.headers = more;
    made.headers.insert(made.headers.end(),
                        {{"host", host},
                         {"x-acs-action", action},
                         {"x-acs-content-sha256", to_hex(hash(Digest::sha256, body))},
                         {"x-acs-date", date},
                         {"x-acs-signature-nonce", nonce},
                         {"x-acs-version", version}});
    std::ranges::sort(made.headers);
    std::string names;
    for (const auto& [name, value] : made.headers) names += (names.empty() ? "" : ";") + name;
    made.headers.emplace_back("accept", "application/json");
    made.headers.emplace_back("authorization", "ACS3-HMAC-SHA256 Credential=testid,SignedHeaders=" +
                                                   names + ",Signature=" + signature);
    return made;
  }
};

void expect_v3(const V3& call, std::string_view query, const std::string& signature,
               std::string_view secret = "testsecret") {
  const HttpRequest request = call.request(signature);
  const Params params = parsed(query, call.body);
  const auto claim = read_claim(request, params);
  ASSERT_TRUE(claim) << claim.error().detail;
  EXPECT_EQ(claim->access_key, "testid");
  EXPECT_EQ(claim->action, call.action);
  EXPECT_TRUE(is_signed(*claim, request, params, secret))
      << mismatch_message(*claim, request, params);
  EXPECT_FALSE(is_signed(*claim, request, params, "another"));
}

constexpr std::string_view batch_pub_query =
    "ProductKey=a1BwAGVxxxx&DeviceName.1=newdevice1&DeviceName.2=newdevice2&"
    "IotInstanceId=iot-cn-0pp1n8t0001&MessageContent=aGVsbG8gd29ybGQ%3D&Qos=0&TopicShortName=get";
constexpr const char* batch_pub_signature =
    "4e145ba663ee8a53d7796198b114ed6507869157e218fe37184fb8703b385861";

TEST(SignatureV3, A_BatchPub) { expect_v3({}, batch_pub_query, batch_pub_signature); }

TEST(SignatureV3, B_PubWithAFormBody) {
  V3 call{.action = "Pub", .body = "MessageContent=%2B%2F8%3D"};
  call.more.emplace_back("content-type", "application/x-www-form-urlencoded");
  expect_v3(call,
            "ProductKey=a1BwAGVxxxx&Qos=1&TopicFullName=%2Fa1BwAGVxxxx%2Fdevice1%2Fuser%2Fget&"
            "UserProp.1.Key=k%201&UserProp.1.Value=v*~",
            "c517aa928ab19385442b97ba6ad94f57e10407ec34a01c69a998c67b9cc679b0");
}

TEST(SignatureV3, C_WithASecurityToken) {
  const V3 call{.action = "QueryProductTopic",
                .more = {{"x-acs-accesskey-id", "testid"},
                         {"x-acs-credentials-provider", "static_sts"},
                         {"x-acs-security-token", "tok/en+=="}}};
  expect_v3(call, "ProductKey=a1BwAGVxxxx",
            "62105427816a55b9dd1a3bcb83cccc96658f4b7df0e68de9d46d6982fdec1799");
}

TEST(SignatureV3, D_TheDocumentationsExample) {
  V3 call{.action = "RunInstances",
          .version = "2014-05-26",
          .date = "2023-10-26T10:22:32Z",
          .nonce = "3156853299f313e23d1673dc12e1703d",
          .host = "ecs.cn-shanghai.aliyuncs.com",
          .more = {}};
  constexpr std::string_view query =
      "ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd&RegionId=cn-shanghai";
  expect_v3(call, query, "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
            "YourAccessKeySecret");
  call.date = "2023-10-26T09:01:01Z";
  call.nonce = "d410180a5abf7fe235dd9b74aca91fc0";
  expect_v3(call, query, "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
            "YourAccessKeySecret");
}

TEST(SignatureV3, CoversTheBody) {
  HttpRequest request = V3().request(batch_pub_signature);
  const Params params = parsed(batch_pub_query);
  const auto claim = read_claim(request, params);
  ASSERT_TRUE(claim);
  request.body = "Qos=1";
  EXPECT_FALSE(is_signed(*claim, request, params, "testsecret"));
}

TEST(SignatureV3, KnowsOneAlgorithm) {
  HttpRequest request = V3().request(batch_pub_signature);
  request.headers.back().second.replace(5, 11, "HMAC-SM3");
  const Params params = parsed(batch_pub_query);
  EXPECT_FALSE(is_signed(read_claim(request, params).value(), request, params, "testsecret"));
}

// What is missing in the signature of a request; empty when nothing is.
std::string incomplete(const HttpRequest& request) {
  const auto claim = read_claim(request, {});
  if (claim) return "";
  EXPECT_EQ(claim.error().code, Code::signature_incomplete);
  return claim.error().detail;
}

// A request that signs these names.
HttpRequest signing(std::string_view names) {
  HttpRequest request = V3().request("");
  request.headers.back().second = "ACS3-HMAC-SHA256 Credential=i,SignedHeaders=";
  request.headers.back().second += names;
  request.headers.back().second += ",Signature=s";
  return request;
}

constexpr std::string_view required_names =
    "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version";

TEST(SignatureV3, TheDecidingHeadersHaveToBeSigned) {
  for (const std::string name : {"host", "x-acs-action", "x-acs-version", "x-acs-date",
                                 "x-acs-signature-nonce", "x-acs-content-sha256"}) {
    std::string others = ";" + std::string(required_names);
    others.erase(others.find(";" + name), name.size() + 1);
    EXPECT_EQ(incomplete(signing(others.substr(1))), name);
  }
  EXPECT_EQ(incomplete(signing(required_names)), "");
}

TEST(SignatureV3, TheDecidingHeadersOccurOnce) {
  for (const std::string name : {"host", "x-acs-action", "x-acs-version", "x-acs-date",
                                 "x-acs-signature-nonce", "x-acs-content-sha256"}) {
    HttpRequest request = signing(required_names);
    request.headers.emplace_back(name, "~");
    EXPECT_EQ(incomplete(request), name);
  }
}

TEST(SignatureV3, TheTypeOfABodyHasToBeSigned) {
  const std::string names = "content-type;" + std::string(required_names);
  HttpRequest request = signing(required_names);
  request.headers.emplace_back("content-type", "application/json");
  EXPECT_EQ(incomplete(request), "");
  request.body = "Qos=1";
  EXPECT_EQ(incomplete(request), "content-type");
  request = signing(names);
  request.body = "Qos=1";
  EXPECT_EQ(incomplete(request), "content-type");
  request.headers.emplace_back("content-type", "application/json");
  EXPECT_EQ(incomplete(request), "");
  request.headers.emplace_back("content-type", "application/x-www-form-urlencoded");
  EXPECT_EQ(incomplete(request), "content-type");
}

TEST(SignatureV3, SignedHeadersAscend) {
  const std::string names(required_names);
  EXPECT_EQ(incomplete(signing("host;" + names)), "SignedHeaders");
  EXPECT_EQ(incomplete(signing(names + ";accept")), "SignedHeaders");
  EXPECT_EQ(incomplete(signing(";" + names)), "SignedHeaders");
  EXPECT_EQ(incomplete(signing(names + ";x-acs-version")), "SignedHeaders");
}

TEST(SignatureV3, SignsAtMost64Headers) {
  std::string names(required_names);
  for (int i = 10; i < 68; ++i) names += ";y" + std::to_string(i);
  EXPECT_EQ(incomplete(signing(names)), "");
  EXPECT_EQ(incomplete(signing(names + ";z")), "SignedHeaders");
}

TEST(SignatureV3, SeveralHeadersOfOneNameAreSortedAndJoined) {
  HttpRequest request = signing(std::string(required_names) + ";y;z");
  request.headers.insert(request.headers.begin(), {{"z", " b "}, {"yy", "no"}, {"z", "a"}});
  const std::string text = mismatch_message(read_claim(request, {}).value(), request, {});
  EXPECT_NE(text.find("\nx-acs-version:2018-01-20\ny:\nz:a,b\n\nhost;"), text.npos) << text;
}

TEST(SignatureV3, MissingHeadersAreNamedAsInV1) {
  HttpRequest request = V3{.nonce = ""}.request(batch_pub_signature);
  EXPECT_EQ(read_claim(request, {}).error().detail, "SignatureNonce");
  request.headers = {{"authorization", "ACS3-HMAC-SHA256"}};
  EXPECT_EQ(read_claim(request, {}).error().detail, "Action");
}

TEST(SignatureV3, AMismatchShowsBothTexts) {
  const HttpRequest request = V3().request(batch_pub_signature);
  const Params params = parsed(batch_pub_query);
  const std::string text = mismatch_message(read_claim(request, params).value(), request, params);
  EXPECT_TRUE(text.starts_with(
      "Specified signature does not match our calculation. server StringToSign is "
      "[ACS3-HMAC-SHA256\n28167dd0e965badb73b8a1e59a3d5b0d6094106b21c763d0395ada333994aa72] "
      "server CanonicalRequest is [POST\n/\nDeviceName.1=newdevice1&"))
      << text;
  EXPECT_TRUE(text.ends_with("7852b855]"));
}

TEST(SignatureV3, TheSchemeIsChosenByTheAuthorizationAlone) {
  EXPECT_EQ(scheme_of({.headers = {{"x-acs-action", "Pub"}}}), Scheme::v1);
  EXPECT_EQ(scheme_of({.headers = {{"authorization", "Basic eA=="}}}), Scheme::v1);
  EXPECT_EQ(scheme_of({.headers = {{"authorization", "ACS3-HMAC-SM3 x"}}}), Scheme::v3);
}

}  // namespace
}  // namespace herald::api
