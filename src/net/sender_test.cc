#include "net/sender.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include "net/sockets.h"

namespace herald::net {
namespace {

struct Pair {
  Pair() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
    near = Descriptor(ends[0]);
    far = Descriptor(ends[1]);
  }
  std::string arrived() const {
    std::string bytes(64, '\0');
    const ssize_t count = recv(far.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    return bytes.substr(0, count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  Descriptor near;
  Descriptor far;
};

// Both, or one alone where io_uring is not allowed.
std::vector<std::unique_ptr<Sender>> senders() {
  std::vector<std::unique_ptr<Sender>> all;
  all.push_back(one_by_one_sender());
  if (auto ring = io_uring_sender()) all.push_back(std::move(ring));
  return all;
}

std::vector<Send> sends_of(const std::vector<Pair>& pairs, const std::vector<std::string>& texts) {
  std::vector<Send> sends;
  for (std::size_t i = 0; i < pairs.size(); ++i) sends.push_back({pairs[i].near.get(), texts[i]});
  return sends;
}

TEST(SenderTest, EachSocketGetsItsBytes) {
  const std::vector<Pair> pairs(600);  // More than one ring takes.
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < pairs.size(); ++i) texts.push_back("to " + std::to_string(i));
  for (const auto& sender : senders()) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{3}, std::size_t{4}, pairs.size()}) {
      auto sends = sends_of(pairs, texts);
      sends.resize(count);
      sender->send(sends);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(sends[i].result, static_cast<int>(texts[i].size()));
        ASSERT_EQ(pairs[i].arrived(), texts[i]);
      }
    }
  }
}

TEST(SenderTest, ASocketThatIsFullOrClosedHoldsNobodyUp) {
  for (const auto& sender : senders()) {
    std::vector<Pair> pairs(8);
    const std::string much(16 * 1024 * 1024, 'x');
    std::vector<std::string> texts(pairs.size(), "hello");
    texts[3] = much;
    pairs[5].far = Descriptor();
    auto sends = sends_of(pairs, texts);
    sender->send(sends);
    EXPECT_GT(sends[3].result, 0);
    EXPECT_LT(sends[3].result, static_cast<int>(much.size()));
    EXPECT_EQ(sends[5].result, -EPIPE);
    EXPECT_EQ(pairs[7].arrived(), "hello");

    sender->send(sends);
    EXPECT_EQ(sends[3].result, -EAGAIN);
    EXPECT_EQ(pairs[7].arrived(), "hello");
  }
}

TEST(SenderTest, WithoutIoUringTheyAreSentOneByOne) {
  const std::vector<Pair> pairs(10);
  const std::vector<std::string> texts(pairs.size(), "hello");
  auto sends = sends_of(pairs, texts);
  make_sender(IoUring::off)->send(sends);
  for (const Pair& pair : pairs) EXPECT_EQ(pair.arrived(), "hello");
}

}  // namespace
}  // namespace herald::net
