#pragma once

#include "api/device_parts.h"

// What the operations of thing models declare and answer alike: operations.md, section 6.
namespace herald::api {

// That the product was made with a thing model. Errors: product_not_senior.
Result<void> check_senior(const Product& product);
// Errors: thing_model_not_found.
Result<const thing::FunctionBlock*> find_block(const thing::ThingModel& model,
                                               std::optional<std::string_view> id);

Param<std::optional<std::string_view>> block_parameter();
Param<std::optional<std::string_view>> block_name_parameter();
Param<Ignored<std::string_view>> resource_group_parameter();
// With those of a product that has to have a thing model.
std::vector<Code> thing_errors(std::vector<Code> more = {});

}  // namespace herald::api
