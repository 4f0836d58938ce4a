#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger.h"
#include "net/sockets.h"

namespace herald::bench {

enum class Operation : std::uint8_t { batch_pub, set_properties };

struct Work {
  std::size_t first_device = 0;  // Of those that the target knows.
  std::size_t devices = 1000;
  std::size_t batch = 100;  // Devices of one call.
  std::size_t payload_bytes = 64;
  std::size_t callers = 4;
  std::uint8_t qos = 0;
  // Herald only:
  bool tls = false;  // The devices' connections.
  Operation operation = Operation::batch_pub;
  bool alink = false;  // Messages are what set_properties sends: bench/alink.h.
};

// One who makes calls, one after the other. One thread.
class Publisher {
 public:
  virtual ~Publisher() = default;
  // Makes what send() sends: `payload` for the batch of devices that starts at `first`.
  virtual void prepare(std::size_t first, std::string_view payload) = 0;
  // Returns when the server has answered, if it does. Errors: failed.
  virtual Result<void> send() = 0;

  Result<void> call(std::size_t first, std::string_view payload) {
    prepare(first, payload);
    return send();
  }
};

// A server under load, seen from both sides. All of its devices live in the thread that calls
// run_devices.
class Target {
 public:
  virtual ~Target() = default;
  // Returns when messages can be sent to all of them. Errors: failed.
  virtual Result<void> connect_devices() = 0;
  // Hands what arrives to `ledger`, which outlives the target.
  virtual void record_in(Ledger& ledger) = 0;
  // Handles what arrives until `until` says so or the time is up; false: the time was up.
  virtual bool run_devices(std::chrono::milliseconds at_most,
                           const std::function<bool()>& until) = 0;
  virtual std::size_t lost_connections() const = 0;
  virtual void disconnect() = 0;
  // Whether the server says that it has taken a call: of MQTT's QoS 0 nobody hears.
  virtual bool answers_calls() const { return true; }
  // Callers are numbered from 0. They end before the target. Errors: failed.
  virtual Result<std::unique_ptr<Publisher>> new_publisher(std::uint32_t caller) = 0;
};

// `access`: the file that set_up_herald wrote, with things where messages are of Alink. Errors:
// failed, malformed.
Result<std::unique_ptr<Target>> herald_target(net::Address api, net::Address mqtt,
                                              const std::string& access, const Work& work);

// One publisher connection for all callers. A call is as many PUBLISH packets in one write; at QoS
// 1 it is answered when all PUBACKs came.
std::unique_ptr<Target> mosquitto_target(net::Address mqtt, const Work& work);

std::unique_ptr<Target> bare_target(net::Address server, const Work& work);

}  // namespace herald::bench
