#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/crypto.h"
#include "mqtt/packet_text.h"
#include "mqtt/session.h"

namespace herald::mqtt {

// Keeps what a session asked for, one line per effect and in order: for tests only.
class Recorded : public Effects {
 public:
  using Story = std::vector<std::string>;

  // What happened since the last call.
  Story take() { return std::exchange(story_, {}); }

  void write(std::string_view head, const SharedBytes& body) override {
    add("write " + to_hex(head) + to_hex(body.view()));
  }
  void connect(const Connect& request) override { add(to_text(request)); }
  void subscribe(const Subscribe& request) override { add(to_text(request)); }
  void unsubscribe(const Unsubscribe& request) override { add(to_text(request)); }
  void publish(const Publish& message) override { add(to_text(message)); }
  void acknowledged(DeliveryKey key) override {
    add(fmt::format("acknowledged {}.{}", key.message, key.recipient));
  }
  void close(CloseReason reason, std::string_view detail) override {
    add(fmt::format("close {}{}{}", name_of(reason), detail.empty() ? "" : ": ", detail));
  }

 private:
  void add(std::string line) { story_.push_back(std::move(line)); }

  Story story_;
};

}  // namespace herald::mqtt
