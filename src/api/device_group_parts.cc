#include "api/device_group_parts.h"

#include "api/times.h"

namespace herald::api {

Param<SharedGroup> group_parameter() {
  return {.name = "GroupId", .doc = "The group.", .example = "W16X8TvdosecYxBM"};
}

Param<Unsupported<std::string_view>> group_type_parameter() {
  return {.name = "GroupType", .doc = "Not to be set: there are no dynamic groups."};
}

std::vector<Code> group_errors(std::initializer_list<Code> more) {
  std::vector<Code> errors{Code::instance_not_found, Code::group_id_empty, Code::group_not_found};
  errors.insert(errors.end(), more);
  return errors;
}

Fields group_fields() {
  return {text("GroupName", "Its name."), text("GroupId", "Its id."),
          text("GroupType", "Never set: there are no dynamic groups."),
          text("GroupDesc", "Its description."), text("UtcCreate", "When it was created, in UTC.")};
}

boost::json::object entry_of(const DeviceGroup& group) {
  return {{"GroupName", group.name},
          {"GroupId", group.id},
          {"GroupDesc", group.description},
          {"UtcCreate", utc_text(group.created)}};
}

}  // namespace herald::api
