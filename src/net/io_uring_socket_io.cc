#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/log.h"
#include "net/socket_io.h"

namespace herald::net {
namespace {

constexpr unsigned ring_size = 256;
// For fewer the rings cost more than the system calls.
constexpr std::size_t batch_min = 4;

void prepare(io_uring_sqe& entry, const Send& send) {
  io_uring_prep_send(&entry, send.socket, send.bytes.data(), send.bytes.size(),
                     MSG_NOSIGNAL | MSG_DONTWAIT);
}
void prepare(io_uring_sqe& entry, const Receive& receive) {
  io_uring_prep_recv(&entry, receive.socket, receive.room.data(), receive.room.size(),
                     MSG_DONTWAIT);
}
void prepare(io_uring_sqe& entry, const Close& close) { io_uring_prep_close(&entry, close.socket); }

// Of one thread: the kernel refuses the calls of others (IORING_SETUP_SINGLE_ISSUER).
class Ring {
 public:
  Ring()
      : error_(io_uring_queue_init(
            ring_size, &ring_,
            IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL)) {}
  ~Ring() {
    if (error_ == 0) io_uring_queue_exit(&ring_);
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;

  // Why there is none: a negative errno; 0 when there is.
  int error() const { return error_; }

  // Takes up to `ring_size` of them. How many were done, from the first on: fewer than all, and the
  // ring has failed; the others were never begun, and it is not to be used again.
  template <class Operation>
  std::size_t run(std::span<Operation> operations) {
    for (std::size_t i = 0; i < operations.size(); ++i) {
      io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
      prepare(*entry, operations[i]);
      io_uring_sqe_set_data64(entry, i);
      operations[i].result = -ECANCELED;
    }
    // All are completed by the call that submits them, sends and receives because of MSG_DONTWAIT:
    // nothing is waited for.
    auto left = static_cast<unsigned>(operations.size());
    while (left > 0) {
      const int entered = io_uring_submit_and_wait(&ring_, left);
      if (entered < 0 && entered != -EINTR) {
        log::error("io_uring failed, sockets are used one by one: {}", std::strerror(-entered));
        return operations.size() - io_uring_sq_ready(&ring_);
      }
      left -= take_results(operations);
    }
    return operations.size();
  }

 private:
  template <class Operation>
  unsigned take_results(std::span<Operation> operations) {
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* done = nullptr;
    io_uring_for_each_cqe(&ring_, head, done) {
      operations[done->user_data].result = done->res;
      ++count;
    }
    io_uring_cq_advance(&ring_, count);
    return count;
  }

  io_uring ring_{};
  int error_;
};

class WithIoUring final : public SocketIo {
 public:
  void send(std::span<Send> sends) override { one_by_one_->send(left_by_ring(sends)); }
  void receive(std::span<Receive> receives) override {
    one_by_one_->receive(left_by_ring(receives));
  }
  void close(std::span<Close> closes) override { one_by_one_->close(left_by_ring(closes)); }

 private:
  // Those that the ring has left: few, or what is still to be done when it has failed.
  template <class Operation>
  std::span<Operation> left_by_ring(std::span<Operation> operations) {
    if (operations.size() < batch_min) return operations;
    if (!ring_) make_ring();
    while (!failed_ && !operations.empty()) {
      const auto part = operations.first(std::min<std::size_t>(operations.size(), ring_size));
      const std::size_t done = ring_->run(part);
      failed_ = done < part.size();
      operations = operations.subspan(done);
    }
    return operations;
  }

  // On the thread that uses it.
  void make_ring() {
    const int error = ring_.emplace().error();
    failed_ = error != 0;
    if (failed_) log::error("no io_uring, sockets are used one by one: {}", std::strerror(-error));
  }

  std::optional<Ring> ring_;
  bool failed_ = false;
  std::unique_ptr<SocketIo> one_by_one_ = one_by_one_socket_io();
};

}  // namespace

std::unique_ptr<SocketIo> io_uring_socket_io() {
  const Ring probe;
  if (probe.error() == 0) return std::make_unique<WithIoUring>();
  static log::Limited refused;  // The same for every shard.
  refused.info("sockets are used one by one, io_uring cannot be used here: {}",
               std::strerror(-probe.error()));
  return nullptr;
}

}  // namespace herald::net
