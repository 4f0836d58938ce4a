#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/desired_properties.h"
#include "core/publisher.h"
#include "core/registry.h"
#include "core/system_topics.h"
#include "core/thing_rules.h"
#include "thing/report.h"

namespace herald {

// What devices tell of themselves and ask for under topics of their thing model, with the answers
// that are documented: alink.md, sections 1 to 3 and 6. QoS 1 is answered when it is on the disk,
// QoS 0 when it is on its way there. Any thread.
class ThingReports {
 public:
  ThingReports(Registry& registry, const ThingModels& models, ThingHistory& history,
               DesiredProperties& desired, Publisher& publisher, IdGenerator& ids,
               const Clock& clock);

  // `thing/event/property/post`, `…/pack/post` and `…/batch/post`, `…/history/post`.
  void take_properties(const SystemMessage& from, UplinkAnswered answered);
  void take_pack(const SystemMessage& from, UplinkAnswered answered);
  void take_history(const SystemMessage& from, UplinkAnswered answered);
  // `thing/event/+/post`.
  void take_event(const SystemMessage& from, UplinkAnswered answered);

  // `thing/property/desired/get` and `…/delete`.
  void get_desired(const SystemMessage& from, UplinkAnswered answered);
  void delete_desired(const SystemMessage& from, UplinkAnswered answered);
  // `thing/deviceinfo/update` and `…/delete`: the device's tags.
  void update_tags(const SystemMessage& from, UplinkAnswered answered);
  void delete_tags(const SystemMessage& from, UplinkAnswered answered);
  // `thing/dsltemplate/get`: the published model.
  void get_model(const SystemMessage& from, UplinkAnswered answered);

 private:
  // Reads the values out of the parameters of a request.
  using Read = std::function<thing::Report(const boost::json::value& params,
                                           const thing::ReportRules& rules)>;
  void take(const SystemMessage& from, const Read& read, UplinkAnswered answered);
  void keep(std::vector<ThingEntry> entries, Qos qos, Done<void> done);
  bool has_tags(DeviceId id, const Tags& tags) const;
  void change_tags(const SystemMessage& from, bool erases, UplinkAnswered answered);

  Registry& registry_;
  const ThingModels& models_;
  ThingHistory& history_;
  DesiredProperties& desired_;
  Publisher& publisher_;
  IdGenerator& ids_;
  const Clock& clock_;
};

}  // namespace herald
