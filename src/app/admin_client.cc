#include "app/admin_client.h"

#include "app/admin_channel.h"
#include "base/log.h"

namespace herald::app {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

Result<json::value> ask(net::Descriptor socket, AdminRequest& request) {
  AdminChannel channel(std::move(socket), AdminChannel::answer_bytes_max);
  const json::object line{{"command", request.command}, {"arguments", request.arguments}};
  if (auto sent = channel.send(line, request.file); !sent) {
    return tl::unexpected(std::move(sent.error()));
  }
  for (;;) {
    auto answer = channel.receive();
    if (!answer) return tl::unexpected(std::move(answer.error()));
    if (!*answer) return fail(Code::failed, "the server ended before it had answered");
    if (const auto* error = (*answer)->if_contains("error")) {
      const auto* why = error->if_string();
      return fail(Code::failed, why == nullptr ? "the server refuses" : std::string(*why));
    }
    if (auto* result = (*answer)->if_contains("result")) return std::move(*result);
    if (request.hear) request.hear(**answer);
  }
}

Result<json::value> run_here(AdminRequest& request) {
  Settings settings;
  settings.store.free_bytes_min = 0;  // What a person asks for is small.
  settings.master_key_file = request.master_key_file;
  auto herald = Herald::open(request.data, std::move(settings));
  if (!herald) return tl::unexpected(std::move(herald.error()));
  AdminCall call{.herald = **herald,
                 .arguments = std::move(request.arguments),
                 .file = request.file,
                 .tell = [&request](const json::object& event) {
                   if (request.hear) request.hear(event);
                   return true;
                 }};
  auto result = run_admin_command(request.command, call);
  (*herald)->stop();
  if (!result) return fail(Code::failed, explain(result.error()));
  return result;
}

}  // namespace

Result<json::value> administer(AdminRequest request) {
  log::set_level(log::Level::warning);
  std::error_code error;
  if (!fs::is_directory(request.data / "store", error)) {
    return fail(Code::failed, request.data.string() + " is no data directory of Herald");
  }
  auto socket = connect_as_admin(request.data);
  if (socket) return ask(std::move(*socket), request);
  if (socket.error().code != Code::absent) return tl::unexpected(std::move(socket.error()));
  return run_here(request);
}

}  // namespace herald::app
