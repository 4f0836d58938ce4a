#include "api/answer.h"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <pugixml.hpp>

#include "api/error_pages.h"

namespace herald::api {
namespace {

namespace json = boost::json;

void append(pugi::xml_node parent, const char* name, const json::value& value) {
  if (const auto* list = value.if_array()) {
    for (const json::value& item : *list) append(parent, name, item);
    return;
  }
  pugi::xml_node node = parent.append_child(name);
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) append(node, std::string(key).c_str(), member);
  } else if (const auto* text = value.if_string()) {
    node.text().set(text->c_str());
  } else {
    node.text().set(json::serialize(value).c_str());  // Numbers and booleans read alike.
  }
}

struct Writer final : pugi::xml_writer {
  std::string text;
  void write(const void* data, std::size_t size) override {
    text.append(static_cast<const char*>(data), size);
  }
};

std::string xml(const std::string& root, const json::object& fields) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  append(document, root.c_str(), fields);
  Writer writer;
  document.save(writer, "", pugi::format_raw);
  return std::move(writer.text);
}

HttpResponse respond(const Envelope& envelope, int status, const std::string& root,
                     const json::object& fields) {
  // Clients compare these texts: openapi-gateway.md, section 6.
  HttpResponse response{.status = status};
  if (envelope.format == Format::json) {
    response.content_type = "application/json;charset=utf-8";
    response.body = json::serialize(fields);
  } else {
    response.content_type = "text/xml;charset=utf-8";
    response.body = xml(root, fields);
  }
  response.headers.emplace_back("x-acs-request-id", envelope.request_id);
  if (!envelope.headroom.empty()) {
    response.headers.emplace_back("X-RateLimit-User-API", envelope.headroom);
  }
  return response;
}

std::string root_of(const Envelope& envelope) { return envelope.action + "Response"; }

}  // namespace

HttpResponse success(const Envelope& envelope, Reply reply) {
  json::object fields;
  fields.reserve(reply.size() + 2);
  fields.emplace("RequestId", envelope.request_id);
  if (envelope.tells_success) fields.emplace("Success", true);
  for (auto& [key, value] : reply) fields.emplace(key, std::move(value));
  return respond(envelope, 200, root_of(envelope), fields);
}

HttpResponse failure(const Envelope& envelope, const Error& error) {
  const ApiError answer = describe(error);
  if (!answer.of_gateway()) {
    return respond(envelope, answer.status, root_of(envelope),
                   {{"RequestId", envelope.request_id},
                    {"Success", false},
                    {"Code", answer.name},
                    {"ErrorMessage", answer.message}});
  }
  return respond(envelope, answer.status, "Error",
                 {{"RequestId", envelope.request_id},
                  {"HostId", envelope.host_id},
                  {"Code", answer.name},
                  {"Message", answer.message},
                  {"Recommend", error_page_address(envelope.origin, answer.name)}});
}

}  // namespace herald::api
