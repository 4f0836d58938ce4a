#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace herald::mqtt {

// The properties of MQTT 5.0, section 2.2.2.2, of any packet; absent: not in the packet. Which
// packet may hold which is the codec's business. Strings are views into the frame they were read
// from, or belong to whoever writes.
struct Properties {
  using Pair = std::pair<std::string_view, std::string_view>;

  std::optional<std::uint8_t> payload_format;
  std::optional<std::uint32_t> message_expiry;  // Seconds.
  std::optional<std::string_view> content_type;
  std::optional<std::string_view> response_topic;
  std::optional<std::string_view> correlation_data;
  std::vector<std::uint32_t>
      subscription_ids;  // One in SUBSCRIBE; several in a PUBLISH to clients.
  std::optional<std::uint32_t> session_expiry;  // Seconds.
  std::optional<std::string_view> assigned_client_id;
  std::optional<std::uint16_t> server_keep_alive;  // Seconds.
  std::optional<std::string_view> authentication_method;
  std::optional<std::string_view> authentication_data;
  std::optional<std::uint8_t> request_problem_information;
  std::optional<std::uint32_t> will_delay;  // Seconds.
  std::optional<std::uint8_t> request_response_information;
  std::optional<std::string_view> response_information;
  std::optional<std::string_view> server_reference;
  std::optional<std::string_view> reason_string;
  std::optional<std::uint16_t> receive_maximum;
  std::optional<std::uint16_t> topic_alias_maximum;
  std::optional<std::uint16_t> topic_alias;
  std::optional<std::uint8_t> maximum_qos;
  std::optional<std::uint8_t> retain_available;
  std::vector<Pair> user;
  std::optional<std::uint32_t> maximum_packet_size;  // Bytes.
  std::optional<std::uint8_t> wildcard_subscription_available;
  std::optional<std::uint8_t> subscription_ids_available;
  std::optional<std::uint8_t> shared_subscription_available;
};

}  // namespace herald::mqtt
