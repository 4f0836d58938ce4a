#pragma once

#include <cstdint>

// What bare_send and its load say to each other, in the machine's own byte order.
//
//   whoever connects:  u64 number of the device, or caller_hello; echoed when it is known
//   a call:            CallHead, u32 number of each device, payload; answered with one byte
//   to a device:       payload
//   from a device:     at QoS 1, reply_bytes for each payload
namespace herald::bench::bare {

constexpr std::uint64_t caller_hello = ~std::uint64_t{0};
constexpr std::uint64_t devices_max = 1 << 20;
constexpr std::size_t reply_bytes = 4;

struct CallHead {
  std::uint32_t devices = 0;
  std::uint32_t payload_bytes = 0;
};

}  // namespace herald::bench::bare
