#include "core/thing_models.h"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>
#include <utility>

#include "base/log.h"
#include "thing/rules.h"
#include "thing/tsl.h"

namespace herald {
namespace {

using thing::FunctionBlock;
using thing::SharedThingModel;
using thing::ThingModel;

// Errors: those of parse_tsl and of ThingModel::make.
Result<SharedThingModel> model_of(const std::vector<std::string>& blocks) {
  std::vector<FunctionBlock> parsed;
  for (const std::string& each : blocks) {
    auto block = thing::parse_tsl(each);
    if (!block) return tl::unexpected(std::move(block.error()));
    parsed.push_back(std::move(*block));
  }
  return ThingModel::make(std::move(parsed)).map([](ThingModel model) -> SharedThingModel {
    return std::make_shared<const ThingModel>(std::move(model));
  });
}

// A later release may keep other rules: what cannot be read is no reason not to start.
SharedThingModel restored(const std::vector<std::string>& blocks, const ProductKey& product) {
  auto model = model_of(blocks);
  if (model) return std::move(*model);
  log::error("a thing model of product {} cannot be read: {}", product.view(),
             model.error().detail);
  return std::make_shared<const ThingModel>();
}

// Errors: tsl_malformed (more than what may be imported).
Result<std::vector<std::string>> written(const ThingModel& model) {
  std::vector<std::string> blocks;
  std::size_t bytes = 0;
  for (const FunctionBlock& each : model.blocks()) {
    blocks.push_back(thing::print_tsl(model, each, "", thing::TslStyle::declared));
    bytes += blocks.back().size();
  }
  if (bytes <= thing::limits::tsl_bytes) return blocks;
  return fail(Code::tsl_malformed,
              fmt::format("it is longer than {} bytes", thing::limits::tsl_bytes));
}

// An answer about a record, without it.
template <class Shared>
Done<Shared> without_record(Done<void> done) {
  return [done = std::move(done)](Result<Shared> kept) mutable {
    if (!kept) return done(tl::unexpected(std::move(kept.error())));
    done({});
  };
}

}  // namespace

void ThingModels::restore(ThingDraft draft) {
  Draft restored_draft{std::move(draft), nullptr};
  restored_draft.model = restored(restored_draft.blocks, restored_draft.product);
  std::string name = restored_draft.product.text();
  drafts_.restore(std::move(name), std::move(restored_draft));
}

void ThingModels::restore(ThingVersions published) {
  if (published.versions.empty()) return;
  Published whole{std::move(published), nullptr};
  whole.newest = restored(whole.versions.back().blocks, whole.product);
  const AccountId account = whole.account;
  const std::string name = whole.product.text();
  published_.restore(name, std::move(whole));
  follow(account, name);
}

SharedThingModel ThingModels::published(std::string_view product) const {
  return newest_.find(product).value_or(nullptr);
}

SharedThingModel ThingModels::draft(const Product& product) const {
  static const auto nothing = std::make_shared<const ThingModel>();
  const auto draft = drafts_.find(product.account, product.key.view());
  return draft ? draft->model : nothing;
}

Result<ThingModels::Version> ThingModels::version(const Product& product,
                                                  std::string_view version) const {
  const auto published = published_.find(product.account, product.key.view());
  if (!published) return fail(Code::thing_model_not_found, "none is published");
  const auto& versions = published->versions;
  if (version.empty() || version == versions.back().version) {
    return Version{versions.back().version, versions.back().description, published->newest};
  }
  const auto at = std::ranges::find(versions, version, &ThingVersion::version);
  if (at == versions.end()) {
    return fail(Code::thing_model_not_found, "version " + std::string(version.substr(0, 64)));
  }
  return model_of(at->blocks).map([&](SharedThingModel model) {
    return Version{at->version, at->description, std::move(model)};
  });
}

std::vector<ThingVersion> ThingModels::versions(const Product& product) const {
  std::vector<ThingVersion> list;
  const auto published = published_.find(product.account, product.key.view());
  if (!published) return list;
  for (const ThingVersion& each : published->versions | std::views::reverse) {
    list.push_back({each.version, each.description, each.created, {}});
  }
  return list;
}

Result<void> ThingModels::check_editable(const Product& product) const {
  const auto now = registry_.product(product.key.view());
  if (!now) return fail(Code::product_not_found, product.key.text());
  if (now->released) return fail(Code::product_released, product.key.text());
  return {};
}

void ThingModels::change_draft(const Product& product, const DraftChange& change, Changes riders,
                               Done<void> done) {
  const std::lock_guard lock(mutex_);
  if (auto may = check_editable(product); !may) return done(std::move(may));
  Blocks blocks = draft(product)->blocks();
  if (auto changed = change(blocks); !changed) return done(std::move(changed));
  auto model = ThingModel::make(std::move(blocks));
  if (!model) return done(tl::unexpected(std::move(model.error())));
  auto text = written(*model);
  if (!text) return done(tl::unexpected(std::move(text.error())));
  Draft after{{product.account, product.key, std::move(*text)},
              std::make_shared<const ThingModel>(std::move(*model))};
  drafts_.put(product.key.text(), std::move(after), std::move(riders),
              without_record<std::shared_ptr<const Draft>>(std::move(done)));
}

void ThingModels::publish(const Product& product, std::string version, std::string description,
                          Changes riders, Done<void> done) {
  const std::lock_guard lock(mutex_);
  if (auto may = check_editable(product); !may) return done(std::move(may));
  const Time now = clock_.now();
  if (version.empty()) version = std::to_string(millis(now));
  if (!thing::is_version(version)) {
    return done(fail(Code::thing_version_invalid, version.substr(0, 64)));
  }
  const auto before = published_.find(product.account, product.key.view());
  std::vector<ThingVersion> versions;
  if (before) versions = before->versions;
  if (std::ranges::find(versions, version, &ThingVersion::version) != versions.end()) {
    return done(fail(Code::thing_version_invalid, version + " is there already"));
  }
  SharedThingModel model = draft(product);
  auto text = written(*model);
  if (!text) return done(tl::unexpected(std::move(text.error())));
  versions.push_back({std::move(version), std::move(description), now, std::move(*text)});
  if (versions.size() > thing::limits::versions) versions.erase(versions.begin());
  const AccountId account = product.account;
  const std::string name = product.key.text();
  Published after{{account, product.key, std::move(versions)}, std::move(model)};
  published_.put(
      name, std::move(after), std::move(riders),
      [this, account, name,
       done = std::move(done)](Result<std::shared_ptr<const Published>> kept) mutable {
        follow(account, name);
        without_record<std::shared_ptr<const Published>>(std::move(done))(std::move(kept));
      });
  follow(account, name);
}

void ThingModels::erase(const Product& product, Done<void> done) {
  const std::lock_guard lock(mutex_);
  const AccountId account = product.account;
  const std::string name = product.key.text();
  if (!drafts_.find(account, name) && !published_.find(account, name)) return done({});
  const auto erase_versions = [this, account, name](Done<void> then) {
    published_.erase(account, name, {},
                     [this, account, name, then = std::move(then)](Result<void> kept) mutable {
                       follow(account, name);
                       then(std::move(kept));
                     });
    follow(account, name);
  };
  drafts_.erase(account, name, {},
                [erase_versions, done = std::move(done)](Result<void> kept) mutable {
                  if (!kept) return done(std::move(kept));
                  erase_versions(std::move(done));
                });
}

void ThingModels::follow(AccountId account, const std::string& product) {
  const std::lock_guard lock(mutex_);
  if (const auto seen = published_.find(account, product)) {
    newest_.put(product, seen->newest);
  } else {
    newest_.erase(product);
  }
}

}  // namespace herald
