#include "thing/tsl.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/serialize.hpp>
#include <utility>

#include "thing/rules.h"
#include "thing/tsl_types.h"

namespace herald::thing {
namespace {

namespace json = boost::json;

// In the order of EventType and CallType.
constexpr std::array<std::string_view, 3> event_types = {"info", "alert", "error"};
constexpr std::array<std::string_view, 2> call_types = {"async", "sync"};

// The place of a member's word among those that it may be.
template <class Enum, std::size_t N>
Enum word(JsonReader& reader, const json::object& fields, std::string_view name,
          const std::array<std::string_view, N>& words) {
  const std::string text = reader.text(fields, name);
  for (std::size_t i = 0; i < N; ++i) {
    if (words[i] == text) return static_cast<Enum>(i);
  }
  reader.refuse(fmt::format("{} is none of {}", name, fmt::join(words, ", ")));
  return {};
}

template <class T>
void read_common(JsonReader& reader, const json::object& fields, T& feature) {
  feature.name = reader.text(fields, "name");
  feature.description = reader.text(fields, "desc", "");
  feature.required = reader.flag(fields, "required");
}

void read(JsonReader& reader, const json::object& fields, Property& property) {
  constexpr std::array<std::string_view, 2> access = {"r", "rw"};
  read_common(reader, fields, property);
  property.writable = word<int>(reader, fields, "accessMode", access) == 1;
  property.type = type_from_tsl(reader, reader.object(fields, "dataType"));
}
void read(JsonReader& reader, const json::object& fields, Event& event) {
  read_common(reader, fields, event);
  event.type = word<EventType>(reader, fields, "type", event_types);
  event.outputs = parameters_from_tsl(reader, reader.list(fields, "outputData"));
}
void read(JsonReader& reader, const json::object& fields, Service& service) {
  read_common(reader, fields, service);
  service.call_type = word<CallType>(reader, fields, "callType", call_types);
  service.inputs = parameters_from_tsl(reader, reader.list(fields, "inputData"));
  service.outputs = parameters_from_tsl(reader, reader.list(fields, "outputData"));
}

// The features of one kind, without those that are generated.
template <class T>
std::vector<T> read_all(JsonReader& reader, const json::object& document, std::string_view list,
                        std::string_view kind, bool (*is_generated)(std::string_view)) {
  std::vector<T> features;
  for (const json::value& each : reader.list(document, list)) {
    const json::object& fields = reader.object(each, kind);
    T feature{};
    const JsonReader::Within found(reader, kind);
    feature.identifier = reader.text(fields, "identifier");
    if (is_generated(feature.identifier)) continue;
    const JsonReader::Within within(reader, feature.identifier);
    read(reader, fields, feature);
    features.push_back(std::move(feature));
  }
  return features;
}

// Writes one document.
class Printer {
 public:
  Printer(const FunctionBlock& block, TslStyle style)
      : block_(block),
        simple_(style == TslStyle::simple),
        generates_(style != TslStyle::declared) {}

  json::array properties() const {
    json::array list;
    for (const Property& each : block_.properties) {
      json::object fields{{"identifier", each.identifier}};
      if (!simple_) {
        fields["name"] = each.name;
        fields["accessMode"] = each.writable ? "rw" : "r";
        describe(fields, each);
      }
      fields["dataType"] = type_in_tsl(each.type, simple_);
      list.push_back(std::move(fields));
    }
    return list;
  }

  json::array events() const {
    json::array list;
    if (generates_) {
      const Event post{.identifier = "post",
                       .name = "post",
                       .required = true,
                       .outputs = all_properties(/*only_writable=*/false)};
      list.push_back(event(post, "thing.event.property.post"));
    }
    for (const Event& each : block_.events) list.push_back(event(each, method_of(block_, each)));
    return list;
  }

  json::array services() const {
    json::array list;
    if (generates_) {
      const Service set{.identifier = "set",
                        .name = "set",
                        .required = true,
                        .inputs = all_properties(/*only_writable=*/true)};
      const Service get{.identifier = "get",
                        .name = "get",
                        .required = true,
                        .outputs = all_properties(/*only_writable=*/false)};
      list.push_back(service(set, "thing.service.property.set"));
      json::object asks = service(get, "thing.service.property.get");
      asks["inputData"] = identifiers();
      list.push_back(std::move(asks));
    }
    for (const Service& each : block_.services) {
      list.push_back(service(each, method_of(block_, each)));
    }
    return list;
  }

 private:
  template <class T>
  void describe(json::object& fields, const T& feature) const {
    fields["required"] = feature.required;
    if (!feature.description.empty()) fields["desc"] = feature.description;
  }

  json::object event(const Event& event, std::string_view method) const {
    json::object fields{{"identifier", event.identifier}};
    if (!simple_) {
      fields["name"] = event.name;
      fields["type"] = event_types[static_cast<std::size_t>(event.type)];
      describe(fields, event);
    }
    fields["outputData"] = parameters_in_tsl(event.outputs, simple_);
    if (generates_ && !simple_) fields["method"] = method;
    return fields;
  }

  json::object service(const Service& service, std::string_view method) const {
    json::object fields{{"identifier", service.identifier}};
    if (!simple_) {
      fields["name"] = service.name;
      fields["callType"] = call_types[static_cast<std::size_t>(service.call_type)];
      describe(fields, service);
    }
    fields["inputData"] = parameters_in_tsl(service.inputs, simple_);
    fields["outputData"] = parameters_in_tsl(service.outputs, simple_);
    if (generates_ && !simple_) fields["method"] = method;
    return fields;
  }

  std::vector<Parameter> all_properties(bool only_writable) const {
    std::vector<Parameter> all;
    for (const Property& each : block_.properties) {
      if (only_writable && !each.writable) continue;
      all.push_back({each.identifier, each.name, each.type});
    }
    return all;
  }
  json::array identifiers() const {
    json::array all;
    for (const Property& each : block_.properties) all.emplace_back(each.identifier);
    return all;
  }

  const FunctionBlock& block_;
  bool simple_;
  bool generates_;
};

}  // namespace

Result<FunctionBlock> parse_tsl(std::string_view document) {
  JsonReader reader;
  auto root = reader.parse(document);
  if (!root) return tl::unexpected(std::move(root.error()));
  constexpr auto none = [](std::string_view) { return false; };
  FunctionBlock block{
      .id = reader.text(*root, "functionBlockId", ""),
      .name = reader.text(*root, "functionBlockName", ""),
      .properties = read_all<Property>(reader, *root, "properties", "property", none),
      .events = read_all<Event>(reader, *root, "events", "event", is_generated_event),
      .services = read_all<Service>(reader, *root, "services", "service", is_generated_service)};
  if (!reader.sound()) return reader.error();
  return block;
}

std::string print_tsl(const ThingModel& model, const FunctionBlock& block,
                      std::string_view product_key, TslStyle style) {
  json::object document;
  if (style == TslStyle::full) {
    document["schema"] = "https://iotx-tsl.oss-ap-southeast-1.aliyuncs.com/schema.json";
  }
  if (style != TslStyle::declared) document["profile"] = {{"productKey", product_key}};
  if (!block.id.empty()) {
    document["functionBlockId"] = block.id;
    document["functionBlockName"] = block.name;
  }
  const Printer printer(block, style);
  document["properties"] = printer.properties();
  document["events"] = printer.events();
  document["services"] = printer.services();
  if (block.id.empty() && style != TslStyle::declared && model.blocks().size() > 1) {
    json::array others;
    for (const FunctionBlock& each : model.blocks()) {
      if (each.id.empty()) continue;
      others.push_back({{"functionBlockId", each.id},
                        {"functionBlockName", each.name},
                        {"productKey", product_key}});
    }
    document["functionBlocks"] = std::move(others);
  }
  return json::serialize(document);
}

}  // namespace herald::thing
