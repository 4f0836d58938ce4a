#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cerrno>
#include <cstddef>
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

  enum class Sent { all, some, failed };
  // One system call; what the socket does not take now stays.
  Sent send(int fd) {
    if (size_ == 0) return Sent::all;
    const ssize_t count = pieces_.size() == 1 && pieces_[0].body.size() == 0
                              ? ::send(fd, pieces_[0].head.data() + done_,
                                       pieces_[0].head.size() - done_, MSG_NOSIGNAL | MSG_DONTWAIT)
                              : send_parts(fd);
    if (count < 0) {
      return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Sent::some : Sent::failed;
    }
    consume(static_cast<std::size_t>(count));
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
