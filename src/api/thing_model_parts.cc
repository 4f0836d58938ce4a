#include "api/thing_model_parts.h"

#include <algorithm>
#include <iterator>

namespace herald::api {

Result<void> check_senior(const Product& product) {
  if (product.commodity_code == "iothub_senior") return {};
  return fail(Code::product_not_senior, product.key.text());
}

Result<const thing::FunctionBlock*> find_block(const thing::ThingModel& model,
                                               std::optional<std::string_view> id) {
  if (const auto* block = model.block(id.value_or(""))) return block;
  return fail(Code::thing_model_not_found, "block " + std::string(id->substr(0, 64)));
}

Param<std::optional<std::string_view>> block_parameter() {
  return {.name = "FunctionBlockId",
          .doc = "A block with names of its own; the default one if unset.",
          .example = "strip",
          .names = true};
}

Param<std::optional<std::string_view>> block_name_parameter() {
  return {.name = "FunctionBlockName",
          .doc = "What that block is called from now on: 4 to 30 characters.",
          .example = "Light strip"};
}

Param<Ignored<std::string_view>> resource_group_parameter() {
  return {.name = "ResourceGroupId", .doc = "There are no resource groups."};
}

std::vector<Code> thing_errors(std::vector<Code> more) {
  std::vector<Code> errors = product_errors();
  errors.push_back(Code::product_not_senior);
  std::ranges::move(more, std::back_inserter(errors));
  return errors;
}

}  // namespace herald::api
