#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "core/named_records.h"
#include "core/registry.h"
#include "core/striped.h"
#include "thing/thing_model.h"

namespace herald {

// The thing models of products: each has a draft, which is edited, and versions, which are
// published drafts. Devices are held to the newest version. docs/things.md.
//
// Any thread; a write is seen at once and undone when the storage refuses it.
class ThingModels {
 public:
  ThingModels(RegistryStorage& storage, const Registry& registry, const Clock& clock)
      : registry_(registry), clock_(clock), drafts_(storage, mutex_), published_(storage, mutex_) {}

  // While starting, before any other call. A model that cannot be read is logged and reads as one
  // without anything in it.
  void restore(ThingDraft draft);
  void restore(ThingVersions published);

  // What the product's devices are held to; none: nothing is published. For every message of every
  // device: one short lock.
  thing::SharedThingModel published(std::string_view product) const;

  // Never none: one without anything in it where nothing was edited.
  thing::SharedThingModel draft(const Product& product) const;
  // A version with its model; the newest one where `version` is empty. Errors:
  // thing_model_not_found.
  struct Version {
    std::string version;
    std::string description;
    thing::SharedThingModel model;
  };
  Result<Version> version(const Product& product, std::string_view version) const;
  // The newest first, without their blocks.
  std::vector<ThingVersion> versions(const Product& product) const;

  // A changed copy takes the draft's place. Errors: product_not_found, product_released,
  // tsl_malformed, and those of `change`.
  using Blocks = std::vector<thing::FunctionBlock>;
  using DraftChange = std::function<Result<void>(Blocks&)>;
  void change_draft(const Product& product, const DraftChange& change, Changes riders,
                    Done<void> done);
  // The draft becomes the newest version; the oldest goes where there are more than ten. Without a
  // name it is called by the time. Errors: product_not_found, product_released,
  // thing_version_invalid (malformed, or there already).
  void publish(const Product& product, std::string version, std::string description, Changes riders,
               Done<void> done);

  // The product is being deleted: its models go. What comes after that is refused as
  // product_not_found.
  void erase(const Product& product, Done<void> done);

 private:
  struct Draft : ThingDraft {
    thing::SharedThingModel model;
  };
  struct Published : ThingVersions {
    thing::SharedThingModel newest;
  };

  // Errors: product_not_found, product_released.
  Result<void> check_editable(const Product& product) const;
  // What devices are held to follows what is seen.
  void follow(AccountId account, const std::string& product);

  const Registry& registry_;
  const Clock& clock_;
  // Recursive: a Done that is called at once may call again.
  mutable std::recursive_mutex mutex_;
  NamedRecords<Draft, ErasedThingDraft, ThingDraft> drafts_;
  NamedRecords<Published, ErasedThingVersions, ThingVersions> published_;
  // By product, for those who only read, and often.
  Striped<std::string, thing::SharedThingModel, TextHash> newest_;
};

}  // namespace herald
