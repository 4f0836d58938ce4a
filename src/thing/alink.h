#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// The envelope of what devices and the platform say to each other: alink.md, section 1.
namespace herald::thing {

// What a reply says of a request.
namespace alink_code {
constexpr std::int32_t success = 200;
constexpr std::int32_t malformed = 460;
constexpr std::int32_t not_json = 6207;
constexpr std::int32_t too_many_properties = 6106;
constexpr std::int32_t too_many_desired = 6104;
constexpr std::int32_t too_many_events = 6356;
constexpr std::int32_t time = 6326;
constexpr std::int32_t not_in_topology = 6401;
constexpr std::int32_t no_model = 5159;
constexpr std::int32_t failed = 6661;
}  // namespace alink_code

// Why something is not done.
struct AlinkFault {
  std::int32_t code = alink_code::success;
  std::string message = "success";
  bool is_success() const { return code == alink_code::success; }
};

struct AlinkRequest {
  std::string id;      // As it was written, a number without its quotes; empty: none.
  std::string method;  // Empty: none. Topics tell what is meant, too.
  bool wants_reply = true;
  boost::json::value params;  // Null: none.
  AlinkFault fault;           // Of the envelope. The rest holds what could be read.
};

// Takes any bytes.
AlinkRequest parse_request(std::string_view payload);

// `data` is an object, or the list of something.
std::string print_reply(const AlinkRequest& request, std::string_view method,
                        const AlinkFault& outcome, const boost::json::value& data);

// The ids of requests are numbers of 31 bits: C SDKs keep them in an `int`.
std::string print_request(std::uint32_t id, std::string_view method,
                          const boost::json::value& params);

// What a device answers.
struct AlinkReply {
  std::optional<std::uint32_t> id;  // Of the request; none: it names none of ours.
  std::int32_t code = 0;
  boost::json::value data;
};
// Nothing: it is no answer.
std::optional<AlinkReply> parse_reply(std::string_view payload);

}  // namespace herald::thing
