#include "core/platform_topics.h"

#include "core/ntp.h"

namespace herald {

SystemTopics platform_topics(Publisher& publisher, Rrpc& rrpc, Shadows& shadows,
                             const Clock& clock) {
  const auto answer_rrpc = [&rrpc](const SystemMessage& from, UplinkAnswered answered) {
    rrpc.answer(from.device.id, from.wildcards.front(), from.message.payload);
    answered(UplinkVerdict::taken);
  };
  SystemTopics topics;
  topics.add("/sys/{pk}/{dn}/rrpc/response/+", answer_rrpc);
  topics.add("/ext/rrpc/+/#", answer_rrpc);
  topics.add("/shadow/update/{pk}/{dn}",
             [&shadows](const SystemMessage& from, UplinkAnswered answered) {
               shadows.take(from, std::move(answered));
             });
  topics.add("/ext/ntp/{pk}/{dn}/request",
             [&publisher, &clock](const SystemMessage& from, UplinkAnswered answered) {
               answer_ntp(from, publisher, clock);
               answered(UplinkVerdict::taken);
             });
  return topics;
}

}  // namespace herald
