#include "api/answer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <set>

#include "api/fields.h"

namespace herald::api {
namespace {

namespace json = boost::json;

const Envelope as_json{"ID", Format::json, "QueryProductTopic", "iot.example.com"};
const Envelope as_xml{"ID", Format::xml, "QueryProductTopic", "iot.example.com"};

Reply topics() {
  return {{"Data",
           {{"ProductTopicInfo", json::array{{{"Id", "1"}, {"Desc", "<a & \"b\">"}, {"On", true}},
                                             {{"Id", "2"}, {"Count", 889455942124347392}}}}}},
          {"Empty", json::object()}};
}

TEST(Answer, SuccessAsJson) {
  const HttpResponse response = success(as_json, topics());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json;charset=utf-8");
  EXPECT_EQ(response.body,
            R"({"RequestId":"ID","Success":true,"Data":{"ProductTopicInfo":[)"
            R"({"Id":"1","Desc":"<a & \"b\">","On":true},{"Id":"2","Count":889455942124347392}]},)"
            R"("Empty":{}})");
  ASSERT_EQ(response.headers.size(), 1u);
  EXPECT_EQ(response.headers[0].first, "x-acs-request-id");
  EXPECT_EQ(response.headers[0].second, "ID");
}

TEST(Answer, SuccessAsXml) {
  const HttpResponse response = success(as_xml, topics());
  EXPECT_EQ(response.content_type, "text/xml;charset=utf-8");
  EXPECT_EQ(response.body,
            R"(<?xml version="1.0" encoding="UTF-8"?><QueryProductTopicResponse>)"
            "<RequestId>ID</RequestId><Success>true</Success><Data>"
            "<ProductTopicInfo><Id>1</Id><Desc>&lt;a &amp; \"b\"&gt;</Desc><On>true</On>"
            "</ProductTopicInfo><ProductTopicInfo><Id>2</Id><Count>889455942124347392</Count>"
            "</ProductTopicInfo></Data><Empty/></QueryProductTopicResponse>");
}

TEST(Answer, AnOperationsFailureIs200) {
  const Error error{Code::device_not_found, "lamp\x01"};
  EXPECT_EQ(failure(as_json, error).status, 200);
  EXPECT_EQ(failure(as_json, error).body,
            R"({"RequestId":"ID","Success":false,"Code":"iot.device.NotExistedDevice",)"
            R"("ErrorMessage":"No such device: lamp?."})");
  EXPECT_EQ(failure(as_xml, error).body,
            R"(<?xml version="1.0" encoding="UTF-8"?><QueryProductTopicResponse>)"
            "<RequestId>ID</RequestId><Success>false</Success>"
            "<Code>iot.device.NotExistedDevice</Code>"
            "<ErrorMessage>No such device: lamp?.</ErrorMessage></QueryProductTopicResponse>");
}

TEST(Answer, TheGatewaysErrorHasItsOwnShape) {
  const Error error{Code::missing_parameter, "ProductKey"};
  EXPECT_EQ(failure(as_json, error).status, 400);
  EXPECT_EQ(failure(as_json, error).body,
            R"({"RequestId":"ID","HostId":"iot.example.com","Code":"MissingProductKey",)"
            R"("Message":"ProductKey is mandatory for this action.",)"
            R"("Recommend":"/errors/MissingProductKey"})");
  EXPECT_TRUE(
      failure(as_xml, error)
          .body.starts_with(
              R"(<?xml version="1.0" encoding="UTF-8"?><Error><RequestId>ID</RequestId><HostId>)"));
}

TEST(Errors, EachCodeHasItsStatus) {
  const auto status = [](Code code) { return describe({code, ""}).status; };
  EXPECT_EQ(status(Code::invalid_parameter), 400);
  EXPECT_EQ(status(Code::action_not_found), 404);
  EXPECT_EQ(status(Code::access_key_not_found), 404);
  EXPECT_EQ(status(Code::access_key_inactive), 400);
  EXPECT_EQ(status(Code::signature_does_not_match), 400);
  EXPECT_EQ(status(Code::throttled_user), 400);
  EXPECT_EQ(status(Code::refused), 503);
  EXPECT_EQ(status(Code::failed), 500);
  EXPECT_EQ(status(Code::topic_missing), 200);
}

// The original's own codes of thing models stand without a prefix.
bool is_of_an_operation(std::string_view code) {
  static constexpr std::array of_thing_models{"Product.has.published", "Thing.model.not.found",
                                              "Thing.Model.Version.Invalid", "Category.not.same"};
  return code.starts_with("iot.") ||
         std::ranges::find(of_thing_models, code) != of_thing_models.end();
}

TEST(Errors, OperationsFailWith200AndTheGatewayWithAnythingElse) {
  for (const ErrorRow& row : error_rows()) {
    EXPECT_EQ(row.status == 200, is_of_an_operation(row.name)) << row.name;
    EXPECT_FALSE(row.message.empty());
    EXPECT_FALSE(row.advice.empty());
  }
}

TEST(Fields, TellWhetherAReplyIsAsDeclared) {
  const Fields fields = {
      object(
          "Data", "",
          {list("ProductTopicInfo", "",
                {text("Id", ""), text("Desc", ""), boolean("On", ""), long_integer("Count", "")})}),
      object("Empty", "", {})};
  EXPECT_EQ(difference(topics(), fields), "");
  Reply reply = topics();
  reply["Other"] = 1;
  EXPECT_EQ(difference(reply, fields), "Other is not declared");
  EXPECT_EQ(difference({{"Empty", "text"}}, fields), "Empty is not of type Object");
  EXPECT_EQ(difference({{"Data", {{"ProductTopicInfo", json::array{{{"Id", 7}}}}}}}, fields),
            "Data.ProductTopicInfo.Id is not of type String");
  EXPECT_EQ(difference({{"N", 1LL << 40}}, {integer("N", "")}), "N is not of type Integer");
}

}  // namespace
}  // namespace herald::api
