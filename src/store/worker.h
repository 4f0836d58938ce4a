#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/result.h"
#include "store/runs.h"

namespace herald {

// A thread that runs tasks in the order of their posts. The lock guards the tasks that wait.
class Worker {
 public:
  explicit Worker(Runs runs = Runs::on_its_thread) {
    if (runs == Runs::on_its_thread) thread_ = std::thread([this] { run(); });
  }
  // Runs what was posted, and what that posts.
  ~Worker();

  // Any thread.
  void post(Task task);

  // By hand: runs one task. False: none waits.
  bool turn();
  bool is_idle() const;

 private:
  void run();

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace herald
