#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "thing/thing_model.h"

// TSL, the notation of thing models that devices and callers exchange: alink.md, section 5. A
// document tells of one block.
namespace herald::thing {

// What a document says; ThingModel::make tells whether that keeps the rules. Of a block's own
// `functionBlockId` and `functionBlockName`, too, where the document has them. What is generated,
// and members that are not known, are left out. Errors: tsl_unreadable, tsl_malformed.
Result<FunctionBlock> parse_tsl(std::string_view document);

enum class TslStyle : std::uint8_t {
  full,      // With what is generated: what a device can do, all in all.
  simple,    // The same, identifiers and types only.
  declared,  // Only what was declared, to be parsed again.
};
// Of a block of the model. The default one also names the others.
std::string print_tsl(const ThingModel& model, const FunctionBlock& block,
                      std::string_view product_key, TslStyle style);

}  // namespace herald::thing
