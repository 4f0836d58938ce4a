#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace herald::mqtt {

// Received bytes that cannot be handled yet. Appending and taking cost amortised constant time per
// byte, however small the pieces: what was taken is cut off only when it outweighs the rest.
class HeldBytes {
 public:
  void append(std::string_view bytes) {
    if (taken_ > bytes_.size() / 2) {
      bytes_.erase(0, taken_);
      taken_ = 0;
    }
    bytes_ += bytes;
  }
  void take(std::size_t count) { taken_ += count; }

  // Valid until the next append.
  std::string_view view() const { return std::string_view(bytes_).substr(taken_); }
  std::size_t size() const { return bytes_.size() - taken_; }

 private:
  std::string bytes_;
  std::size_t taken_ = 0;
};

}  // namespace herald::mqtt
