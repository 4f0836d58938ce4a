#include "model/topic.h"

#include <gtest/gtest.h>

namespace herald {
namespace {

const ProductKey product = ProductKey::parse("a1BwAGVxxxx").value();

TEST(TopicTemplate, PutsTheDeviceIntoACustomTopic) {
  const auto topic = TopicTemplate::custom(product, "get");
  EXPECT_EQ(topic.topic_for("dev1"), "/a1BwAGVxxxx/dev1/user/get");
  EXPECT_EQ(topic.text(), "/a1BwAGVxxxx/${deviceName}/user/get");
}

TEST(TopicTemplate, ReadsBackWhatItShows) {
  const auto topic = TopicTemplate::custom(product, "update/error");
  EXPECT_EQ(TopicTemplate::parse(topic.text()), topic);
}

TEST(TopicTemplate, WithoutPlaceholderIsOneTopicForAll) {
  EXPECT_EQ(TopicTemplate::parse("/broadcast/a1/x").topic_for("dev1"), "/broadcast/a1/x");
}

TEST(TopicTemplate, ShowsTheSuffixOfACustomTopicOfTheProductOnly) {
  const auto suffix_of = [](std::string_view text) {
    static TopicTemplate kept;
    kept = TopicTemplate::parse(text);
    return custom_suffix(kept, product);
  };
  EXPECT_EQ(suffix_of("/a1BwAGVxxxx/${deviceName}/user/a/b"), "a/b");
  EXPECT_EQ(suffix_of("/other/${deviceName}/user/a"), std::nullopt);
  EXPECT_EQ(suffix_of("/a1BwAGVxxxx/dev1/user/a"), std::nullopt);
  EXPECT_EQ(suffix_of("/sys/a1BwAGVxxxx/${deviceName}/thing"), std::nullopt);
}

TEST(Topic, CategorySuffixesHaveWholeLevels) {
  EXPECT_TRUE(is_category_suffix("get", false));
  EXPECT_TRUE(is_category_suffix("update/error_2", false));
  EXPECT_TRUE(is_category_suffix("a/+/b/#", true));
  EXPECT_FALSE(is_category_suffix("a/+", false));
  EXPECT_FALSE(is_category_suffix("a/#/b", true));
  EXPECT_FALSE(is_category_suffix("a+", true));
  EXPECT_FALSE(is_category_suffix("a//b", false));
  EXPECT_FALSE(is_category_suffix("", false));
  EXPECT_FALSE(is_category_suffix("a/", false));
  EXPECT_FALSE(is_category_suffix("a-b", false));
}

TEST(Topic, FiltersFollowTheStandard) {
  EXPECT_TRUE(is_topic_filter("#"));
  EXPECT_TRUE(is_topic_filter("+/tennis/#"));
  EXPECT_FALSE(is_topic_filter("sport/tennis#"));
  EXPECT_FALSE(is_topic_filter("sport/#/ranking"));
  EXPECT_FALSE(is_topic_filter("sport+"));
  EXPECT_FALSE(is_topic_filter(""));
  EXPECT_FALSE(is_topic_filter(std::string_view("a\0b", 3)));
}

TEST(Topic, MatchesFollowTheStandard) {
  EXPECT_TRUE(matches("sport/#", "sport"));
  EXPECT_TRUE(matches("sport/#", "sport/tennis/player1"));
  EXPECT_TRUE(matches("sport/+", "sport/"));
  EXPECT_TRUE(matches("/+", "/finance"));
  EXPECT_FALSE(matches("sport/+", "sport"));
  EXPECT_FALSE(matches("+", "/finance"));
  EXPECT_FALSE(matches("sport/tennis", "sport/tennis/x"));
  EXPECT_FALSE(matches("#", "$SYS/x"));
  EXPECT_FALSE(matches("+/x", "$SYS/x"));
}

TEST(Topic, CoversComparesFilters) {
  EXPECT_TRUE(covers("a/#", "a/+/b"));
  EXPECT_TRUE(covers("a/#", "a"));
  EXPECT_TRUE(covers("a/+", "a/b"));
  EXPECT_TRUE(covers("a/#", "a/#"));
  EXPECT_FALSE(covers("a/+", "a/#"));
  EXPECT_FALSE(covers("a/b", "a/+"));
  EXPECT_FALSE(covers("a/b", "a/b/c"));
}

TEST(Topic, NothingIsNormalizedBeforeMatching) {  // [MQTT-4.7.3-4]
  EXPECT_FALSE(matches("/a/b", "/A/b"));
  EXPECT_FALSE(matches("/a/b", "/a//b"));
  EXPECT_FALSE(matches("/a/b", "/a/b/"));
  EXPECT_FALSE(matches("/a/%62", "/a/b"));
  EXPECT_FALSE(matches("/caf\u00e9", "/cafe\u0301")) << "composed and decomposed differ";
}

}  // namespace
}  // namespace herald
