#pragma once

#include <memory>

#include "core/thing_models.h"
#include "model/records.h"
#include "thing/check.h"

namespace herald {

// What a product's devices are held to.
struct ThingRules {
  thing::SharedThingModel model;  // Null: none is published.
  thing::Strictness strictness = thing::Strictness::weak;
};
inline ThingRules rules_of(const Product& product, const ThingModels& models) {
  return {models.published(product.key.view()), thing::strictness_of(product.validate_type)};
}

}  // namespace herald
