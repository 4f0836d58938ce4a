#include "core/thing_use.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "base/wait_for.h"
#include "core/testing.h"
#include "thing/json_text.h"
#include "thing/testing.h"

// What a lamp reports and is told, over a store in memory.
namespace herald {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ThingUseTest : public ::testing::Test {
 protected:
  ThingUseTest() {
    add_thing_topics(topics_, use_);
    lamp_ = bench_.add_device("lamp1");
    other_ = bench_.add_device("lamp2");
    bench_.connect(lamp_, 0, /*clean_session=*/true);
    models_.change_draft(
        product(),
        [](ThingModels::Blocks& blocks) -> Result<void> {
          blocks.front() = thing::testing::lamp_block();
          blocks.front().services.push_back({.identifier = "Blink", .name = "Blink"});
          return {};
        },
        {}, [](const Result<void>& done) { EXPECT_TRUE(done); });
    bench_.settle();
    models_.publish(product(), "v1", "", {}, [](const Result<void>& done) { EXPECT_TRUE(done); });
    bench_.settle();
  }
  ~ThingUseTest() override { bench_.settle(); }

  const Product& product() const { return *bench_.product; }
  std::string topic(std::string_view rest) const {
    return "/sys/" + product().key.text() + "/lamp1/thing/" + std::string(rest);
  }

  // The device publishes; answers what it hears, if anything.
  std::string publish(std::string_view rest, std::string payload, Qos qos = Qos::at_least_once) {
    const std::size_t before = bench_.edges[0].delivered.size();
    const DeviceIdentity device(*bench_.registry.device(lamp_)->device);
    std::atomic<bool> answered = false;
    topics_.handle(device, bench_.account,
                   {.topic = topic(rest), .qos = qos, .payload = std::move(payload)},
                   [&](UplinkVerdict verdict) {
                     EXPECT_EQ(verdict, UplinkVerdict::taken);
                     answered = true;
                   });
    while (!answered) bench_.settle();
    bench_.settle();
    const auto& delivered = bench_.edges[0].delivered;
    if (delivered.size() == before) return {};
    const SharedMessage message = sent(delivered.back().message);
    EXPECT_EQ(message->topic.text(), topic(rest) + "_reply");
    return message->payload;
  }
  SharedMessage sent(MessageId id) {
    SharedMessage message;
    bench_.homes.recent(id, [&](Result<KeptMessage> kept) { message = kept.value().message; });
    bench_.settle();
    return message;
  }
  static std::int64_t code_of(const std::string& reply) {
    return thing::parse_json(reply)->at("code").as_int64();
  }

  // `Power=1`, of all that is kept.
  std::vector<std::string> kept(ThingStream stream) {
    const auto entries = wait_for<std::vector<ThingEntry>>([&](auto done) {
      use_.history.read({.device = lamp_,
                         .streams = {stream},
                         .first = time_of(0),
                         .last = bench_.clock.now() + std::chrono::days(2),
                         .limit = 1000},
                        std::move(done));
    });
    std::vector<std::string> shown;
    for (const ThingEntry& each : entries.value()) {
      shown.push_back(each.identifier + "=" + each.value +
                      (each.input.empty() ? "" : "<" + each.input));
    }
    return shown;
  }

  ThingCommand command(std::vector<DeviceId> devices, std::string_view params) {
    return {.product = bench_.product,
            .devices = std::move(devices),
            .account = bench_.account,
            .request_id = "request",
            .params = thing::parse_json(params)->get_object()};
  }

  testing::Bench bench_;
  ThingModels models_{bench_.store->registry(), bench_.registry, bench_.clock};
  Rrpc rrpc_{bench_.shards, bench_.homes, bench_.registry, bench_.ids, bench_.clock};
  ThingUse use_{*bench_.store, bench_.registry, models_,     bench_.publisher,
                rrpc_,         bench_.ids,      bench_.clock};
  SystemTopics topics_;
  DeviceId lamp_;
  DeviceId other_;
};

TEST_F(ThingUseTest, PropertiesAreKeptAndAnswered) {
  EXPECT_EQ(publish("event/property/post", R"({"id":"7","params":{"Power":1,"Level":7.5}})"),
            R"({"code":200,"data":{},"id":"7","message":"success",)"
            R"("method":"thing.event.property.post","version":"1.0"})");
  EXPECT_THAT(kept(ThingStream::properties), ElementsAre("Power=1"));
  EXPECT_THAT(kept(ThingStream::unchecked_properties), ElementsAre("Level=7.5"));
}

TEST_F(ThingUseTest, WhoWantsNoReplyGetsNone) {
  const char* post = R"({"id":"7","sys":{"ack":0},"params":{"Power":1}})";
  EXPECT_EQ(publish("event/property/post", post), "");
  EXPECT_THAT(kept(ThingStream::properties), ElementsAre("Power=1"));
}

TEST_F(ThingUseTest, QosZeroIsKeptSoon) {
  EXPECT_EQ(code_of(publish("event/property/post", R"({"id":1,"params":{"Power":1}})",
                            Qos::at_most_once)),
            200);
  bench_.settle();
  EXPECT_THAT(kept(ThingStream::properties), ElementsAre("Power=1"));
}

TEST_F(ThingUseTest, MalformedMessagesHaveTheirCodesAndLeaveNothing) {
  EXPECT_EQ(code_of(publish("event/property/post", "{")), 6207);
  EXPECT_EQ(code_of(publish("event/property/post", "[]")), 460);
  EXPECT_EQ(code_of(publish("event/property/post", R"({"id":"1"})")), 460);
  EXPECT_EQ(code_of(publish("event/property/post",
                            R"({"params":{"Power":{"value":1,"time":99999999999999}}})")),
            6326);
  EXPECT_EQ(code_of(publish("event/property/history/post",
                            R"({"params":[{"identity":{"productKey":"x","deviceName":"y"}}]})")),
            6401);
  EXPECT_THAT(kept(ThingStream::properties), IsEmpty());
  EXPECT_THAT(kept(ThingStream::unchecked_properties), IsEmpty());
}

TEST_F(ThingUseTest, EventsAreKeptEachForItself) {
  EXPECT_THAT(publish("event/Broken/post", R"({"id":"1","params":{"Part":"a"}})"),
              HasSubstr(R"("method":"thing.event.Broken.post")"));
  publish("event/Broken/post", R"({"id":"2","params":{"value":{"Part":"b"}}})");
  publish("event/Unknown/post", R"({"id":"3","params":{}})");
  EXPECT_THAT(kept(ThingStream::events),
              ElementsAre(R"(Broken={"Part":"a"})", R"(Broken={"Part":"b"})"));
  EXPECT_THAT(kept(ThingStream::unchecked_events), ElementsAre("Unknown={}"));
}

TEST_F(ThingUseTest, BatchesAndHistoryAreKept) {
  publish("event/property/batch/post",
          R"({"params":{"properties":{"Level":[{"value":1,"time":1699999999000},
                                               {"value":2,"time":1699999999500}]}}})");
  publish(
      "event/property/history/post",
      R"({"params":[{"identity":{"productKey":")" + product().key.text() +
          R"(","deviceName":"lamp1"},"properties":[{"Power":{"value":1,"time":1699999998000}}]}]})");
  EXPECT_THAT(kept(ThingStream::properties), ElementsAre("Power=1", "Level=1", "Level=2"));
}

TEST_F(ThingUseTest, DesiredValuesAreAskedForAndDeleted) {
  EXPECT_TRUE(wait_for<DesiredProperties::Versions>([&](auto done) {
    use_.desired.set(lamp_, {{"Power", "1", {}}, {"Label", "\"hall\"", {}}}, {}, std::move(done));
  }));
  EXPECT_THAT(publish("property/desired/get", R"({"id":"1","params":["Power","Label","Mode"]})"),
              HasSubstr(R"("data":{"Label":{"value":"hall","version":1},)"
                        R"("Power":{"value":1,"version":1}})"));
  EXPECT_EQ(code_of(publish("property/desired/delete",
                            R"({"params":{"Power":{"version":9},"Label":{}}})")),
            200);
  EXPECT_THAT(publish("property/desired/get", R"({"params":["Power","Label"]})"),
              HasSubstr(R"("data":{"Power":{"value":1,"version":1}})"));
  for (const char* params : {"null", "{}", "[]", "[1]"}) {
    EXPECT_EQ(code_of(publish("property/desired/get", std::string(R"({"params":)") + params + "}")),
              460);
  }
  std::string many = "[";
  for (int i = 0; i < 201; ++i) many += (i > 0 ? ",\"p\"" : "\"p\"");
  EXPECT_EQ(code_of(publish("property/desired/get", R"({"params":)" + many + "]}")), 6104);
}

TEST_F(ThingUseTest, TagsAreTheDevicesOwn) {
  EXPECT_EQ(code_of(publish("deviceinfo/update",
                            R"({"params":[{"attrKey":"room","attrValue":"hall"},
                                          {"attrKey":"floor","attrValue":3}]})")),
            200);
  EXPECT_EQ(bench_.registry.device(lamp_)->device->tags, (Tags{{"room", "hall"}, {"floor", "3"}}));
  EXPECT_EQ(code_of(publish("deviceinfo/delete", R"({"params":[{"attrKey":"room"}]})")), 200);
  EXPECT_EQ(bench_.registry.device(lamp_)->device->tags, (Tags{{"floor", "3"}}));
  EXPECT_EQ(
      code_of(publish("deviceinfo/update",
                      R"({"params":[{"attrKey":"SYS_SDK","attrValue":"x","domain":"SYSTEM"}]})")),
      200);
  EXPECT_EQ(bench_.registry.device(lamp_)->device->tags, (Tags{{"floor", "3"}}));
  for (const char* params :
       {"[]", "{}", R"([{"attrKey":"1st","attrValue":""}])", R"([{"attrKey":"room"}])"}) {
    EXPECT_EQ(code_of(publish("deviceinfo/update", std::string(R"({"params":)") + params + "}")),
              460)
        << params;
  }
}

TEST_F(ThingUseTest, DevicesFetchTheirModel) {
  const std::string reply = publish("dsltemplate/get", R"({"id":"1","params":{}})");
  EXPECT_THAT(reply, HasSubstr(R"("identifier":"Power")"));
  EXPECT_THAT(reply, HasSubstr("thing.service.property.set"));
}

TEST_F(ThingUseTest, ACommandIsOneMessageHoweverManyDevicesItIsFor) {
  bench_.connect(other_, 0, /*clean_session=*/true);
  const auto id = wait_for<MessageId>([&](auto done) {
    use_.commands.set_properties(command({lamp_, other_}, R"({"Power":1})"), {}, std::move(done));
  });
  bench_.settle();
  const auto& delivered = bench_.edges[0].delivered;
  ASSERT_EQ(delivered.size(), 2u);
  EXPECT_EQ(delivered[0].message, id.value());
  EXPECT_EQ(delivered[1].message, id.value());
  const SharedMessage message = sent(*id);
  EXPECT_EQ(message->topic.topic_for("lamp2"),
            "/sys/" + product().key.text() + "/lamp2/thing/service/property/set");
  EXPECT_THAT(message->payload, HasSubstr(R"("method":"thing.service.property.set","id":")"));
  EXPECT_THAT(message->payload, HasSubstr(R"("params":{"Power":1},"version":"1.0"})"));
}

TEST_F(ThingUseTest, AServicesAnswerCompletesItsCall) {
  const auto id = wait_for<MessageId>([&](auto done) {
    use_.commands.invoke(command({lamp_}, R"({"Times":3})"), "Blink", {}, std::move(done));
  });
  bench_.settle();
  EXPECT_THAT(kept(ThingStream::services), ElementsAre(R"(Blink=<{"Times":3})"));
  const auto request = thing::parse_json(sent(id.value())->payload).value();
  const std::string request_id(request.at("id").as_string());
  const auto reply = [&](const std::string& its_id, std::string_view rest) {
    publish("service/Blink_reply", R"({"id":")" + its_id + "\"," + std::string(rest) + "}");
  };
  // What nobody asked for, and what nobody can read.
  reply("1", R"("code":200,"data":{"Left":9})");
  publish("service/Dim_reply", R"({"id":")" + request_id + R"(","code":200,"data":{"Left":9}})");
  publish("service/Blink_reply", "garbage");
  EXPECT_THAT(kept(ThingStream::services), ElementsAre(R"(Blink=<{"Times":3})"));
  reply(request_id, R"("code":200,"data":{"Left":0})");
  EXPECT_THAT(kept(ThingStream::services), ElementsAre(R"(Blink={"Left":0}<{"Times":3})"));
  reply(request_id, R"("code":460,"data":{})");
  EXPECT_THAT(kept(ThingStream::services),
              ElementsAre(R"(Blink={"code":460,"data":{}}<{"Times":3})"));
}

TEST_F(ThingUseTest, ACallOfManyIsInTheDataOfThoseThatAnswer) {
  const auto id = wait_for<MessageId>([&](auto done) {
    use_.commands.invoke(command({other_, lamp_}, "{}"), "Blink", {}, std::move(done));
  });
  bench_.settle();
  EXPECT_THAT(kept(ThingStream::services), IsEmpty());
  const auto request = thing::parse_json(sent(id.value())->payload).value();
  publish("service/Blink_reply",
          R"({"id":")" + std::string(request.at("id").as_string()) + R"(","code":200,"data":{}})");
  EXPECT_THAT(kept(ThingStream::services), ElementsAre("Blink={}<{}"));
}

TEST_F(ThingUseTest, ASynchronousServiceIsWaitedFor) {
  Result<ThingCommands::Answer> answer = tl::unexpected(Error{Code::unknown, {}});
  use_.commands.invoke_and_wait(
      command({lamp_}, R"({"To":3,"Slowly":0})"), bench_.registry.device(lamp_)->device->name,
      "Dim", [&](Result<ThingCommands::Answer> got) { answer = std::move(got); });
  bench_.settle();
  const SharedMessage request = sent(bench_.edges[0].delivered.back().message);
  EXPECT_THAT(request->topic.text(), HasSubstr("/rrpc/request/"));
  EXPECT_THAT(request->payload, HasSubstr(R"("method":"thing.service.Dim")"));
  rrpc_.answer(lamp_, std::to_string(request->id.value),
               R"({"id":"1","code":200,"data":{"From":9}})");
  bench_.settle();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->code, RrpcCode::success);
  EXPECT_EQ(answer->payload, R"({"id":"1","code":200,"data":{"From":9}})");
  bench_.settle();
  EXPECT_THAT(kept(ThingStream::services), ElementsAre(R"(Dim={"From":9}<{"To":3,"Slowly":0})"));
}

}  // namespace
}  // namespace herald
