#include "net/console.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "api/catalogue.h"
#include "api/error_pages.h"
#include "base/crypto.h"

namespace herald::net {
namespace {

constexpr std::string_view root = "/console";
constexpr std::string_view main_page = "index.html";

api::HttpResponse answered(int status, std::string_view type, std::string body) {
  return {.status = status,
          .content_type = std::string(type),
          .body = std::move(body),
          .headers = {{"X-Content-Type-Options", "nosniff"}, {"Referrer-Policy", "no-referrer"}}};
}

// Up to the next `end`, which is taken off as well.
std::string_view take(std::string_view& text, char end) {
  const auto at = std::min(text.find(end), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

// The host of `http://host:port`.
std::string_view host_of(std::string_view origin) {
  origin.remove_prefix(std::min(origin.find("//"), origin.size() - 2) + 2);
  const auto colon = origin.rfind(':');
  return colon == origin.npos || origin.ends_with(']') ? origin : origin.substr(0, colon);
}

// Scripts and styles are this server's alone, but for the styles that the application makes itself;
// it talks to this server, and for the device simulator to its device port.
std::string policy(std::string_view nonce, std::string_view origin, std::uint16_t mqtt_port) {
  std::string devices;
  if (!origin.empty()) {
    const std::string_view host = host_of(origin);
    devices = fmt::format(" ws://{0}:{1} wss://{0}:{1}", host, mqtt_port);
  }
  return fmt::format(
      "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{}'; img-src 'self' data:; "
      "font-src 'self'; connect-src 'self'{}; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'",
      nonce, devices);
}

api::HttpResponse not_built() {
  return answered(404, "text/html;charset=utf-8",
                  "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                  "<title>Herald</title></head><body><h1>No console</h1>\n"
                  "<p>This program was built without its web console. <code>./dev console</code> "
                  "builds it, and <code>./dev build</code> the program with it.</p>"
                  "</body></html>\n");
}

}  // namespace

Result<Console> Console::open(std::string_view bundle) {
  Console console;
  if (bundle.empty()) return console;
  const auto malformed = [] { return fail(Code::malformed, "the console's files are damaged"); };
  const auto head_end = bundle.find("\n\n");
  if (head_end == bundle.npos) return malformed();
  std::string_view head = bundle.substr(0, head_end);
  std::string_view rest = bundle.substr(head_end + 2);
  while (!head.empty()) {
    std::string_view line = take(head, '\n');
    std::string path(take(line, ' '));
    File file{.type = std::string(take(line, ' ')), .encoding = std::string(take(line, ' '))};
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), size);
    if (error != std::errc() || size > rest.size()) return malformed();
    file.bytes = rest.substr(0, size);
    rest.remove_prefix(size);
    file.etag = '"' + to_hex(hash(Digest::sha256, file.bytes)).substr(0, 32) + '"';
    file.is_immutable = path.starts_with("assets/");
    console.files_.emplace(std::move(path), std::move(file));
  }
  if (!console.files_.contains(main_page)) return malformed();
  return console;
}

void Console::describe(std::span<const api::Operation> operations, std::string_view version) {
  catalogue_ = api::catalogue(operations);
  version_ = version;
}

std::optional<api::HttpResponse> Console::error_center(const api::HttpRequest& request) const {
  const bool reads = request.method == "GET" && !files_.empty() &&
                     request.header("accept").find("text/html") != std::string_view::npos;
  const std::string_view path = request.target;
  if (!reads || (path != "/errors" && !path.starts_with("/errors/"))) return std::nullopt;
  api::HttpResponse made = answered(302, "", "");
  made.headers.emplace_back("Location", std::string(root) + std::string(path));
  return made;
}

std::optional<api::HttpResponse> Console::answer(const api::HttpRequest& request,
                                                 std::uint16_t mqtt_port) const {
  if (auto elsewhere = error_center(request)) return elsewhere;
  std::string_view path = request.target;
  path = path.substr(0, path.find('?'));
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  if (!path.empty()) path.remove_prefix(1);

  if (path == "catalogue.json" || path == "server.json") {
    const bool catalogue = path == "catalogue.json";
    api::HttpResponse made = answered(
        200, "application/json",
        catalogue ? catalogue_
                  : fmt::format(R"({{"MqttPort":{},"Version":"{}"}})", mqtt_port, version_));
    made.headers.emplace_back("Cache-Control", "no-cache");
    return made;
  }
  if (files_.empty()) return not_built();
  const auto at = files_.find(path);
  if (at != files_.end() && path != main_page) return file(request, at->second);
  // What looks like a file and is none is no address of the application.
  const std::string_view last = path.substr(path.rfind('/') + 1);
  if (path.starts_with("assets/") || (last.ends_with(".js") || last.ends_with(".css"))) {
    return answered(404, "text/plain", "no such file\n");
  }
  return page(request, mqtt_port);
}

api::HttpResponse Console::page(const api::HttpRequest& request, std::uint16_t mqtt_port) const {
  const std::string nonce = random_name(24);
  std::string body(files_.find(main_page)->second.bytes);
  constexpr std::string_view mark = "{nonce}";
  for (auto at = body.find(mark); at != body.npos; at = body.find(mark, at + nonce.size())) {
    body.replace(at, mark.size(), nonce);
  }
  api::HttpResponse made = answered(200, "text/html;charset=utf-8", std::move(body));
  made.headers.emplace_back("Content-Security-Policy",
                            policy(nonce, api::origin_of(request), mqtt_port));
  made.headers.emplace_back("Cache-Control", "no-store");
  return made;
}

api::HttpResponse Console::file(const api::HttpRequest& request, const File& file) const {
  const bool known = request.header("if-none-match") == file.etag;
  api::HttpResponse made =
      answered(known ? 304 : 200, file.type, known ? "" : std::string(file.bytes));
  if (file.encoding != "identity") made.headers.emplace_back("Content-Encoding", file.encoding);
  made.headers.emplace_back("ETag", file.etag);
  made.headers.emplace_back("Cache-Control",
                            file.is_immutable ? "public, max-age=31536000, immutable" : "no-cache");
  return made;
}

}  // namespace herald::net
