#pragma once

#include <atomic>
#include <cstddef>

#include "base/limits.h"

namespace herald::net {

// Bytes of requests that nobody has authenticated yet, over all connections: what strangers can
// make the program hold is bounded. Any thread.
class HttpBudget {
 public:
  explicit HttpBudget(std::size_t bytes_max) : left_(static_cast<std::ptrdiff_t>(bytes_max)) {}

  // A request's share; given back with the object.
  class Share {
   public:
    explicit Share(HttpBudget& budget) : budget_(budget) {}
    ~Share() { budget_.left_ += static_cast<std::ptrdiff_t>(bytes_); }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

    // Whether the share may grow to `bytes`.
    bool grow_to(std::size_t bytes) {
      if (bytes <= bytes_) return true;
      const auto more = static_cast<std::ptrdiff_t>(bytes - bytes_);
      if (budget_.left_.fetch_sub(more) < more) {
        budget_.left_ += more;
        return false;
      }
      bytes_ = bytes;
      return true;
    }

   private:
    HttpBudget& budget_;
    std::size_t bytes_ = 0;
  };

 private:
  std::atomic<std::ptrdiff_t> left_;
};

}  // namespace herald::net
