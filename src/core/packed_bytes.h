#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "store/codec.h"

namespace herald {

// Bytes behind one pointer, with their length as a varint before them: for what there are millions
// of, where a string of its own would cost twice as much. Immutable; one owner.
class PackedBytes {
 public:
  PackedBytes() = default;
  explicit PackedBytes(std::string_view content) {
    Writer length;
    length.varint(content.size());
    packed_.reset(new char[length.view().size() + content.size()]);
    char* const end = std::ranges::copy(length.view(), packed_.get()).out;
    std::ranges::copy(content, end);
  }

  std::string_view view() const {
    if (!packed_) return {};
    std::size_t size = 0;
    std::size_t at = 0;
    for (unsigned shift = 0;; shift += 7) {
      const auto byte = static_cast<std::uint8_t>(packed_[at++]);
      size |= static_cast<std::size_t>(byte & 0x7fU) << shift;
      if (byte < 0x80) break;
    }
    return {packed_.get() + at, size};
  }

 private:
  std::unique_ptr<char[]> packed_;
};

}  // namespace herald
