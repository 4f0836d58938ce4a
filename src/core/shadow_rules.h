#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/limits.h"
#include "base/result.h"

// The rules of device shadows as functions of texts and time: alink.md, section 7.
//
// A document is what is kept of a device's shadow; times are in seconds:
//   {"state":{"reported":{…},"desired":{…}},
//    "metadata":{"reported":{"color":{"timestamp":1700000000}},"desired":{…}},
//    "timestamp":1700000000,"version":7}
// What is empty is left out of state and metadata. An empty text is the document of a device that
// has no shadow yet; its version is 0.
namespace herald::shadow {

constexpr std::size_t bytes_max = 16 * limits::KiB;  // Of a message, and of the state.
constexpr std::size_t depth_max = 5;         // Of objects and lists, `reported` itself being 1.
constexpr std::size_t attributes_max = 128;  // Of `reported`, and of `desired`, at any depth.
constexpr std::uint32_t requests_per_second = 20;  // Of one device, and for it.

// What a device is told and what is to be kept.
struct Answer {
  std::string reply;
  std::optional<std::string> document;  // Nothing: all stays as it was.
};
// Takes a message that a device published to `/shadow/update/…`. What is wrong with it is said in
// the reply.
Answer answer_device(std::string_view document, std::string_view message, Time now);
// What a device is told whose message could not be kept.
std::string failure_reply(Time now);

struct Change {
  std::string document;
  std::string push;  // To the device.
};
// Takes the message of UpdateDeviceShadow. `merge`: attributes that it does not name stay. Errors:
// those that begin with `shadow_`.
Result<Change> change(std::string_view document, std::string_view message, bool merge, Time now);

// The document as applications see it, also where there is none.
std::string shown(std::string_view document);

}  // namespace herald::shadow
