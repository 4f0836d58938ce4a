#pragma once

#include <functional>
#include <memory>

#include "model/records.h"
#include "thing/check.h"
#include "thing/thing_model.h"

namespace herald {

// The published thing model of a product; null: there is none. Any thread.
using PublishedModels = std::function<std::shared_ptr<const thing::ThingModel>(const Product&)>;

// What a product's devices are held to.
struct ThingRules {
  std::shared_ptr<const thing::ThingModel> model;  // Null: none is published.
  thing::Strictness strictness = thing::Strictness::weak;
};
inline ThingRules rules_of(const Product& product, const PublishedModels& models) {
  return {models(product), thing::strictness_of(product.validate_type)};
}

}  // namespace herald
