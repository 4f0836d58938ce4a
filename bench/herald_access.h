#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "client/caller.h"
#include "client/device_fleet.h"
#include "net/sockets.h"

namespace herald::bench {

struct KnownDevice {
  std::string name;
  std::string secret;
};

// What `load` knows of a Herald: a key, and the devices of one product. It lies in a file: a line
// with key, secret, instance (`-`: none) and product, and a line with name and secret for each
// device.
struct Access {
  client::AccessKeyPair key;
  std::string instance;
  std::string product;
  std::vector<KnownDevice> devices;

  client::Caller new_caller(const net::Address& api) const {
    return {api, key, instance == "-" ? "" : instance};
  }
};

// Errors: malformed.
Result<Access> read_access(const std::string& path);

// The topic that a device of a product subscribes to.
using TopicOf = std::function<std::string(const std::string& product, const std::string& device)>;
// `count` devices from the one at `first` on; without `topic` they subscribe to nothing.
std::vector<client::FleetDevice> fleet_devices(const Access& access, std::size_t first,
                                               std::size_t count, bool tls, const TopicOf& topic);

// Makes a product with `devices` devices over the API, with the key that `herald init --json`
// printed into the file `key`, and writes the file `access`. With things, the product has the
// thing model of bench/alink.h. Errors: failed, malformed.
Result<void> set_up_herald(const net::Address& api, const std::string& key, std::size_t devices,
                           bool things, const std::string& access);

}  // namespace herald::bench
