#include "store/verification.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_set>
#include <utility>
#include <variant>

#include "store/message_reader.h"
#include "store/schema.h"
#include "store/schema_thing_history.h"

namespace herald {
namespace {

constexpr std::size_t records_between_progress = 10'000;

std::string_view name_of(Family family) {
  return family_names.at(static_cast<std::size_t>(family));
}

class Verifier {
 public:
  Verifier(const Disk& disk, const schema::Keyring& keys,
           const std::function<void(std::size_t)>& progress)
      : disk_(disk), keys_(keys), progress_(progress), reader_(disk) {}

  Verification run() {
    numbers();
    records();
    messages();
    open_ids();
    payloads();
    requests();
    things();
    return std::move(found_);
  }

 private:
  template <class... Args>
  void problem(fmt::format_string<Args...> text, Args&&... args) {
    ++found_.problem_count;
    if (found_.problems.size() < Verification::problems_max) {
      found_.problems.push_back(fmt::format(text, std::forward<Args>(args)...));
    }
  }

  template <class Visit>
  void each(Family family, Visit visit) {
    const auto scanned = disk_.scan(family, {}, [&](std::string_view key, std::string_view value) {
      visit(key, value);
      if (++read_ % records_between_progress == 0 && progress_) progress_(read_);
      return true;
    });
    if (!scanned) {
      problem("'{}' cannot be read to its end: {}", name_of(family), scanned.error().detail);
    }
  }

  void numbers() {
    each(Family::meta, [&](std::string_view key, std::string_view value) {
      const bool is_number =
          key == schema::format_key || key == schema::batch_key || key == schema::high_water_key;
      if (is_number && !schema::read_number(value)) problem("the number '{}' is damaged", key);
      if (key == schema::high_water_key) high_water_ = schema::read_number(value).value_or(0);
    });
  }

  void records() {
    for (const Family family :
         {Family::registry, Family::secrets, Family::sessions, Family::nonces}) {
      each(family, [&](std::string_view key, std::string_view value) {
        ++found_.records;
        const auto record = schema::read_sealed_record(family, key, value, keys_);
        if (!record) {
          return problem("a record of '{}' is damaged: {}", name_of(family), record.error().detail);
        }
        note(*record);
      });
    }
  }

  // The registry, with the devices, comes first.
  void note(const Record& record) {
    if (const auto* device = std::get_if<Device>(&record)) {
      devices_.insert(device->id);
    } else if (const auto* secret = std::get_if<DeviceSecret>(&record)) {
      if (!devices_.contains(secret->device)) {
        problem("there is a secret of device {}, which is unknown", secret->device.value);
      }
    }
  }

  void messages() {
    each(Family::messages, [&](std::string_view key, std::string_view value) {
      ++found_.messages;
      const auto id = schema::read_key(key);
      if (!id) return problem("a message has no id");
      auto head = schema::read_head(*id, value);
      if (!head) return problem("the head of message {} is damaged", id->value);
      if (id->value > high_water_) problem("message {} is above the high-water mark", id->value);
      const auto receipts = reader_.receipts(head->message);
      if (!receipts) return problem("the receipts of message {} are damaged", id->value);
      const bool is_open = count(*receipts);
      const auto open = disk_.get(Family::open, key);
      if (!open && open.error().code != Code::absent) {
        return problem("message {}: {}", id->value, open.error().detail);
      }
      if (open.has_value() != is_open) {
        problem("message {} is {}, and its receipts say the opposite", id->value,
                is_open ? "finished" : "unfinished");
      }
      if (!is_open) return;
      ++found_.unfinished;
      if (const auto payload = reader_.payload(*head); !payload) {
        problem("the payload of message {} is {}", id->value,
                payload.error().code == Code::absent ? "missing" : "damaged");
      }
    });
  }

  // Whether a recipient is open.
  bool count(const std::vector<Receipt>& receipts) {
    bool open = false;
    found_.recipients += receipts.size();
    for (const Receipt& receipt : receipts) {
      switch (receipt.outcome) {
        case Outcome::queued:
        case Outcome::inflight:
          ++found_.open;
          open = true;
          break;
        case Outcome::sent:  // QoS 0 is not stored.
          problem("a receipt says 'sent'");
          break;
        case Outcome::acked:
          ++found_.acked;
          break;
        case Outcome::expired:
          ++found_.expired;
          break;
        case Outcome::cancelled:
          ++found_.cancelled;
          break;
        case Outcome::dropped:
          ++found_.dropped;
          break;
      }
    }
    return open;
  }

  void open_ids() {
    each(Family::open, [&](std::string_view key, std::string_view) { needs_head(key, "open"); });
  }

  void payloads() {
    each(Family::payloads, [&](std::string_view key, std::string_view) {
      ++found_.payloads;
      needs_head(key, "a payload");
    });
  }

  // Requests of forgotten messages go later: see rocks_options.cc.
  void requests() {
    each(Family::requests, [&](std::string_view, std::string_view value) {
      if (!schema::read_key(value)) problem("a RequestId leads to no message");
    });
  }

  void things() {
    each(Family::things, [&](std::string_view key, std::string_view value) {
      ++found_.things;
      note(schema::read_thing(key, value), "something that a device reported");
    });
    each(Family::latest, [&](std::string_view key, std::string_view value) {
      note(schema::read_latest(key, value), "something that a device reported last");
    });
  }

  void note(const Result<ThingEntry>& entry, std::string_view what) {
    if (!entry) return problem("{} is damaged", what);
    if (devices_.contains(entry->device)) return;
    problem("there is {}, device {}, which is unknown", what, entry->device.value);
  }

  void needs_head(std::string_view key, std::string_view what) {
    const auto id = schema::read_key(key);
    const auto head = disk_.get(Family::messages, key);
    if (!head) problem("message {} has {} and no head", id ? id->value : 0, what);
  }

  const Disk& disk_;
  const schema::Keyring& keys_;
  const std::function<void(std::size_t)>& progress_;
  const MessageReader reader_;
  Verification found_;
  std::size_t read_ = 0;
  std::uint64_t high_water_ = 0;
  std::unordered_set<DeviceId> devices_;
};

}  // namespace

Verification verify(const Disk& disk, const schema::Keyring& keys,
                    const std::function<void(std::size_t records)>& progress) {
  return Verifier(disk, keys, progress).run();
}

}  // namespace herald
