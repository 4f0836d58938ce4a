#include "app/admin_socket.h"

#include <pthread.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <chrono>
#include <csignal>

#include "app/admin.h"
#include "base/log.h"

namespace herald::app {
namespace {

namespace json = boost::json;

constexpr timeval patience{.tv_sec = 10, .tv_usec = 0};  // With who neither asks nor reads.

json::object error_line(std::string why) { return {{"error", std::move(why)}}; }

}  // namespace

Result<std::unique_ptr<AdminSocket>> AdminSocket::open(Herald& herald,
                                                       const std::filesystem::path& data) {
  auto listener = listen_for_admin(data);
  if (!listener) return tl::unexpected(std::move(listener.error()));
  std::unique_ptr<AdminSocket> socket(new AdminSocket(herald, data, std::move(*listener)));
  socket->accepting_ = std::thread([raw = socket.get()] { raw->accept(); });
  return socket;
}

AdminSocket::~AdminSocket() {
  stopping_ = true;
  ::shutdown(listener_.get(), SHUT_RDWR);
  accepting_.join();
  remove_admin_socket(data_);
  for (Call& call : calls_) call.channel.hang_up();
  for (Call& call : calls_) call.thread.join();
}

void AdminSocket::accept() {
  // A pipe that a command writes to may break: an error, no signal. Threads of calls inherit it.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  for (;;) {
    net::Descriptor socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (stopping_) return;
    if (socket) {
      take(std::move(socket));
    } else {
      // There are too many files open, as a rule: others have to close some.
      std::this_thread::sleep_for(std::chrono::milliseconds(100));
    }
  }
}

void AdminSocket::take(net::Descriptor socket) {
  calls_.remove_if([](Call& call) {
    if (!call.over) return false;
    call.thread.join();
    return true;
  });
  if (!is_admin(socket)) return log::warning("a stranger was turned away from the admin socket");
  for (const int timeout : {SO_RCVTIMEO, SO_SNDTIMEO}) {
    ::setsockopt(socket.get(), SOL_SOCKET, timeout, &patience, sizeof patience);
  }
  if (calls_.size() >= calls_at_once) {
    AdminChannel channel(std::move(socket), AdminChannel::request_bytes_max);
    (void)channel.send(error_line("too many commands run: try again"));
    return;
  }
  Call& call = calls_.emplace_back(std::move(socket));
  call.thread = std::thread([this, &call] {
    const auto request = call.channel.receive();
    // Who says nothing hears nothing. It may be gone by the end, and the command has done its work.
    if (request && *request) (void)call.channel.send(answer(call.channel, **request));
    call.channel.end();
    call.over = true;
  });
}

// The line that ends a call.
json::object AdminSocket::answer(AdminChannel& channel, const json::object& request) {
  const auto* command = request.if_contains("command");
  const auto* arguments = request.if_contains("arguments");
  if (command == nullptr || !command->is_string() || arguments == nullptr ||
      !arguments->is_object()) {
    return error_line("a request has a command and arguments");
  }
  const std::string name(command->get_string());
  // Closed before the answer: who reads what was written waits for its end.
  const net::Descriptor file = channel.take_file();
  AdminCall call{.herald = herald_,
                 .arguments = arguments->get_object(),
                 .file = file.get(),
                 .tell = [&channel](const json::object& event) {
                   return channel.is_heard() && channel.send(event).has_value();
                 }};
  auto result = run_admin_command(name, call);
  log::info("admin: {}: {}", log::printable(name), result ? "done" : explain(result.error()));
  if (!result) return error_line(explain(result.error()));
  return {{"result", std::move(*result)}};
}

}  // namespace herald::app
