#include <liburing.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>

#include "base/log.h"
#include "net/sender.h"

namespace herald::net {
namespace {

constexpr unsigned ring_size = 256;
// For fewer the rings cost more than the system calls.
constexpr std::size_t batch_min = 4;

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

  // Up to `ring_size` of them. False: the ring has failed, and with it those that have no result.
  bool send(std::span<Send> sends) {
    for (std::size_t i = 0; i < sends.size(); ++i) {
      io_uring_sqe* const entry = io_uring_get_sqe(&ring_);
      const std::string_view bytes = sends[i].bytes;
      io_uring_prep_send(entry, sends[i].socket, bytes.data(), bytes.size(),
                         MSG_NOSIGNAL | MSG_DONTWAIT);
      io_uring_sqe_set_data64(entry, i);
      sends[i].result = -ECANCELED;
    }
    // With MSG_DONTWAIT all are completed by the call that submits them: nothing is waited for.
    auto left = static_cast<unsigned>(sends.size());
    while (left > 0) {
      const int entered = io_uring_submit_and_wait(&ring_, left);
      if (entered < 0 && entered != -EINTR) {
        log::error("io_uring failed, messages are sent one by one: {}", std::strerror(-entered));
        return false;
      }
      left -= take_results(sends);
    }
    return true;
  }

 private:
  unsigned take_results(std::span<Send> sends) {
    unsigned head = 0;
    unsigned count = 0;
    io_uring_cqe* done = nullptr;
    io_uring_for_each_cqe(&ring_, head, done) {
      sends[done->user_data].result = done->res;
      ++count;
    }
    io_uring_cq_advance(&ring_, count);
    return count;
  }

  io_uring ring_{};
  int error_;
};

class IoUringSender final : public Sender {
 public:
  void send(std::span<Send> sends) override {
    if (sends.size() >= batch_min && !failed_) {
      if (!ring_) failed_ = ring_.emplace().error() != 0;  // Made on the thread that sends.
      while (!failed_ && !sends.empty()) {
        const auto part = sends.first(std::min<std::size_t>(sends.size(), ring_size));
        sends = sends.subspan(part.size());
        failed_ = !ring_->send(part);
      }
    }
    one_by_one_->send(sends);
  }

 private:
  std::optional<Ring> ring_;
  bool failed_ = false;
  std::unique_ptr<Sender> one_by_one_ = one_by_one_sender();
};

}  // namespace

std::unique_ptr<Sender> io_uring_sender() {
  const Ring probe;
  if (probe.error() == 0) return std::make_unique<IoUringSender>();
  static log::Limited refused;  // The same for every shard.
  refused.info("messages are sent one by one, io_uring cannot be used here: {}",
               std::strerror(-probe.error()));
  return nullptr;
}

}  // namespace herald::net
