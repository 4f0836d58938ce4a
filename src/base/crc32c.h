#pragma once

#include <cstdint>
#include <string_view>

namespace herald {

// CRC-32C, the Castagnoli polynomial of RFC 3720: finds damage, not malice. Some gigabytes a second
// on processors that have an instruction for it.
std::uint32_t crc32c(std::string_view bytes);
// Of `before`'s bytes followed by these.
std::uint32_t crc32c(std::uint32_t before, std::string_view bytes);

}  // namespace herald
