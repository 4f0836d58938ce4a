#pragma once

#include <atomic>
#include <filesystem>
#include <list>
#include <memory>
#include <thread>

#include "app/admin_channel.h"

namespace herald::app {

class Herald;

// Runs administrative commands for those who come over the socket of the data directory. A thread
// waits for them, and each of the few calls at once has one of its own: commands wait for the disk,
// and shards never wait for commands.
class AdminSocket {
 public:
  static constexpr std::size_t calls_at_once = 8;

  // `herald` outlives it. Errors: failed.
  static Result<std::unique_ptr<AdminSocket>> open(Herald& herald,
                                                   const std::filesystem::path& data);
  // Ends long commands early, and waits for all.
  ~AdminSocket();

 private:
  struct Call {
    explicit Call(net::Descriptor socket)
        : channel(std::move(socket), AdminChannel::request_bytes_max) {}
    AdminChannel channel;
    std::atomic<bool> over = false;
    std::thread thread;
  };

  AdminSocket(Herald& herald, std::filesystem::path data, net::Descriptor listener)
      : herald_(herald), data_(std::move(data)), listener_(std::move(listener)) {}
  void accept();
  void take(net::Descriptor socket);
  boost::json::object answer(AdminChannel& channel, const boost::json::object& request);

  Herald& herald_;
  std::filesystem::path data_;
  net::Descriptor listener_;
  std::atomic<bool> stopping_ = false;
  std::list<Call> calls_;  // Of the accepting thread, and of the destructor after it.
  std::thread accepting_;
};

}  // namespace herald::app
