// Any bytes as what a WebSocket client sends, before and after a good request: nothing crashes, no
// split changes what they mean, and nothing is held that was not sent.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.h"
#include "net/websocket.h"

namespace herald::net {
namespace {

using fuzz::check;

constexpr std::string_view request =
    "GET / HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Protocol: mqtt\r\n\r\n";

struct Story {
  std::string data;
  std::string reply;
  bool open = true;
  friend bool operator==(const Story&, const Story&) = default;
};

Story story_of(std::string_view bytes, bool upgraded, std::size_t piece) {
  WebSocket socket({.head_bytes_max = 512, .frame_bytes_max = 4096});
  Story story;
  if (upgraded)
    check(socket.receive(request, story.data, story.reply), "a good request is granted");
  for (std::size_t at = 0; at < bytes.size() && story.open; at += piece) {
    story.open = socket.receive(bytes.substr(at, piece), story.data, story.reply);
  }
  check(story.data.size() <= bytes.size(), "what is passed on was sent");
  check(story.reply.size() <= 4 * bytes.size() + 1024, "answers are short");
  return story;
}

}  // namespace
}  // namespace herald::net

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace herald::net;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  for (const bool upgraded : {false, true}) {
    const Story whole = story_of(bytes, upgraded, size + 1);
    check(whole == story_of(bytes, upgraded, 1), "bytes one by one mean the same");
    check(whole == story_of(bytes, upgraded, 7), "bytes by sevens mean the same");
  }
  return 0;
}
