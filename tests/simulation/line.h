#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "chance.h"
#include "timeline.h"

namespace herald::simulation {

// One direction of a TCP connection: what is sent arrives in order and some time later, at last the
// end. Shared by both ends and by what is on its way.
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  // Holds up to `capacity` bytes that the receiver has not taken.
  Pipe(Timeline& timeline, Chance& chance, std::size_t capacity)
      : timeline_(timeline), chance_(chance), capacity_(capacity) {}

  // The sender. How many bytes were taken.
  std::size_t send(std::string_view bytes) {
    const std::size_t taken = std::min(bytes.size(), capacity_ - std::min(capacity_, held_));
    if (taken == 0 || closed_) return taken;
    held_ += taken;
    bring([this, piece = std::string(bytes.substr(0, taken))] {
      if (lost_from_ && timeline_.now() >= *lost_from_) return;
      arrived_ += piece;
      if (abandoned_) take(arrived_.size());
      heard();
    });
    return taken;
  }
  bool has_room() const { return held_ < capacity_; }
  // The end follows what was sent.
  void close() {
    if (std::exchange(closed_, true)) return;
    bring([this] { end(); });
  }
  // What has not arrived soon is lost; then comes the end.
  void sever() {
    if (std::exchange(closed_, true)) return;
    lost_from_ = timeline_.now() + delay();
    timeline_.at(*lost_from_, [self = shared_from_this()] { self->end(); });
  }

  // The receiver is called when something arrives.
  void listen(std::function<void()> hears) { hears_ = std::move(hears); }
  // It reads no more.
  void abandon() {
    abandoned_ = true;
    hears_ = nullptr;
    take(arrived_.size());
  }
  std::string_view arrived() const { return arrived_; }
  bool has_ended() const { return ended_ && arrived_.empty(); }
  std::string take(std::size_t most) {
    std::string bytes = arrived_.substr(0, most);
    arrived_.erase(0, bytes.size());
    held_ -= bytes.size();
    return bytes;
  }

 private:
  Micros delay() { return chance_.up_to(Micros(300), Micros(20'000)); }
  template <class Function>
  void bring(Function function) {
    last_ = std::max(last_, timeline_.now() + delay());
    timeline_.at(last_,
                 [self = shared_from_this(), function = std::move(function)] { function(); });
  }
  void heard() {
    if (!hears_) return;
    const auto hears = hears_;  // It may stop listening.
    hears();
  }
  void end() {
    ended_ = true;
    heard();
  }

  Timeline& timeline_;
  Chance& chance_;
  const std::size_t capacity_;
  std::size_t held_ = 0;  // On their way, or arrived.
  Instant last_{};        // When the last of what was sent arrives.
  std::string arrived_;
  std::function<void()> hears_;
  std::optional<Instant> lost_from_;
  bool closed_ = false;
  bool ended_ = false;
  bool abandoned_ = false;
};

// A device's connection to the server, or what is left of it.
struct Line {
  std::shared_ptr<Pipe> up;
  std::shared_ptr<Pipe> down;
};

}  // namespace herald::simulation
