#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"

namespace herald::net {

// Bytes that wait for one socket: small ones gathered into one piece, large payloads pointed at.
// Objects are lent to a connection while it has something to send and reused with their memory.
class Output {
 public:
  // Up to here copying into one buffer costs less than a second part of a vector write.
  static constexpr std::size_t copied_bytes_max = 2048;

  static constexpr std::size_t piece_bytes_max = 64 * 1024;

  void add(std::string_view head, const SharedBytes& body) {
    size_ += head.size() + body.size();
    // Pieces end, so that what was sent can be given up while more is added.
    if (pieces_.empty() || pieces_.back().body.size() != 0 ||
        pieces_.back().head.size() >= piece_bytes_max) {
      pieces_.emplace_back();
    }
    Piece& last = pieces_.back();
    last.head += head;
    if (body.size() <= copied_bytes_max) {
      last.head += body.view();
    } else {
      last.body = body;
    }
  }

  std::size_t size() const { return size_; }

  // All of it, when that lies in one piece.
  std::optional<std::string_view> whole() const {
    if (pieces_.size() != 1 || pieces_[0].body.size() != 0) return std::nullopt;
    return std::string_view(pieces_[0].head).substr(done_);
  }

  enum class Sent { all, some, failed };
  // What is there, with one system call.
  Sent send(int fd) {
    if (size_ == 0) return Sent::all;
    const ssize_t count = send_parts(fd);
    return sent(count < 0 ? -errno : static_cast<int>(count));
  }
  // After a send of what is there: how many bytes the socket took, or a negative errno. What it did
  // not take stays.
  Sent sent(int result) {
    if (result < 0) {
      return result == -EAGAIN || result == -EWOULDBLOCK || result == -EINTR ? Sent::some
                                                                             : Sent::failed;
    }
    consume(static_cast<std::size_t>(result));
    return size_ == 0 ? Sent::all : Sent::some;
  }

  void clear() {
    // One small buffer is worth keeping, a burst's worth is not.
    if (pieces_.size() == 1 && pieces_[0].head.capacity() <= 2 * copied_bytes_max) {
      pieces_[0].head.clear();
      pieces_[0].body = {};
    } else {
      pieces_.clear();
    }
    size_ = 0;
    done_ = 0;
  }

 private:
  struct Piece {
    std::string head;
    SharedBytes body;
  };

  ssize_t send_parts(int fd) {
    std::array<iovec, 64> parts;
    std::size_t count = 0;
    std::size_t skip = done_;
    const auto add_part = [&](std::string_view bytes) {
      if (skip >= bytes.size()) {
        skip -= bytes.size();
        return;
      }
      bytes.remove_prefix(skip);
      skip = 0;
      parts[count++] = {const_cast<char*>(bytes.data()), bytes.size()};
    };
    for (const Piece& piece : pieces_) {
      if (count + 2 > parts.size()) break;
      add_part(piece.head);
      add_part(piece.body.view());
    }
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = count;
    return ::sendmsg(fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  }

  void consume(std::size_t count) {
    if (count == size_) return clear();
    size_ -= count;
    done_ += count;
    std::size_t whole = 0;
    for (; whole < pieces_.size(); ++whole) {
      const std::size_t bytes = pieces_[whole].head.size() + pieces_[whole].body.size();
      if (done_ < bytes) break;
      done_ -= bytes;
    }
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(whole));
  }

  std::vector<Piece> pieces_;
  std::size_t size_ = 0;
  std::size_t done_ = 0;  // Of the first piece.
};

}  // namespace herald::net
