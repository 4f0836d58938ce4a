#include "api/describe.h"

#include <boost/json/array.hpp>

#include "api/errors.h"

namespace herald::api {
namespace {

namespace json = boost::json;

json::array texts(std::span<const std::string_view> list) {
  return json::array(list.begin(), list.end());
}

// What is not said is left out.
json::object describe(const ParamInfo& info) {
  json::object made{{"Name", info.name}, {"Type", info.type}, {"Required", info.required}};
  if (info.bounds.min != Bounds().min) made["Min"] = info.bounds.min;
  if (info.bounds.max != Bounds().max) made["Max"] = info.bounds.max;
  if (!info.allowed.empty()) made["Allowed"] = texts(info.allowed);
  if (!info.otherwise.empty()) made["Default"] = info.otherwise;
  if (!info.members.empty()) made["Members"] = texts(info.members);
  if (!info.example.empty()) made["Example"] = info.example;
  if (info.distinct) made["Distinct"] = true;
  if (info.own) made["Own"] = true;
  made["In"] = info.in_form ? "form" : "query";
  made["Doc"] = info.doc;
  return made;
}

json::array describe(const Fields& fields) {
  json::array made;
  for (const Field& field : fields) {
    json::object each{{"Name", field.name}, {"Type", name_of(field.type)}};
    if (!field.members.empty()) each["Members"] = describe(field.members);
    if (field.own) each["Own"] = true;
    if (!field.doc.empty()) each["Doc"] = field.doc;
    made.push_back(std::move(each));
  }
  return made;
}

json::object describe(const Operation& operation) {
  json::array params;
  for (const ParamInfo& info : operation.params) params.push_back(describe(info));
  json::array errors;
  for (const Code code : operation.errors) errors.push_back(json::string(row_of(code).name));
  return {{"Name", operation.name},
          {"Family", name_of(operation.family)},
          {"Summary", operation.summary},
          {"Product", service_of(operation.family).name},
          {"Version", service_of(operation.family).version},
          {"Action", operation.action()},
          {"CallsPerSecond", operation.calls_per_second},
          {"Writes", operation.writes},
          {"Own", operation.own},
          {"Open", operation.open},
          {"TakesInstance", operation.takes_instance},
          {"Parameters", std::move(params)},
          {"Answer", describe(operation.answer)},
          {"Errors", std::move(errors)}};
}

}  // namespace

json::object describe(std::span<const Operation> operations) {
  json::array list;
  for (const Operation& operation : operations) list.push_back(describe(operation));
  json::array errors;
  for (const ErrorRow& row : error_rows()) {
    errors.push_back({{"Code", row.name},
                      {"Status", row.status},
                      {"Message", row.message},
                      {"Advice", row.advice}});
  }
  return {
      {"Version", "2018-01-20"}, {"Operations", std::move(list)}, {"Errors", std::move(errors)}};
}

}  // namespace herald::api
