#include "thing/alink.h"

#include <charconv>
#include <limits>

#include "thing/json_text.h"

namespace herald::thing {
namespace {

namespace json = boost::json;

constexpr std::string_view version = "1.0";
constexpr std::size_t id_bytes_max = 1024;

template <class Number>
std::optional<Number> whole(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || stop != end) return std::nullopt;
  return number;
}

// A text, or a number as text; empty: neither.
std::string scalar(const json::object& object, std::string_view name) {
  const json::value* member = object.if_contains(name);
  if (member == nullptr || !(member->is_string() || member->is_number())) return {};
  return plain_text(*member);
}

bool is_declined(const json::object& request) {
  const json::value* sys = request.if_contains("sys");
  return sys != nullptr && sys->is_object() && scalar(sys->get_object(), "ack") == "0";
}

}  // namespace

AlinkRequest parse_request(std::string_view payload) {
  AlinkRequest request;
  auto parsed = parse_json(payload);
  if (!parsed) {
    request.fault = {alink_code::not_json, "the payload is no JSON"};
    return request;
  }
  auto* const object = parsed->if_object();
  if (object == nullptr) {
    request.fault = {alink_code::malformed, "the payload is no object"};
    return request;
  }
  request.id = scalar(*object, "id");
  if (request.id.size() > id_bytes_max) {
    request.id.clear();
    request.fault = {alink_code::malformed, "the id is too long"};
  }
  if (const auto* method = object->if_contains("method");
      method != nullptr && method->is_string()) {
    request.method = method->get_string();
  }
  request.wants_reply = !is_declined(*object);
  if (auto* params = object->if_contains("params")) request.params = std::move(*params);
  return request;
}

std::string print_reply(const AlinkRequest& request, std::string_view method,
                        const AlinkFault& outcome, const json::value& data) {
  return print_json({{"code", outcome.code},
                     {"data", data},
                     {"id", request.id},
                     {"message", outcome.message},
                     {"method", method},
                     {"version", version}});
}

std::string print_request(std::uint32_t id, std::string_view method, const json::value& params) {
  return print_json(
      {{"method", method}, {"id", std::to_string(id)}, {"params", params}, {"version", version}});
}

std::optional<AlinkReply> parse_reply(std::string_view payload) {
  auto parsed = parse_json(payload);
  auto* const object = parsed ? parsed->if_object() : nullptr;
  if (object == nullptr) return std::nullopt;
  const auto code = whole<std::int32_t>(scalar(*object, "code"));
  if (!code) return std::nullopt;
  AlinkReply reply{
      .id = whole<std::uint32_t>(scalar(*object, "id")), .code = *code, .data = json::object()};
  if (auto* data = object->if_contains("data"); data != nullptr && !data->is_null()) {
    reply.data = std::move(*data);
  }
  return reply;
}

}  // namespace herald::thing
