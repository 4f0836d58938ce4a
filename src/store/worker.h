#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "base/result.h"

namespace herald {

// A thread that runs tasks in the order of their posts. The lock guards the tasks that wait.
class Worker {
 public:
  Worker() : thread_([this] { run(); }) {}
  // Runs what was posted, and what that posts.
  ~Worker();

  // Any thread.
  void post(Task task);

 private:
  void run();

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Task> tasks_;
  bool closing_ = false;
  std::thread thread_;
};

}  // namespace herald
