#include "api/operation.h"

namespace herald::api {

std::string_view name_of(Family family) {
  switch (family) {
    case Family::messaging:
      return "Messaging";
    case Family::topics:
      return "Topics";
    case Family::products:
      return "Products";
    case Family::devices:
      return "Devices";
    case Family::groups:
      return "Device groups";
    case Family::things:
      return "Thing models";
    case Family::access:
      return "RAM";
    case Family::identity:
      return "STS";
  }
  return "";
}

const Service& service_of(Family family) {
  static constexpr Service iot{"Iot", "2018-01-20", "iot"};
  static constexpr Service ram{"Ram", "2015-05-01", "ram", /*tells_success=*/false};
  static constexpr Service sts{"Sts", "2015-04-01", "sts", /*tells_success=*/false};
  if (family == Family::access) return ram;
  return family == Family::identity ? sts : iot;
}

bool is_version_of_a_service(std::string_view version) {
  for (const Family family : {Family::devices, Family::access, Family::identity}) {
    if (service_of(family).version == version) return true;
  }
  return false;
}

ParamInfo instance_parameter() {
  return {.name = "IotInstanceId",
          .type = "String",
          .doc = "The instance. An instance that has an id must be named; the public one has none.",
          .example = "iot-cn-0pp1n8t****",
          .required = false,
          .names = true};
}

Result<void> choose_instance(const Params& params, Context& context) {
  const auto named = params.one("IotInstanceId");
  if (!named) return tl::unexpected(named.error());
  if (!*named || (*named)->empty()) return {};
  const auto instance = context.platform.registry.instance(**named);
  if (!instance || instance->account != context.account) {
    return fail(Code::instance_not_found, std::string((*named)->substr(0, 64)));
  }
  context.instance = instance->id;
  return {};
}

}  // namespace herald::api
