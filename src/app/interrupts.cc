#include "app/interrupts.h"

#include <pthread.h>

#include <cstdlib>

namespace herald::app {

Interrupts::Interrupts() {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  thread_ = std::thread([this] { take(); });
}

Interrupts::~Interrupts() {
  over_ = true;
  pthread_kill(thread_.native_handle(), SIGINT);
  thread_.join();
}

void Interrupts::take() {
  while (true) {
    int signal = 0;
    sigwait(&signals_, &signal);
    if (over_) return;
    // Nothing is lost: what was promised is on the disk.
    if (!awaited_.exchange(false)) std::_Exit(128 + signal);
    arrived_.release();
  }
}

}  // namespace herald::app
