#pragma once

#include <cstdint>

#include "thing/alink.h"

namespace herald {

// Why something is not done for a gateway.
using GatewayFault = thing::AlinkFault;

// What gateways are answered beside thing::alink_code: device-mqtt.md, section 13.
namespace gateway_code {

constexpr std::int32_t sign_wrong_in_topology = 401;
constexpr std::int32_t logged_in_twice = 427;
constexpr std::int32_t too_often = 429;
constexpr std::int32_t system = 500;
constexpr std::int32_t no_session = 520;
constexpr std::int32_t deleted = 521;
constexpr std::int32_t disabled = 522;
constexpr std::int32_t product_unknown = 5005;
constexpr std::int32_t device_unknown = 6100;
constexpr std::int32_t device_disabled = 6204;
constexpr std::int32_t sign_wrong = 6287;
constexpr std::int32_t registration_off = 6288;
constexpr std::int32_t already_active = 6289;
constexpr std::int32_t method_unknown = 6292;
constexpr std::int32_t too_many = 6400;
constexpr std::int32_t not_in_topology = 6401;
constexpr std::int32_t itself = 6402;
constexpr std::int32_t bound_elsewhere = 6619;

}  // namespace gateway_code
}  // namespace herald
