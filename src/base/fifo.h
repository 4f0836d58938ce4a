#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace herald {

// A queue that takes no memory while empty: std::deque keeps half a kilobyte, and there is one
// queue for each device.
template <class T>
class Fifo {
 public:
  bool empty() const { return head_ == items_.size(); }
  std::size_t size() const { return items_.size() - head_; }
  T& front() { return items_[head_]; }
  T& operator[](std::size_t i) { return items_[head_ + i]; }
  const T& operator[](std::size_t i) const { return items_[head_ + i]; }
  auto begin() const { return items_.begin() + static_cast<std::ptrdiff_t>(head_); }
  auto end() const { return items_.end(); }

  void push_back(T item) { items_.push_back(std::move(item)); }

  void pop_front() {
    ++head_;
    if (empty()) {
      clear();
    } else if (head_ >= 32 && head_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }

  void erase(std::size_t i) {
    if (i == 0) return pop_front();
    items_.erase(items_.begin() + static_cast<std::ptrdiff_t>(head_ + i));
  }

  // Puts `items` before everything that waits, in their order.
  void push_front(std::vector<T> items) {
    items.insert(items.end(),
                 std::make_move_iterator(items_.begin() + static_cast<std::ptrdiff_t>(head_)),
                 std::make_move_iterator(items_.end()));
    items_ = std::move(items);
    head_ = 0;
  }

  void clear() {
    head_ = 0;
    // A few places are kept: a queue that fills and empties in turn does not allocate each time.
    if (items_.capacity() > 8) {
      std::vector<T>().swap(items_);
    } else {
      items_.clear();
    }
  }

 private:
  std::vector<T> items_;
  std::size_t head_ = 0;
};

}  // namespace herald
