#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "thing/thing_model.h"

// The notation in which callers edit single features, ThingModelJson: operations.md, section 6. It
// says the same as TSL with other words: types in capitals, `rwFlag`, `dataSpecs` and
// `dataSpecsList`.
namespace herald::thing {

// What a document says, as parse_tsl does. Errors: tsl_unreadable, tsl_malformed.
Result<FunctionBlock> parse_features(std::string_view document);

// What a document says beside the model.
struct FeatureHead {
  std::string_view product_key;
  std::string_view version;  // Empty: of the draft, which tells neither version nor description.
  std::string_view description;
};
// Of a block of the model, all members by name. The default one also names the others.
std::string print_features(const ThingModel& model, const FunctionBlock& block,
                           const FeatureHead& head);

}  // namespace herald::thing
