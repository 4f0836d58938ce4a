#include "net/console.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace herald::net {
namespace {

constexpr std::uint16_t mqtt_port = 1883;
const std::string page = "<script nonce=\"{nonce}\"></script>";
const std::string script = "compressed";

std::string bundle() {
  return "assets/main-1.js text/javascript gzip " + std::to_string(script.size()) +
         "\nicon.svg image/svg+xml gzip 4\nindex.html text/html identity " +
         std::to_string(page.size()) + "\n\n" + script + "icon" + page;
}

class ConsoleTest : public ::testing::Test {
 protected:
  std::optional<api::HttpResponse> get(
      const std::string& target, std::vector<std::pair<std::string, std::string>> headers = {}) {
    headers.emplace_back("host", "herald.example:8080");
    return console_.answer({.method = "GET", .target = target, .headers = std::move(headers)},
                           mqtt_port);
  }
  static std::string header(const std::optional<api::HttpResponse>& response,
                            std::string_view name) {
    const auto at =
        std::ranges::find(response->headers, name, [](const auto& each) { return each.first; });
    return at == response->headers.end() ? "" : at->second;
  }

  std::string bundle_ = bundle();
  Console console_ = Console::open(bundle_).value();
};

TEST_F(ConsoleTest, OtherPathsAreNotItsOwn) {
  for (const char* target : {"/", "/consoles", "/errors/InvalidVersion", "/?Action=Pub"}) {
    EXPECT_FALSE(get(target)) << target;
  }
  EXPECT_FALSE(console_.answer({.method = "POST", .target = "/console"}, mqtt_port));
}

TEST_F(ConsoleTest, FilesWithAHashInTheirNameAreKeptForEver) {
  const auto file = get("/console/assets/main-1.js");
  EXPECT_EQ(file->status, 200);
  EXPECT_EQ(file->body, script);
  EXPECT_EQ(header(file, "Content-Encoding"), "gzip");
  EXPECT_NE(header(file, "Cache-Control").find("immutable"), std::string::npos);
  EXPECT_EQ(get("/console/assets/main-2.js")->status, 404);
}

TEST_F(ConsoleTest, OthersAreAskedForAgainAndNotSentTwice) {
  const auto file = get("/console/icon.svg");
  EXPECT_EQ(header(file, "Cache-Control"), "no-cache");
  const auto again = get("/console/icon.svg", {{"if-none-match", header(file, "ETag")}});
  EXPECT_EQ(again->status, 304);
  EXPECT_EQ(again->body, "");
}

TEST_F(ConsoleTest, EveryOtherAddressIsThePageWithAPolicyOfItsOwn) {
  for (const char* target : {"/console", "/console/", "/console/products/a1b2c3?tab=topics"}) {
    const auto answer = get(target);
    EXPECT_EQ(answer->status, 200) << target;
    const std::string policy = header(answer, "Content-Security-Policy");
    EXPECT_NE(policy.find("script-src 'self';"), std::string::npos);
    EXPECT_NE(policy.find("connect-src 'self' ws://herald.example:1883 wss://herald.example:1883;"),
              std::string::npos)
        << policy;
    const auto at = policy.find("'nonce-") + 7;
    const std::string nonce = policy.substr(at, policy.find('\'', at) - at);
    EXPECT_EQ(answer->body, "<script nonce=\"" + nonce + "\"></script>");
    EXPECT_NE(answer->body, get(target)->body);
  }
}

TEST_F(ConsoleTest, BrowsersWithAnErrorAreLedToItsPage) {
  const auto led = get("/errors/InvalidVersion", {{"accept", "text/html,*/*"}});
  EXPECT_EQ(led->status, 302);
  EXPECT_EQ(header(led, "Location"), "/console/errors/InvalidVersion");
}

TEST_F(ConsoleTest, TellsWhereDevicesConnect) {
  console_.describe({}, "1.2.3");
  EXPECT_EQ(get("/console/server.json")->body, R"({"MqttPort":1883,"Version":"1.2.3"})");
  EXPECT_EQ(get("/console/catalogue.json")->content_type, "application/json");
}

TEST_F(ConsoleTest, AProgramWithoutOneSaysSo) {
  const Console none = Console::open("").value();
  const auto answer = none.answer({.method = "GET", .target = "/console"}, mqtt_port);
  EXPECT_EQ(answer->status, 404);
  EXPECT_NE(answer->body.find("./dev console"), std::string::npos);
  EXPECT_FALSE(none.answer(
      {.method = "GET", .target = "/errors/InvalidVersion", .headers = {{"accept", "text/html"}}},
      mqtt_port));
}

TEST_F(ConsoleTest, DamagedFilesAreNotTaken) {
  EXPECT_FALSE(Console::open("index.html text/html identity 100\n\nshort"));
  EXPECT_FALSE(Console::open("no end of its head"));
  EXPECT_FALSE(Console::open("other.html text/html identity 1\n\nx"));
}

}  // namespace
}  // namespace herald::net
