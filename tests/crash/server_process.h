#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>

#include "client/caller.h"
#include "history.h"
#include "net/sockets.h"

namespace herald::crash {

// The program under test, in a data directory of its own and always on the same two ports. What
// becomes of its process is told to the history. One thread, with which it ends.
class ServerProcess {
 public:
  // `work` holds the data directory and the server's log.
  ServerProcess(std::filesystem::path program, std::filesystem::path work, Writer& history);
  ~ServerProcess();  // Kills it.

  // Makes the data directory. Errors: failed.
  Result<void> init();
  const client::AccessKeyPair& key() const { return key_; }
  const std::string& instance() const { return instance_; }
  const net::Address& api() const { return api_; }
  const net::Address& mqtt() const { return mqtt_; }

  void start();
  // Errors: failed, when it ends or takes longer than a minute.
  Result<void> wait_until_ready();
  // SIGKILL, and waits for its end. Errors: failed, when it had ended by itself.
  Result<void> kill();
  // SIGTERM, and waits for its end. Errors: failed, with any status but 0.
  Result<void> stop();

 private:
  void run(const std::vector<std::string>& arguments, const std::filesystem::path& output);
  int wait();

  std::filesystem::path program_;
  std::filesystem::path work_;
  Writer& history_;
  client::AccessKeyPair key_;
  std::string instance_;
  net::Address api_;
  net::Address mqtt_;
  pid_t process_ = 0;  // 0: none.
};

}  // namespace herald::crash
