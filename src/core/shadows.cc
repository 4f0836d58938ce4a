#include "core/shadows.h"

#include <utility>

#include "core/downlink.h"
#include "core/shadow_rules.h"

namespace herald {

Shadows::Shadows(Shards& shards, RegistryStorage& storage, const Registry& registry,
                 Publisher& publisher, const Clock& clock)
    : shards_(shards),
      storage_(storage),
      registry_(registry),
      publisher_(publisher),
      clock_(clock),
      requests_(shadow::requests_per_second, std::chrono::seconds(1)),
      documents_(shards.count()) {}

void Shadows::restore(DeviceShadow shadow) {
  if (!registry_.device(shadow.device)) {  // It was deleted while its shadow was written.
    return storage_.write_soon({ErasedDeviceShadow{shadow.device}});
  }
  documents_of(shadow.device)[shadow.device].document = std::move(shadow.document);
}

void Shadows::take(const SystemMessage& from, UplinkAnswered answered) {
  if (!requests_.admit(from.device.id, clock_.now())) return answered(UplinkVerdict::rate);
  shards_.post(shard_of(from.device.id),
               [this, device = from.device, account = from.account, message = from.message.payload,
                answered = std::move(answered)]() mutable {
                 answer(device, account, message, std::move(answered));
               });
}

void Shadows::answer(const DeviceIdentity& device, AccountId account, const std::string& message,
                     UplinkAnswered answered) {
  if (!registry_.device(device.id)) return answered(UplinkVerdict::taken);
  auto answer = shadow::answer_device(document_of(device.id), message, clock_.now());
  if (!answer.document) {
    tell(device, account, std::move(answer.reply));
    return answered(UplinkVerdict::taken);
  }
  write(device.id, *std::move(answer.document), {},
        [this, device, account, reply = std::move(answer.reply),
         answered = std::move(answered)](const Result<void>& kept) mutable {
          tell(device, account, kept ? std::move(reply) : shadow::failure_reply(clock_.now()));
          answered(kept ? UplinkVerdict::taken : UplinkVerdict::failed);
        });
}

void Shadows::get(DeviceId device, Done<std::string> done) {
  shards_.post(shard_of(device), [this, device, done = std::move(done)]() mutable {
    if (!registry_.device(device)) return done(fail(Code::device_not_found));
    done(shadow::shown(document_of(device)));
  });
}

void Shadows::update(DeviceId device, AccountId account, std::string message, bool merge,
                     Changes riders, Done<void> done) {
  if (!requests_.admit(device, clock_.now())) return done(fail(Code::rate_limited));
  shards_.post(shard_of(device), [this, device, account, message = std::move(message), merge,
                                  riders = std::move(riders), done = std::move(done)]() mutable {
    const auto view = registry_.device(device);
    if (!view) return done(fail(Code::device_not_found));
    auto made = shadow::change(document_of(device), message, merge, clock_.now());
    if (!made) return done(tl::unexpected(std::move(made.error())));
    write(device, std::move(made->document), std::move(riders),
          [this, identity = DeviceIdentity(*view->device), account, push = std::move(made->push),
           done = std::move(done)](Result<void> kept) mutable {
            if (kept) tell(identity, account, std::move(push));
            done(std::move(kept));
          });
  });
}

std::string Shadows::document_of(DeviceId device) {
  const Documents& documents = documents_of(device);
  const auto at = documents.find(device);
  return at == documents.end() ? std::string() : at->second.document;
}

// Seen at once by the changes that follow, which are written after it.
void Shadows::write(DeviceId device, std::string document, Changes riders, Done<void> done) {
  Kept& kept = documents_of(device)[device];
  if (kept.writes++ == 0) kept.stored = kept.document;
  kept.document = document;
  riders.emplace_back(Record(DeviceShadow{.device = device, .document = document}));
  storage_.write(std::move(riders), [this, device, document = std::move(document),
                                     done = std::move(done)](Result<void> result) mutable {
    shards_.post(shard_of(device), [this, device, document = std::move(document),
                                    result = std::move(result), done = std::move(done)]() mutable {
      written(device, std::move(document), result.has_value());
      done(std::move(result));
    });
  });
}

void Shadows::written(DeviceId device, std::string document, bool is_kept) {
  Documents& documents = documents_of(device);
  const auto at = documents.find(device);
  if (at == documents.end()) return;  // The device was deleted meanwhile.
  Kept& kept = at->second;
  if (is_kept) kept.stored = std::move(document);
  if (--kept.writes > 0) return;
  kept.document = std::exchange(kept.stored, {});
  if (kept.document.empty()) documents.erase(at);
}

void Shadows::tell(const DeviceIdentity& device, AccountId account, std::string payload) {
  herald::tell(publisher_, account, device,
               "/shadow/get/" + device.product.text() + "/" + device.name.text(),
               std::move(payload));
}

Changes Shadows::erasures(std::span<const DeviceId> devices) {
  Changes changes;
  for (const DeviceId device : devices) changes.emplace_back(ErasedDeviceShadow{device});
  return changes;
}

void Shadows::forget(std::span<const DeviceId> devices) {
  for (const DeviceId device : devices) {
    shards_.post(shard_of(device), [this, device] { documents_of(device).erase(device); });
  }
}

}  // namespace herald
