#include "net/socket_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "net/sockets.h"

namespace herald::net {
namespace {

namespace fs = std::filesystem;

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

bool has_ring() {
  for (const auto& each : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string file = fs::read_symlink(each, gone).string();
    if (file.find("io_uring") != std::string::npos) return true;
  }
  return false;
}

// Both, or one alone where io_uring is not allowed.
std::vector<std::unique_ptr<SocketIo>> both() {
  std::vector<std::unique_ptr<SocketIo>> all;
  all.push_back(one_by_one_socket_io());
  if (auto ring = io_uring_socket_io()) all.push_back(std::move(ring));
  return all;
}

std::vector<Send> sends_of(const std::vector<Pair>& pairs, const std::vector<std::string>& texts) {
  std::vector<Send> sends;
  sends.reserve(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) sends.push_back({pairs[i].near.get(), texts[i]});
  return sends;
}

TEST(SocketIoTest, EachSocketGetsItsBytes) {
  const std::vector<Pair> pairs(600);  // More than one ring takes.
  std::vector<std::string> texts;
  texts.reserve(pairs.size());
  for (std::size_t i = 0; i < pairs.size(); ++i) texts.push_back("to " + std::to_string(i));
  for (const auto& io : both()) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{3}, std::size_t{4}, pairs.size()}) {
      auto sends = sends_of(pairs, texts);
      sends.resize(count);
      io->send(sends);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_EQ(sends[i].result, static_cast<int>(texts[i].size()));
        ASSERT_EQ(pairs[i].arrived(), texts[i]);
      }
    }
  }
}

TEST(SocketIoTest, ASocketThatIsFullOrClosedHoldsNobodyUp) {
  for (const auto& io : both()) {
    std::vector<Pair> pairs(8);
    const std::string much(16 * 1024 * 1024, 'x');
    std::vector<std::string> texts(pairs.size(), "hello");
    texts[3] = much;
    pairs[5].far = Descriptor();
    auto sends = sends_of(pairs, texts);
    io->send(sends);
    EXPECT_GT(sends[3].result, 0);
    EXPECT_LT(sends[3].result, static_cast<int>(much.size()));
    EXPECT_EQ(sends[5].result, -EPIPE);
    EXPECT_EQ(pairs[7].arrived(), "hello");

    io->send(sends);
    EXPECT_EQ(sends[3].result, -EAGAIN);
    EXPECT_EQ(pairs[7].arrived(), "hello");
  }
}

TEST(SocketIoTest, WhatEachSocketSaysComes) {
  const std::vector<Pair> pairs(600);
  for (const auto& io : both()) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{3}, std::size_t{4}, pairs.size()}) {
      std::vector<std::array<char, 8>> rooms(count);
      std::vector<Receive> receives;
      for (std::size_t i = 0; i < count; ++i) {
        const std::string text = std::to_string(i);
        ::send(pairs[i].far.get(), text.data(), text.size(), MSG_NOSIGNAL);
        receives.push_back({pairs[i].near.get(), rooms[i]});
      }
      io->receive(receives);
      for (std::size_t i = 0; i < count; ++i) {
        ASSERT_GT(receives[i].result, 0);
        const std::string_view said(rooms[i].data(), static_cast<std::size_t>(receives[i].result));
        ASSERT_EQ(said, std::to_string(i));
      }
    }
  }
}

TEST(SocketIoTest, ASocketThatIsSilentOrClosedHoldsNobodyUp) {
  for (const auto& io : both()) {
    std::vector<Pair> pairs(8);
    std::array<char, 4> room{};
    ::send(pairs[7].far.get(), "hello", 5, MSG_NOSIGNAL);
    pairs[5].far = Descriptor();
    std::vector<Receive> receives;
    receives.reserve(pairs.size());
    for (const Pair& pair : pairs) receives.push_back({pair.near.get(), room});
    io->receive(receives);
    EXPECT_EQ(receives[3].result, -EAGAIN);
    EXPECT_EQ(receives[5].result, 0);
    EXPECT_EQ(receives[7].result, 4);  // As many as there was room for.
  }
}

TEST(SocketIoTest, TheOtherEndsOfThoseClosedComeToTheirEnd) {
  for (const auto& io : both()) {
    for (const std::size_t count : {std::size_t{1}, std::size_t{4}, std::size_t{600}}) {
      std::vector<Pair> pairs(count);
      std::vector<Close> closes;
      closes.reserve(count);
      for (Pair& pair : pairs) closes.push_back({pair.near.release()});
      io->close(closes);
      for (std::size_t i = 0; i < count; ++i) {
        char byte = 0;
        ASSERT_EQ(closes[i].result, 0);
        ASSERT_EQ(recv(pairs[i].far.get(), &byte, 1, MSG_DONTWAIT), 0);
      }
    }
  }
}

// The kernel refuses calls of another thread than that of the first.
TEST(SocketIoTest, WhatARingThatFailsHasNotDoneIsDoneOneByOne) {
  const auto io = io_uring_socket_io();
  if (!io) GTEST_SKIP() << "io_uring is not allowed here";
  std::vector<Pair> pairs(600);
  const std::vector<std::string> texts(pairs.size(), "hello");
  std::vector<Close> closes;
  closes.reserve(pairs.size());
  for (Pair& pair : pairs) closes.push_back({dup(pair.near.get())});
  std::thread([&] {
    auto sends = sends_of(pairs, texts);
    io->send(sends);
  }).join();
  for (const Pair& pair : pairs) ASSERT_EQ(pair.arrived(), "hello");

  io->close(closes);
  for (const Close& each : closes) {
    ASSERT_EQ(each.result, 0);
    ASSERT_EQ(fcntl(each.socket, F_GETFD), -1);
  }
  auto sends = sends_of(pairs, texts);
  io->send(sends);
  for (const Pair& pair : pairs) ASSERT_EQ(pair.arrived(), "hello");
}

TEST(SocketIoTest, WithoutIoUringThereIsNoRing) {
  const std::vector<Pair> pairs(10);
  const std::vector<std::string> texts(pairs.size(), "hello");
  auto sends = sends_of(pairs, texts);
  const auto io = make_socket_io(IoUring::off);
  io->send(sends);
  for (const Pair& pair : pairs) EXPECT_EQ(pair.arrived(), "hello");
  EXPECT_FALSE(has_ring());
}

}  // namespace
}  // namespace herald::net
