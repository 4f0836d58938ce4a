#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "thing/data_type.h"

namespace herald::thing {

// What a device knows of itself and reports; a writable one can be set from outside.
struct Property {
  std::string identifier;
  std::string name;
  std::string description;
  bool writable = false;
  bool required = false;  // A standard one that every device of the kind has; nothing follows.
  DataType type;
  friend bool operator==(const Property&, const Property&) = default;
};

enum class EventType : std::uint8_t { info, alert, error };

// What happens to a device, and what it tells of it.
struct Event {
  std::string identifier;
  std::string name;
  std::string description;
  EventType type = EventType::info;
  bool required = false;
  std::vector<Parameter> outputs;
  friend bool operator==(const Event&, const Event&) = default;
};

// Whether a caller waits for the device's answer.
enum class CallType : std::uint8_t { async, sync };

// What a device can be asked to do.
struct Service {
  std::string identifier;
  std::string name;
  std::string description;
  CallType call_type = CallType::async;
  bool required = false;
  std::vector<Parameter> inputs;
  std::vector<Parameter> outputs;
  friend bool operator==(const Service&, const Service&) = default;
};

// A part of a model with names of its own, a "module". What is in the default one, which has no id,
// is called by its identifier alone; what is in others by `id:identifier`, in messages and topics.
//
// The event `post` of all properties and the services `set` and `get` belong to every device: they
// are in no block, and are there wherever a model is written out.
struct FunctionBlock {
  std::string id;
  std::string name;
  std::vector<Property> properties;
  std::vector<Event> events;
  std::vector<Service> services;
  friend bool operator==(const FunctionBlock&, const FunctionBlock&) = default;
};

// `block:identifier`, or the identifier alone in the default block.
std::string full_identifier(std::string_view block, std::string_view identifier);
// The Alink method, hence the topic's end, of an event and of a service: alink.md, section 2.
std::string method_of(const FunctionBlock& block, const Event& event);
std::string method_of(const FunctionBlock& block, const Service& service);

// What devices of one product are and do, as a whole that keeps all rules. Immutable, and cheap to
// ask from any thread; shared between all who use it.
class ThingModel {
 public:
  // A model without anything in it.
  ThingModel();
  // One of the blocks may be without an id: the default one, which is there in any case. Errors:
  // tsl_malformed, which says what breaks which rule of rules.h.
  static Result<ThingModel> make(std::vector<FunctionBlock> blocks);

  ThingModel(ThingModel&&) = default;
  ThingModel& operator=(ThingModel&&) = default;
  ThingModel(const ThingModel&) = delete;
  ThingModel& operator=(const ThingModel&) = delete;

  // The default one first, the others as they were given.
  const std::vector<FunctionBlock>& blocks() const { return blocks_; }
  // None: there is no such block. An empty id: the default one.
  const FunctionBlock* block(std::string_view id) const;

  // By full identifier, `Power` or `block:Power`; none: there is no such thing. They live as long
  // as the model.
  const Property* property(std::string_view identifier) const {
    return properties_.find(identifier);
  }
  const Event* event(std::string_view identifier) const { return events_.find(identifier); }
  const Service* service(std::string_view identifier) const { return services_.find(identifier); }

 private:
  // Views of the features in blocks_, whose places do not change when the model moves.
  template <class T>
  class Index {
   public:
    void add(std::string identifier, const T& feature) {
      all_.emplace(std::move(identifier), &feature);
    }
    const T* find(std::string_view identifier) const {
      const auto at = all_.find(identifier);
      return at == all_.end() ? nullptr : at->second;
    }

   private:
    struct Hash {
      using is_transparent = void;
      std::size_t operator()(std::string_view text) const {
        return std::hash<std::string_view>{}(text);
      }
    };
    std::unordered_map<std::string, const T*, Hash, std::equal_to<>> all_;
  };

  explicit ThingModel(std::vector<FunctionBlock> blocks);

  std::vector<FunctionBlock> blocks_;
  Index<Property> properties_;
  Index<Event> events_;
  Index<Service> services_;
};

using SharedThingModel = std::shared_ptr<const ThingModel>;

}  // namespace herald::thing
