#include "thing/thing_model.h"

#include <algorithm>
#include <utility>

#include "thing/rules.h"

namespace herald::thing {

std::string full_identifier(std::string_view block, std::string_view identifier) {
  std::string full(block);
  if (!block.empty()) full += ':';
  return full.append(identifier);
}

std::string method_of(const FunctionBlock& block, const Event& event) {
  return "thing.event." + full_identifier(block.id, event.identifier) + ".post";
}

std::string method_of(const FunctionBlock& block, const Service& service) {
  return "thing.service." + full_identifier(block.id, service.identifier);
}

ThingModel::ThingModel() : ThingModel(std::vector<FunctionBlock>(1)) {}

ThingModel::ThingModel(std::vector<FunctionBlock> blocks) : blocks_(std::move(blocks)) {
  for (const FunctionBlock& block : blocks_) {
    const auto add = [&block](const auto& features, auto& index) {
      for (const auto& each : features) {
        index.add(full_identifier(block.id, each.identifier), each);
      }
    };
    add(block.properties, properties_);
    add(block.events, events_);
    add(block.services, services_);
  }
}

Result<ThingModel> ThingModel::make(std::vector<FunctionBlock> blocks) {
  const auto first = std::ranges::find(blocks, "", &FunctionBlock::id);
  if (first == blocks.end()) {
    blocks.insert(blocks.begin(), FunctionBlock());
  } else {
    std::rotate(blocks.begin(), first, first + 1);
  }
  if (auto kept = check_rules(blocks); !kept) return tl::unexpected(std::move(kept.error()));
  return ThingModel(std::move(blocks));
}

const FunctionBlock* ThingModel::block(std::string_view id) const {
  const auto at = std::ranges::find(blocks_, id, &FunctionBlock::id);
  return at == blocks_.end() ? nullptr : &*at;
}

}  // namespace herald::thing
