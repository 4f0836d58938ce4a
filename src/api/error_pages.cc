#include "api/error_pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/canonical.h"
#include "api/errors.h"

namespace herald::api {
namespace {

constexpr std::string_view root = "/errors";
constexpr std::size_t code_size_max = 128;
constexpr std::size_t host_size_max = 255;

constexpr std::string_view style = R"(:root { color-scheme: light dark; --ink: #1d2733;
  --quiet: #5a6776; --line: #d9dfe6; --paper: #ffffff; --shade: #f3f6f9; --mark: #b3361d; }
@media (prefers-color-scheme: dark) { :root { --ink: #e4e9ef; --quiet: #9aa7b5; --line: #333e4a;
  --paper: #151b22; --shade: #1d252e; --mark: #ff9273; } }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.6 system-ui, sans-serif; }
main { max-width: 46rem; margin: 0 auto; padding: 3rem 1.5rem; }
h1 { margin: .25rem 0 1rem; font-size: 1.75rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { margin: 2rem 0 .5rem; font-size: 1rem; color: var(--quiet); }
p, ul { margin: 0; }
ul { padding: 0; list-style: none; display: flex; flex-wrap: wrap; gap: .5rem; }
code { font: .9em/1.6 ui-monospace, monospace; }
li code { padding: .1rem .5rem; border-radius: .25rem; background: var(--shade); }
a { color: inherit; }
.status { color: var(--mark); font-weight: 600; }
.message { padding: .75rem 1rem; border-left: .25rem solid var(--mark); background: var(--shade);
  white-space: pre-wrap; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .5rem .75rem .5rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }
th { color: var(--quiet); font-weight: 600; }
)";

std::string escaped(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    switch (c) {
      case '&':
        safe += "&amp;";
        break;
      case '<':
        safe += "&lt;";
        break;
      case '>':
        safe += "&gt;";
        break;
      case '"':
        safe += "&quot;";
        break;
      case '\'':
        safe += "&#39;";
        break;
      default:
        safe.push_back(c);
    }
  }
  return safe;
}

// Where a row leaves room for the value that was wrong.
std::string with_room(std::string_view pattern, std::string_view room) {
  std::string text(pattern);
  if (const auto at = text.find("{}"); at != text.npos) text.replace(at, 2, room);
  return text;
}

bool is_code_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
         c == '_' || c == '-';
}

// `MissingQos` is a code of the row `Missing{}`.
bool is_made_from(std::string_view code, std::string_view pattern) {
  const auto room = pattern.find("{}");
  if (room == pattern.npos) return false;
  const auto before = pattern.substr(0, room);
  const auto after = pattern.substr(room + 2);
  return code.size() > before.size() + after.size() && code.starts_with(before) &&
         code.ends_with(after);
}

// A row of that very name first.
const ErrorRow* row_named(std::string_view code) {
  if (code.size() > code_size_max || !std::ranges::all_of(code, is_code_character)) return nullptr;
  const auto rows = error_rows();
  auto row = std::ranges::find(rows, code, &ErrorRow::name);
  if (row == rows.end()) {
    row = std::ranges::find_if(rows,
                               [&](const ErrorRow& one) { return is_made_from(code, one.name); });
  }
  return row == rows.end() ? nullptr : &*row;
}

HttpResponse answer(int status, std::string_view type, std::string body) {
  return {.status = status,
          .content_type = std::string(type),
          .body = std::move(body),
          .headers = {{"Content-Security-Policy",
                       "default-src 'none'; style-src 'self'; base-uri 'none'; "
                       "form-action 'none'; frame-ancestors 'none'"},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"}}};
}

// `title` is text, `content` is HTML.
HttpResponse page(int status, std::string_view title, std::string_view content) {
  return answer(status, "text/html;charset=utf-8",
                fmt::format("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                            "<meta name=\"viewport\" content=\"width=device-width\">"
                            "<title>{} · Herald</title>"
                            "<link rel=\"stylesheet\" href=\"{}/style.css\"></head>\n"
                            "<body><main>\n{}</main></body></html>\n",
                            escaped(title), root, content));
}

std::string status_of(const ErrorRow& row) {
  return row.status == 200 ? "HTTP 200, Success: false" : fmt::format("HTTP {}", row.status);
}

// Several rows may share a name: what they share is said once.
HttpResponse page_of(std::string_view code, const ErrorRow& named,
                     std::span<const Operation> operations) {
  const std::string_view value =
      named.name == code
          ? "{value}"
          : code.substr(named.name.find("{}"), code.size() - (named.name.size() - 2));
  std::string content = fmt::format(
      "<p><a href=\"{}\">All errors</a></p>\n<h1><code>{}</code></h1>\n"
      "<p class=\"status\">{}</p>\n",
      root, escaped(code), status_of(named));
  std::string declared;
  for (const ErrorRow& row : error_rows()) {
    if (row.name != named.name) continue;
    content += fmt::format(
        "<h2>Message</h2>\n<p class=\"message\">{}</p>\n<h2>What to do</h2>\n<p>{}</p>\n",
        escaped(with_room(row.message, value)), escaped(row.advice));
    for (const Operation& operation : operations) {
      if (std::ranges::find(operation.errors, row.code) == operation.errors.end()) continue;
      declared += fmt::format("<li><code>{}</code></li>\n", escaped(operation.name));
    }
  }
  content += "<h2>Operations</h2>\n";
  content += declared.empty() ? "<p>Any operation may answer it.</p>\n"
                              : fmt::format("<ul>\n{}</ul>\n", declared);
  return page(200, code, content);
}

HttpResponse index() {
  std::string content =
      "<h1>Errors</h1>\n<table><thead><tr><th>Code</th><th>HTTP</th><th>What to do</th></tr>"
      "</thead><tbody>\n";
  for (const ErrorRow& row : error_rows()) {
    const bool has_room = row.name.find("{}") != row.name.npos;
    const std::string name = escaped(with_room(row.name, "{Name}"));
    const std::string link =
        has_room ? fmt::format("<code>{}</code>", name)
                 : fmt::format("<a href=\"{}/{}\"><code>{}</code></a>", root, name, name);
    content += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n", link, row.status,
                           escaped(row.advice));
  }
  return page(200, "Errors", content + "</tbody></table>\n");
}

// A name or address with a port, in characters that mean nothing in an address or a document.
bool is_host(std::string_view host) {
  return !host.empty() && host.size() <= host_size_max && std::ranges::all_of(host, [](char c) {
    return is_code_character(c) || c == ':' || c == '[' || c == ']';
  });
}

}  // namespace

std::string origin_of(const HttpRequest& request) {
  const std::string_view host = request.header("host");
  return is_host(host) ? fmt::format("{}://{}", request.secure ? "https" : "http", host) : "";
}

std::string error_page_address(std::string_view origin, std::string_view code) {
  TextSink address;
  address.add(origin);
  address.add(root);
  address.add("/");
  address.add_escaped(code, escaped_once);
  return address.text();
}

std::optional<HttpResponse> error_page(const HttpRequest& request,
                                       std::span<const Operation> operations) {
  std::string_view path = request.target;
  path = path.substr(0, path.find('?'));
  if (!path.starts_with(root)) return std::nullopt;
  path.remove_prefix(root.size());
  if (!path.empty() && path.front() != '/') return std::nullopt;
  if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
  if (!path.empty()) path.remove_prefix(1);
  if (path.empty()) return index();
  if (path == "style.css") return answer(200, "text/css;charset=utf-8", std::string(style));
  if (const ErrorRow* row = row_named(path)) return page_of(path, *row, operations);
  return page(404, "No such error",
              fmt::format("<h1>No such error</h1>\n<p>This server has no error of that name. "
                          "<a href=\"{}\">All errors</a></p>\n",
                          root));
}

}  // namespace herald::api
