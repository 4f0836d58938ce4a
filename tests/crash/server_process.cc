#include "server_process.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/json/parse.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <random>
#include <sstream>
#include <thread>
#include <utility>

#include "net/http_client.h"

namespace herald::crash {
namespace {

constexpr std::chrono::seconds ready_within{60};
constexpr std::chrono::milliseconds ask_every{2};

// Below the range from which the system takes the ports of outgoing connections, so that none of
// them is in the way when the server comes back; nor `taken`, which nobody listens on yet.
net::Address free_address(std::uint16_t taken = 0) {
  std::random_device random;
  while (true) {
    net::Address address{.port = static_cast<std::uint16_t>(10'000 + random() % 20'000)};
    if (address.port != taken && net::check_free(address)) return address;
  }
}

std::string text(const net::Address& address) {
  return address.host + ":" + std::to_string(address.port);
}

}  // namespace

ServerProcess::ServerProcess(std::filesystem::path program, std::filesystem::path work,
                             Writer& history)
    : program_(std::move(program)),
      work_(std::move(work)),
      history_(history),
      api_(free_address()),
      mqtt_(free_address(api_.port)) {}

ServerProcess::~ServerProcess() {
  if (process_ == 0) return;
  ::kill(process_, SIGKILL);
  wait();
}

void ServerProcess::run(const std::vector<std::string>& arguments,
                        const std::filesystem::path& output) {
  std::vector<char*> words{const_cast<char*>(program_.c_str())};
  for (const std::string& argument : arguments)
    words.push_back(const_cast<char*>(argument.c_str()));
  words.push_back(nullptr);
  process_ = fork();
  if (process_ != 0) return;
  // Between fork and exec only what is safe in a signal handler: other threads hold locks.
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  const int file = open(output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0644);
  dup2(file, STDOUT_FILENO);
  dup2(file, STDERR_FILENO);
  execv(program_.c_str(), words.data());
  _exit(127);
}

// Its status as a shell gives it.
int ServerProcess::wait() {
  int status = 0;
  waitpid(std::exchange(process_, 0), &status, 0);
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

Result<void> ServerProcess::init() {
  const auto output = work_ / "account.json";
  run({"init", "--data", work_ / "data", "--json"}, output);
  if (const int status = wait(); status != 0) {
    return fail(Code::failed, "herald init ended with " + std::to_string(status));
  }
  std::stringstream made;
  made << std::ifstream(output).rdbuf();
  const auto account = boost::json::parse(made.str());
  key_ = {std::string(account.at("AccessKeyId").as_string()),
          std::string(account.at("AccessKeySecret").as_string())};
  instance_ = std::string(account.at("IotInstanceId").as_string());
  return {};
}

void ServerProcess::start() {
  history_.write(Started());
  std::vector<std::string> arguments{"serve",    "--data", work_ / "data", "--api",
                                     text(api_), "--mqtt", text(mqtt_)};
  for (const char* setting :
       {"shards=2", "log.level=warning", "admin=off", "quota.BatchPub=unlimited",
        "quota.RegisterDevice=unlimited", "quota.QueryMessageReceipts=unlimited",
        "quota.CancelMessage=unlimited"}) {
    arguments.insert(arguments.end(), {"--set", setting});
  }
  run(arguments, work_ / "server.log");
}

Result<void> ServerProcess::wait_until_ready() {
  const auto give_up = std::chrono::steady_clock::now() + ready_within;
  while (std::chrono::steady_clock::now() < give_up) {
    net::HttpClient client(api_);
    const auto answer = client.send("GET", "/readyz", {}, {});
    if (answer && answer->status == 200) {
      history_.write(Ready());
      return {};
    }
    if (waitpid(process_, nullptr, WNOHANG) == process_) {
      process_ = 0;
      return fail(Code::failed, "the server ended while it started");
    }
    std::this_thread::sleep_for(ask_every);
  }
  return fail(Code::failed, "the server is not ready");
}

Result<void> ServerProcess::kill() {
  history_.write(Killed());
  ::kill(process_, SIGKILL);
  const int status = wait();
  history_.write(Gone());
  if (status == 128 + SIGKILL) return {};
  return fail(Code::failed, "the server had ended by itself with " + std::to_string(status));
}

Result<void> ServerProcess::stop() {
  history_.write(Stopping());
  ::kill(process_, SIGTERM);
  const int status = wait();
  history_.write(Gone());
  if (status == 0) return {};
  return fail(Code::failed, "the server ended with " + std::to_string(status));
}

}  // namespace herald::crash
