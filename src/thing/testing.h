#pragma once

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "thing/thing_model.h"
#include "thing/tsl.h"

// For tests of thing models.
namespace herald::thing::testing {

// A lamp with something of every type.
inline constexpr std::string_view lamp_tsl = R"({
  "schema": "https://example.com/schema.json",
  "profile": {"productKey": "a1BwAGVxxxx"},
  "properties": [
    {"identifier": "Power", "name": "Power", "accessMode": "rw", "required": true,
     "dataType": {"type": "bool", "specs": {"0": "off", "1": "on"}}},
    {"identifier": "Level", "name": "Brightness", "accessMode": "rw", "desc": "In percent",
     "dataType": {"type": "int",
                  "specs": {"min": "0", "max": "100", "step": "1", "unit": "%", "unitName": "percent"}}},
    {"identifier": "Temperature", "name": "温度", "accessMode": "r",
     "dataType": {"type": "float", "specs": {"min": "-40.0", "max": "120.5", "step": "0.1"}}},
    {"identifier": "Energy", "name": "Energy", "accessMode": "r",
     "dataType": {"type": "double", "specs": {"min": "0", "max": "1e12"}}},
    {"identifier": "Mode", "name": "Mode", "accessMode": "rw",
     "dataType": {"type": "enum", "specs": {"1": "warm", "2": "cold"}}},
    {"identifier": "Label", "name": "Label", "accessMode": "rw",
     "dataType": {"type": "text", "specs": {"length": "16"}}},
    {"identifier": "Installed", "name": "Installed", "accessMode": "rw",
     "dataType": {"type": "date", "specs": {}}},
    {"identifier": "Position", "name": "Position", "accessMode": "r",
     "dataType": {"type": "struct", "specs": [
       {"identifier": "Longitude", "name": "Longitude",
        "dataType": {"type": "double", "specs": {"min": "-180", "max": "180"}}},
       {"identifier": "Fixed", "name": "Fixed",
        "dataType": {"type": "bool", "specs": {"0": "no", "1": "yes"}}}]}},
    {"identifier": "Curve", "name": "Curve", "accessMode": "rw",
     "dataType": {"type": "array", "specs": {"size": "3", "item": {"type": "int"}}}},
    {"identifier": "Stops", "name": "Stops", "accessMode": "rw",
     "dataType": {"type": "array", "specs": {"size": "2", "item": {"type": "struct", "specs": [
       {"identifier": "At", "name": "At", "dataType": {"type": "date", "specs": {}}}]}}}}],
  "events": [
    {"identifier": "post", "name": "post", "type": "info", "required": true,
     "method": "thing.event.property.post", "outputData": []},
    {"identifier": "Broken", "name": "Broken", "type": "error", "method": "thing.event.Broken.post",
     "outputData": [{"identifier": "Part", "name": "Part",
                     "dataType": {"type": "text", "specs": {"length": "64"}}}]}],
  "services": [
    {"identifier": "set", "name": "set", "callType": "async", "required": true,
     "method": "thing.service.property.set", "inputData": [], "outputData": []},
    {"identifier": "get", "name": "get", "callType": "async", "required": true,
     "method": "thing.service.property.get", "inputData": ["Power"], "outputData": []},
    {"identifier": "Dim", "name": "Dim", "callType": "sync", "method": "thing.service.Dim",
     "inputData": [{"identifier": "To", "name": "To",
                    "dataType": {"type": "int", "specs": {"min": "0", "max": "100"}}},
                   {"identifier": "Slowly", "name": "Slowly",
                    "dataType": {"type": "bool", "specs": {"0": "no", "1": "yes"}}}],
     "outputData": [{"identifier": "From", "name": "From",
                     "dataType": {"type": "int", "specs": {"min": "0", "max": "100"}}}]}]})";

inline FunctionBlock lamp_block() { return parse_tsl(lamp_tsl).value(); }

inline ThingModel model_of(FunctionBlock block) {
  std::vector<FunctionBlock> blocks;
  blocks.push_back(std::move(block));
  return ThingModel::make(std::move(blocks)).value();
}
inline ThingModel lamp() { return model_of(lamp_block()); }

// Why there is no such model; empty: there is.
inline std::string fault_of(std::vector<FunctionBlock> blocks) {
  const auto made = ThingModel::make(std::move(blocks));
  if (!made) {
    EXPECT_EQ(made.error().code, Code::tsl_malformed);
  }
  return made ? "" : made.error().detail;
}
inline std::string fault_of(FunctionBlock block) {
  return fault_of(std::vector<FunctionBlock>{std::move(block)});
}

}  // namespace herald::thing::testing
