#pragma once

#include <boost/json/object.hpp>
#include <filesystem>
#include <optional>
#include <string>

#include "base/limits.h"
#include "net/sockets.h"

// Between the command line and a server of the same data directory: lines of JSON over the socket
// `admin.sock` in it, which is its owner's alone.
//
//   {"command": "account create", "arguments": {"name": "second"}}    to the server, once
//   {"progress": {…}}, {"rejected": {…}}                              back, meanwhile
//   {"result": {…} or […]}, or {"error": "why"}                       back, at last
//
// A file that the command reads or writes is opened by whoever asks, and goes along.
namespace herald::app {

class AdminChannel {
 public:
  static constexpr std::size_t request_bytes_max = 64 * limits::KiB,
                               answer_bytes_max = 64 * limits::MiB;

  // Lines that come are no longer than that.
  AdminChannel(net::Descriptor socket, std::size_t line_bytes_max)
      : socket_(std::move(socket)), line_bytes_max_(line_bytes_max) {}

  // Errors: failed.
  Result<void> send(const boost::json::object& line, int file = -1);
  // Nothing when the other side is gone. Errors: failed, malformed.
  Result<std::optional<boost::json::object>> receive();
  // That came along with what was received.
  net::Descriptor take_file() { return std::move(file_); }
  // Whether the other side is there still; it says nothing more.
  bool is_heard() const;
  // Ends `receive`, and `is_heard`. Any thread.
  void hang_up();
  // The other side hears no more.
  void end();

 private:
  net::Descriptor socket_;
  net::Descriptor file_;
  std::size_t line_bytes_max_;
  std::string received_;
};

// Errors: failed.
Result<net::Descriptor> listen_for_admin(const std::filesystem::path& data);
// Errors: absent (nobody serves this directory), failed.
Result<net::Descriptor> connect_as_admin(const std::filesystem::path& data);
void remove_admin_socket(const std::filesystem::path& data);
// Whether the one at the other end is who runs this process, or root.
bool is_admin(const net::Descriptor& socket);

}  // namespace herald::app
