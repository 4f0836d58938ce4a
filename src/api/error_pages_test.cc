#include "api/error_pages.h"

#include <gtest/gtest.h>

#include "api/errors.h"
#include "api/operations.h"

namespace herald::api {
namespace {

HttpRequest get(std::string target) { return {.method = "GET", .target = std::move(target)}; }

HttpResponse page_at(std::string target) {
  static const auto operations = all_operations();
  return error_page(get(std::move(target)), operations).value_or(HttpResponse{.status = 0});
}

bool has(const HttpResponse& page, std::string_view text) {
  return page.body.find(text) != page.body.npos;
}

TEST(ErrorPages, EachCodeHasOneAndIsInTheIndex) {
  const HttpResponse index = page_at("/errors");
  EXPECT_EQ(index.status, 200);
  for (const ErrorRow& row : error_rows()) {
    std::string code(row.name);
    if (const auto room = code.find("{}"); room != code.npos) {
      code.replace(room, 2, "Qos");
    } else {
      EXPECT_TRUE(has(index, "\"/errors/" + code + "\"")) << code;
    }
    const HttpResponse page = page_at("/errors/" + code + "?from=mail");
    EXPECT_EQ(page.status, 200) << code;
    EXPECT_TRUE(has(page, "<code>" + code + "</code>")) << code;
  }
}

TEST(ErrorPages, NameTheOperationsThatDeclareTheCode) {
  EXPECT_TRUE(has(page_at("/errors/iot.messagebroker.NullTopicName"), "<code>BatchPub</code>"));
  EXPECT_TRUE(has(page_at("/errors/SignatureDoesNotMatch"), "Any operation"));
}

TEST(ErrorPages, FillInTheNameOfTheParameter) {
  EXPECT_TRUE(
      has(page_at("/errors/MissingProductKey"), "ProductKey is mandatory for this action."));
}

TEST(ErrorPages, RepeatNothingThatIsNoCode) {
  for (const char* target : {"/errors/Unknown", "/errors/Missing%3Cscript%3E", "/errors/Missing<b>",
                             "/errors/../x", "/errors/Missing"}) {
    const HttpResponse page = page_at(target);
    EXPECT_EQ(page.status, 404) << target;
    EXPECT_FALSE(has(page, "script")) << target;
    EXPECT_FALSE(has(page, "<b>")) << target;
  }
  EXPECT_EQ(page_at("/errors/Missing" + std::string(200, 'x')).status, 404);
}

TEST(ErrorPages, LoadNothingButTheirStyle) {
  const HttpResponse page = page_at("/errors/Throttling.User");
  ASSERT_FALSE(page.headers.empty());
  EXPECT_EQ(page.headers[0].first, "Content-Security-Policy");
  EXPECT_TRUE(page.headers[0].second.starts_with("default-src 'none'; style-src 'self';"));
  EXPECT_EQ(page_at("/errors/style.css").content_type, "text/css;charset=utf-8");
}

TEST(ErrorPages, LeaveOtherPathsAndMethodsToTheGateway) {
  for (const char* target : {"/", "/errorsome", "/?Action=errors", "/x/errors"}) {
    EXPECT_EQ(page_at(target).status, 0) << target;
  }
  EXPECT_FALSE(error_page({.method = "POST", .target = "/errors"}, {}));
}

TEST(ErrorPages, AreAddressedAsTheServerWas) {
  const auto origin = [](std::string host, bool secure = false) {
    HttpRequest request = get("/");
    request.headers = {{"host", std::move(host)}};
    request.secure = secure;
    return origin_of(request);
  };
  EXPECT_EQ(origin("iot.example.com:8080"), "http://iot.example.com:8080");
  EXPECT_EQ(origin("[::1]:8443", /*secure=*/true), "https://[::1]:8443");
  for (const char* host : {"", "a/b", "user@host", "a?b", "a b", "a\"b", "<b>"}) {
    EXPECT_EQ(origin(host), "") << host;
  }
  EXPECT_EQ(origin(std::string(300, 'a')), "");
  EXPECT_EQ(error_page_address("http://h", "Missing/<Name>"),
            "http://h/errors/Missing%2F%3CName%3E");
}

}  // namespace
}  // namespace herald::api
