#include "thing/feature_json.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "thing/feature_types.h"

namespace herald::thing {
namespace {

namespace json = boost::json;

// In the order of EventType and CallType.
constexpr std::array<std::string_view, 3> event_types = {"INFO_EVENT_TYPE", "ALERT_EVENT_TYPE",
                                                         "ERROR_EVENT_TYPE"};
constexpr std::array<std::string_view, 2> call_types = {"ASYNC", "SYNC"};
constexpr std::array<std::string_view, 2> access = {"READ_ONLY", "READ_WRITE"};

template <std::size_t N>
std::size_t word(JsonReader& reader, const json::object& fields, std::string_view name,
                 const std::array<std::string_view, N>& words) {
  const std::string text = reader.text(fields, name);
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == text) return i;
  }
  reader.refuse(fmt::format("{} is none of {}", name, fmt::join(words, ", ")));
  return 0;
}

std::vector<Parameter> parameters_from(JsonReader& reader, const json::array& list) {
  std::vector<Parameter> parameters;
  for (const json::value& each : list) {
    const json::object& fields = reader.object(each, "a parameter");
    Parameter parameter{.identifier = reader.text(fields, "identifier"), .name = {}, .type = {}};
    const JsonReader::Within within(reader, parameter.identifier);
    parameter.name = reader.text(fields, "name");
    parameter.type = type_from_features(reader, fields);
    parameters.push_back(std::move(parameter));
  }
  return parameters;
}

void read(JsonReader& reader, const json::object& fields, Property& property) {
  property.name = reader.text(fields, "name");
  property.writable = word(reader, fields, "rwFlag", access) == 1;
  property.type = type_from_features(reader, fields);
}
void read(JsonReader& reader, const json::object& fields, Event& event) {
  event.name = reader.text(fields, "eventName");
  event.type = static_cast<EventType>(word(reader, fields, "eventType", event_types));
  // Written both ways in the wild.
  event.outputs = parameters_from(
      reader, reader.list(fields, fields.contains("outputdata") ? "outputdata" : "outputData"));
}
void read(JsonReader& reader, const json::object& fields, Service& service) {
  service.name = reader.text(fields, "serviceName");
  service.call_type = static_cast<CallType>(word(reader, fields, "callType", call_types));
  service.inputs = parameters_from(reader, reader.list(fields, "inputParams"));
  service.outputs = parameters_from(reader, reader.list(fields, "outputParams"));
}

template <class T>
std::vector<T> read_all(JsonReader& reader, const json::object& document, std::string_view list,
                        std::string_view kind) {
  std::vector<T> features;
  for (const json::value& each : reader.list(document, list)) {
    const json::object& fields = reader.object(each, kind);
    T feature{};
    const JsonReader::Within found(reader, kind);
    feature.identifier = reader.text(fields, "identifier");
    const JsonReader::Within within(reader, feature.identifier);
    feature.description = reader.text(fields, "description", "");
    feature.required = reader.flag(fields, "required");
    read(reader, fields, feature);
    features.push_back(std::move(feature));
  }
  return features;
}

json::array printed(const std::vector<Parameter>& list, std::string_view direction) {
  json::array parameters;
  for (std::size_t i = 0; i < list.size(); ++i) {
    json::object fields;
    put_type(fields, list[i].type);
    fields["direction"] = direction;
    fields["identifier"] = list[i].identifier;
    fields["name"] = list[i].name;
    fields["paraOrder"] = i;
    parameters.push_back(std::move(fields));
  }
  return parameters;
}

// Members that all features have, after those of their own that sort before.
template <class T>
void put_common(json::object& fields, const T& feature) {
  if (!feature.description.empty()) fields["description"] = feature.description;
  fields["identifier"] = feature.identifier;
}

json::object printed(const Property& property, std::string_view product_key) {
  json::object fields;
  put_type(fields, property.type);
  put_common(fields, property);
  fields["name"] = property.name;
  fields["productKey"] = product_key;
  fields["required"] = property.required;
  fields["rwFlag"] = access[property.writable ? 1 : 0];
  return fields;
}
json::object printed(const Event& event, std::string_view product_key) {
  json::object fields;
  put_common(fields, event);
  fields["eventName"] = event.name;
  fields["eventType"] = event_types[static_cast<std::size_t>(event.type)];
  fields["outputdata"] = printed(event.outputs, "PARAM_OUTPUT");
  fields["productKey"] = product_key;
  fields["required"] = event.required;
  return fields;
}
json::object printed(const Service& service, std::string_view product_key) {
  json::object fields;
  fields["callType"] = call_types[static_cast<std::size_t>(service.call_type)];
  put_common(fields, service);
  fields["inputParams"] = printed(service.inputs, "PARAM_INPUT");
  fields["outputParams"] = printed(service.outputs, "PARAM_OUTPUT");
  fields["productKey"] = product_key;
  fields["required"] = service.required;
  fields["serviceName"] = service.name;
  return fields;
}

template <class T>
json::array printed_all(const std::vector<T>& features, std::string_view product_key) {
  json::array list;
  for (const T& each : features) list.push_back(printed(each, product_key));
  return list;
}

}  // namespace

Result<FunctionBlock> parse_features(std::string_view document) {
  JsonReader reader;
  auto root = reader.parse(document);
  if (!root) return tl::unexpected(std::move(root.error()));
  FunctionBlock block{.properties = read_all<Property>(reader, *root, "properties", "property"),
                      .events = read_all<Event>(reader, *root, "events", "event"),
                      .services = read_all<Service>(reader, *root, "services", "service")};
  if (!reader.sound()) return reader.error();
  return block;
}

std::string print_features(const ThingModel& model, const FunctionBlock& block,
                           const FeatureHead& head) {
  json::object document;
  if (!head.version.empty()) {
    document["_ppk"] = {{"description", head.description}, {"version", head.version}};
  }
  document["events"] = printed_all(block.events, head.product_key);
  if (block.id.empty() && model.blocks().size() > 1) {
    json::array others;
    for (const FunctionBlock& each : model.blocks()) {
      if (each.id.empty()) continue;
      others.push_back({{"functionBlockId", each.id},
                        {"functionBlockName", each.name},
                        {"productKey", head.product_key}});
    }
    document["functionBlocks"] = std::move(others);
  }
  if (!block.id.empty()) {
    document["identifier"] = block.id;
    document["name"] = block.name;
  }
  document["productKey"] = head.product_key;
  document["properties"] = printed_all(block.properties, head.product_key);
  document["services"] = printed_all(block.services, head.product_key);
  return json::serialize(document);
}

}  // namespace herald::thing
