#pragma once

#include <chrono>
#include <cstddef>

// The bounds of the contract, each with its source in the reference. Those an operator may move are
// fields of a configuration that starts from these.
namespace herald::limits {

constexpr std::size_t KiB = 1024;
constexpr std::size_t MiB = 1024 * KiB;
constexpr std::size_t GiB = 1024 * MiB;

// operations.md, BatchPub.
constexpr std::size_t payload_bytes_max = 256 * KiB;
constexpr std::size_t batch_recipients = 100;
constexpr std::size_t batch_recipients_ceiling = 10'000;
constexpr std::chrono::days message_lifetime_max{7};

// device-mqtt.md, sections 7 to 10.
constexpr std::chrono::seconds keep_alive_min{30};
constexpr std::chrono::seconds keep_alive_max{1200};
constexpr std::size_t subscriptions_per_device = 100;
constexpr std::size_t filters_per_subscribe = 8;
constexpr std::size_t topic_bytes_max = 128;
constexpr std::size_t custom_topic_slashes_max = 7;
constexpr std::size_t packet_bytes_max = 1 * MiB;
constexpr std::size_t unacknowledged_inbound_max = 100;
constexpr std::size_t topic_categories_per_product = 50;

// What one device may have on the wire without its PUBACK, MQTT 3.x.
constexpr std::size_t window = 64;
// What may wait for one device.
constexpr std::size_t queue_messages_max = 100'000;
constexpr std::size_t queue_bytes_max = 64 * MiB;
// What may wait in one socket for a device that reads slowly.
constexpr std::size_t unsent_bytes_max = 1 * MiB;

// openapi-gateway.md, sections 1.1 and 5.
constexpr std::size_t request_head_bytes_max = 2 * MiB + 64 * KiB;
constexpr std::size_t request_body_bytes_max = 4 * MiB;
constexpr std::chrono::minutes timestamp_skew_max{15};

// How long a caller waits for the result of its call, and is then told that nobody knows it.
constexpr std::chrono::seconds answer_within{10};

}  // namespace herald::limits
