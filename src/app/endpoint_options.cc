#include "app/endpoint_options.h"

#include "app/terminal.h"

namespace herald::app {

void EndpointOptions::add_to(CLI::App& command) {
  command.add_option("--endpoint", endpoint, "HOST:PORT of the API (plain HTTP)")
      ->envname("HERALD_ENDPOINT")
      ->capture_default_str();
  command.add_option("--access-key-id", access_key_id, "AccessKeyId")
      ->envname("ALIBABA_CLOUD_ACCESS_KEY_ID");
  command
      .add_option("--access-key-secret", access_key_secret,
                  "AccessKeySecret; better given by the environment, which others do not see")
      ->envname("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  command.add_option("--instance", instance, "IotInstanceId, sent with every call")
      ->envname("HERALD_INSTANCE_ID");
}

client::Caller EndpointOptions::caller() const {
  if (access_key_id.empty() || access_key_secret.empty()) {
    give_up("set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET");
  }
  auto address = net::parse_address(endpoint);
  if (!address) give_up(address.error().detail);
  return client::Caller(std::move(*address), {access_key_id, access_key_secret}, instance);
}

}  // namespace herald::app
