#include <algorithm>
#include <iterator>

#include "api/thing_model_parts.h"
#include "thing/feature_json.h"
#include "thing/tsl.h"

// Edits of thing models, all of the draft: operations.md, section 6.
namespace herald::api {
namespace {

using thing::FunctionBlock;
using Blocks = ThingModels::Blocks;

constexpr std::size_t features_per_call = 10;

struct ImportThingModelTsl {
  SharedProduct product;
  WholeText tsl;  // People write documents on many lines.
  std::optional<std::string_view> block;
  std::optional<std::string_view> block_name;
};
struct CreateThingModel {
  SharedProduct product;
  std::optional<WholeText> features;
  std::optional<std::string_view> block;
  std::optional<std::string_view> block_name;
};
struct UpdateThingModel {
  SharedProduct product;
  std::optional<std::string_view> identifier;
  std::optional<WholeText> features;
  std::optional<std::string_view> block;
  std::optional<std::string_view> block_name;
};
struct DeleteThingModel {
  SharedProduct product;
  std::optional<std::string_view> block;
  Texts properties;
  Texts services;
  Texts events;
};
struct CopyThingModel {
  SharedProduct source;
  SharedProduct target;
  std::string_view version;
};

std::size_t count_of(const FunctionBlock& block) {
  return block.properties.size() + block.events.size() + block.services.size();
}

// Errors: thing_model_not_found.
Result<FunctionBlock*> block_in(Blocks& blocks, std::optional<std::string_view> id) {
  const auto at = std::ranges::find(blocks, id.value_or(""), &FunctionBlock::id);
  if (at != blocks.end()) return &*at;
  return fail(Code::thing_model_not_found, "block " + std::string(id->substr(0, 64)));
}

// The block that a call names, made where it is not there yet; `name` is what it is called now.
FunctionBlock& block_or_new(Blocks& blocks, std::optional<std::string_view> id,
                            std::optional<std::string_view> name) {
  auto at = std::ranges::find(blocks, id.value_or(""), &FunctionBlock::id);
  if (at == blocks.end()) {
    blocks.push_back({.id = std::string(*id)});
    at = std::prev(blocks.end());
  }
  if (name && !at->id.empty()) at->name = *name;
  return *at;
}

void change(const SharedProduct& product, Context& context, const ThingModels::DraftChange& edit,
            Done<Reply> done) {
  if (auto senior = check_senior(*product); !senior) {
    return done(tl::unexpected(std::move(senior.error())));
  }
  context.platform.things.change_draft(*product, edit, context.take_riders(),
                                       nothing_but(std::move(done)));
}

void import(const ImportThingModelTsl& call, Context& context, Done<Reply> done) {
  change(
      call.product, context,
      [&](Blocks& blocks) -> Result<void> {
        auto parsed = thing::parse_tsl(call.tsl.text);
        if (!parsed) return tl::unexpected(std::move(parsed.error()));
        FunctionBlock& block = block_or_new(blocks, call.block, call.block_name);
        parsed->id = block.id;
        parsed->name = block.name;
        block = std::move(*parsed);
        return {};
      },
      std::move(done));
}

template <class T>
void append(std::vector<T>& list, std::vector<T>& more) {
  std::ranges::move(more, std::back_inserter(list));
}

// Without features it makes a block.
void create(const CreateThingModel& call, Context& context, Done<Reply> done) {
  if (!call.features && !call.block) return done(fail(Code::missing_parameter, "ThingModelJson"));
  change(
      call.product, context,
      [&](Blocks& blocks) -> Result<void> {
        FunctionBlock& block = block_or_new(blocks, call.block, call.block_name);
        if (!call.features) return {};
        auto parsed = thing::parse_features(call.features->text);
        if (!parsed) return tl::unexpected(std::move(parsed.error()));
        const std::size_t count = count_of(*parsed);
        if (count < 1 || count > features_per_call) {
          return fail(Code::tsl_malformed, "one call adds 1 to 10 features");
        }
        append(block.properties, parsed->properties);
        append(block.events, parsed->events);
        append(block.services, parsed->services);
        return {};
      },
      std::move(done));
}

// The one feature of `with` takes the place of the one that is called `identifier`, if it is of
// this kind.
template <class T>
Result<void> replace(std::vector<T>& list, std::string_view identifier, std::vector<T>& with) {
  if (with.empty()) return {};
  const auto at = std::ranges::find(list, identifier, &T::identifier);
  if (at == list.end()) {
    return fail(Code::thing_feature_not_found, std::string(identifier.substr(0, 64)));
  }
  *at = std::move(with.front());
  return {};
}

void update(const UpdateThingModel& call, Context& context, Done<Reply> done) {
  if (call.identifier.has_value() != call.features.has_value()) {
    return done(fail(Code::missing_parameter, call.features ? "Identifier" : "ThingModelJson"));
  }
  if (!call.features && !call.block_name) {
    return done(fail(Code::missing_parameter, "ThingModelJson"));
  }
  change(
      call.product, context,
      [&](Blocks& blocks) -> Result<void> {
        auto block = block_in(blocks, call.block);
        if (!block) return tl::unexpected(std::move(block.error()));
        FunctionBlock& edited = **block;
        if (call.block_name && !edited.id.empty()) edited.name = *call.block_name;
        if (!call.features) return {};
        auto parsed = thing::parse_features(call.features->text);
        if (!parsed) return tl::unexpected(std::move(parsed.error()));
        if (count_of(*parsed) != 1) {
          return fail(Code::tsl_malformed, "one call changes one feature");
        }
        return replace(edited.properties, *call.identifier, parsed->properties)
            .and_then([&] { return replace(edited.events, *call.identifier, parsed->events); })
            .and_then([&] { return replace(edited.services, *call.identifier, parsed->services); });
      },
      std::move(done));
}

template <class T>
Result<void> erase(std::vector<T>& list, const Texts& identifiers) {
  for (const std::string_view identifier : identifiers) {
    const auto at = std::ranges::find(list, identifier, &T::identifier);
    if (at == list.end()) {
      return fail(Code::thing_feature_not_found, std::string(identifier.substr(0, 64)));
    }
    list.erase(at);
  }
  return {};
}

// Without identifiers a whole block.
void remove(const DeleteThingModel& call, Context& context, Done<Reply> done) {
  const bool whole = call.properties.empty() && call.services.empty() && call.events.empty();
  if (whole && !call.block) return done(fail(Code::missing_parameter, "PropertyIdentifier"));
  change(
      call.product, context,
      [&](Blocks& blocks) -> Result<void> {
        auto block = block_in(blocks, call.block);
        if (!block) return tl::unexpected(std::move(block.error()));
        if (whole) {
          blocks.erase(blocks.begin() + (*block - blocks.data()));
          return {};
        }
        return erase((*block)->properties, call.properties)
            .and_then([&] { return erase((*block)->services, call.services); })
            .and_then([&] { return erase((*block)->events, call.events); });
      },
      std::move(done));
}

void copy(const CopyThingModel& call, Context& context, Done<Reply> done) {
  if (auto senior = check_senior(*call.source); !senior) {
    return done(tl::unexpected(std::move(senior.error())));
  }
  if (call.source->category_key != call.target->category_key) {
    return done(fail(Code::thing_category_differs,
                     call.source->key.text() + " and " + call.target->key.text()));
  }
  auto version = context.platform.things.version(*call.source, call.version);
  if (!version) return done(tl::unexpected(std::move(version.error())));
  change(
      call.target, context,
      [&](Blocks& blocks) -> Result<void> {
        blocks = version->model->blocks();
        return {};
      },
      std::move(done));
}

Param<std::optional<WholeText>> features_parameter(std::string_view doc) {
  return {.name = "ThingModelJson",
          .doc = doc,
          .example = R"({"properties":[{"identifier":"Level","name":"Level","rwFlag":"READ_WRITE",)"
                     R"("dataType":"INT","dataSpecs":{"min":"0","max":"100"}}]})"};
}

Param<Texts> identifiers_parameter(std::string_view name, std::string_view doc) {
  return {.name = name,
          .doc = doc,
          .example = "Level",
          .bounds = {0, features_per_call},
          .distinct = true,
          .names = true};
}

// Of those that edit.
std::vector<Code> edit_errors(std::vector<Code> more = {}) {
  std::vector<Code> errors =
      thing_errors({Code::product_released, Code::tsl_unreadable, Code::tsl_malformed});
  std::ranges::move(more, std::back_inserter(errors));
  return errors;
}

Operation import_thing_model_tsl() {
  return operation<ImportThingModelTsl>(
      {.name = "ImportThingModelTsl",
       .family = Family::things,
       .summary = "Replaces a block of the draft by what a TSL document says.",
       .calls_per_second = 5,
       .writes = true,
       .errors = edit_errors()},
      import, product_parameter(),
      Param<WholeText>{
          .name = "TslStr",
          .doc = "The document, up to 256 KB.",
          .example = R"({"properties":[{"identifier":"Level","name":"Level","accessMode":"rw",)"
                     R"("dataType":{"type":"int","specs":{"min":"0","max":"100"}}}]})"},
      Param<Ignored<std::string_view>>{.name = "TslUrl", .doc = "The document is in TslStr."},
      block_parameter(), block_name_parameter(), resource_group_parameter());
}

Operation create_thing_model() {
  return operation<CreateThingModel>(
      {.name = "CreateThingModel",
       .family = Family::things,
       .summary = "Adds up to 10 properties, events and services to the draft, or a block.",
       .calls_per_second = 5,
       .writes = true,
       .errors = edit_errors()},
      create, product_parameter(), features_parameter("What to add."), block_parameter(),
      block_name_parameter());
}

Operation update_thing_model() {
  return operation<UpdateThingModel>(
      {.name = "UpdateThingModel",
       .family = Family::things,
       .summary = "Replaces one property, event or service of the draft, or renames a block.",
       .calls_per_second = 5,
       .writes = true,
       .errors = edit_errors({Code::thing_model_not_found, Code::thing_feature_not_found})},
      update, product_parameter(),
      Param<std::optional<std::string_view>>{.name = "Identifier",
                                             .doc = "What the feature is called so far.",
                                             .example = "Level",
                                             .names = true},
      features_parameter("The feature as it is to be."), block_parameter(), block_name_parameter());
}

Operation delete_thing_model() {
  return operation<DeleteThingModel>(
      {.name = "DeleteThingModel",
       .family = Family::things,
       .summary = "Deletes properties, events and services of the draft, or a block.",
       .calls_per_second = 5,
       .writes = true,
       .errors = edit_errors({Code::thing_model_not_found, Code::thing_feature_not_found})},
      remove, product_parameter(), block_parameter(),
      identifiers_parameter("PropertyIdentifier", "Properties to delete."),
      identifiers_parameter("ServiceIdentifier", "Services to delete."),
      identifiers_parameter("EventIdentifier", "Events to delete."), resource_group_parameter());
}

Operation copy_thing_model() {
  return operation<CopyThingModel>(
      {.name = "CopyThingModel",
       .family = Family::things,
       .summary = "Replaces the draft of a product by a version of another one's model.",
       .calls_per_second = 5,
       .writes = true,
       .errors = edit_errors({Code::thing_model_not_found, Code::thing_category_differs})},
      copy,
      Param<SharedProduct>{.name = "SourceProductKey",
                           .doc = "The product whose model it is.",
                           .example = "a1BwAGVxxxx"},
      Param<SharedProduct>{.name = "TargetProductKey",
                           .doc = "The product that gets it, of the same category.",
                           .example = "a1BwAGVyyyy"},
      Param<std::string_view>{
          .name = "SourceModelVersion", .doc = "Which version.", .example = "v1", .names = true},
      resource_group_parameter());
}

}  // namespace

std::vector<Operation> thing_model_operations() {
  std::vector<Operation> family;
  family.push_back(import_thing_model_tsl());
  family.push_back(create_thing_model());
  family.push_back(update_thing_model());
  family.push_back(delete_thing_model());
  family.push_back(copy_thing_model());
  return family;
}

}  // namespace herald::api
