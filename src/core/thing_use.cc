#include "core/thing_use.h"

namespace herald {

void add_thing_topics(SystemTopics& topics, ThingUse& things) {
  const auto to_reports = [&](std::string_view pattern,
                              void (ThingReports::*take)(const SystemMessage&, UplinkAnswered)) {
    topics.add(pattern, [&reports = things.reports, take](const SystemMessage& from,
                                                          UplinkAnswered answered) {
      (reports.*take)(from, std::move(answered));
    });
  };
  using R = ThingReports;
  to_reports("/sys/{pk}/{dn}/thing/event/property/post", &R::take_properties);
  to_reports("/sys/{pk}/{dn}/thing/event/property/batch/post", &R::take_pack);
  to_reports("/sys/{pk}/{dn}/thing/event/property/pack/post", &R::take_pack);
  to_reports("/sys/{pk}/{dn}/thing/event/property/history/post", &R::take_history);
  to_reports("/sys/{pk}/{dn}/thing/event/+/post", &R::take_event);
  to_reports("/sys/{pk}/{dn}/thing/property/desired/get", &R::get_desired);
  to_reports("/sys/{pk}/{dn}/thing/property/desired/delete", &R::delete_desired);
  to_reports("/sys/{pk}/{dn}/thing/deviceinfo/update", &R::update_tags);
  to_reports("/sys/{pk}/{dn}/thing/deviceinfo/delete", &R::delete_tags);
  to_reports("/sys/{pk}/{dn}/thing/dsltemplate/get", &R::get_model);
  to_reports("/sys/{pk}/{dn}/thing/dynamicTsl/get", &R::get_model);
  const auto take_reply = [&commands = things.commands](const SystemMessage& from,
                                                        UplinkAnswered answered) {
    commands.take_reply(from, std::move(answered));
  };
  topics.add("/sys/{pk}/{dn}/thing/service/+", take_reply);
}

}  // namespace herald
