#include <utility>

#include "alink.h"
#include "base/crypto.h"
#include "fleet_target.h"
#include "herald_access.h"

namespace herald::bench {
namespace {

constexpr std::string_view topic_suffix = "get";  // Every new product has this category.

// Calls either operation: all but the first parameters are the names of the batch.
class HeraldPublisher final : public Publisher {
 public:
  HeraldPublisher(const net::Address& api, const Access& access, const Work& work)
      : caller_(access.new_caller(api)), access_(access), work_(work) {
    parameters_ = {{"ProductKey", access.product}, {"Qos", std::to_string(work.qos)}};
    if (work.operation == Operation::batch_pub) {
      parameters_.emplace_back("TopicShortName", topic_suffix);
      parameters_.emplace_back("MessageContent", std::string());
    } else {
      parameters_.emplace_back("Items", std::string());
    }
    names_at_ = parameters_.size();
    for (std::size_t i = 1; i <= work.batch; ++i) {
      parameters_.emplace_back("DeviceName." + std::to_string(i), std::string());
    }
  }

  void prepare(std::size_t first, std::string_view payload) override {
    parameters_[names_at_ - 1].second = content_of(payload);
    for (std::size_t i = names_at_; i < parameters_.size(); ++i) {
      parameters_[i].second = access_.devices[work_.first_device + first + i - names_at_].name;
    }
    signed_ = caller_.sign(action(), parameters_);
  }

  Result<void> send() override {
    return client::success_of(action(), caller_.send(std::move(signed_))).map([](const auto&) {});
  }

 private:
  std::string_view action() const {
    return work_.operation == Operation::batch_pub ? "BatchPub" : "SetDevicesProperty";
  }
  std::string content_of(std::string_view payload) const {
    const std::string_view stamp = payload.substr(0, payload_bytes_min);
    if (work_.operation == Operation::set_properties) return items_with(stamp, payload.size());
    return to_base64(work_.alink ? set_message(stamp, payload.size()) : payload);
  }

  client::Caller caller_;
  const Access& access_;
  const Work& work_;
  client::CallParameters parameters_;
  api::SignedCall signed_;
  std::size_t names_at_ = 0;
};

std::string topic_of(Operation operation, const std::string& product, const std::string& device) {
  if (operation == Operation::set_properties) {
    return "/sys/" + product + "/" + device + "/thing/service/property/set";
  }
  return "/" + product + "/" + device + "/user/" + std::string(topic_suffix);
}

class HeraldTarget final : public FleetTarget {
 public:
  HeraldTarget(net::Address api, net::Address mqtt, Access access, const Work& work)
      : FleetTarget(std::move(mqtt),
                    fleet_devices(access, work.first_device, work.devices, work.tls,
                                  [&work](const auto& product, const auto& device) {
                                    return topic_of(work.operation, product, device);
                                  }),
                    work),
        api_(std::move(api)),
        access_(std::move(access)),
        work_(work) {}

  Result<std::unique_ptr<Publisher>> new_publisher(std::uint32_t) override {
    return std::make_unique<HeraldPublisher>(api_, access_, work_);
  }

  void record_in(Ledger& ledger) override {
    if (!work_.alink) return FleetTarget::record_in(ledger);
    fleet().on_message([&ledger](std::size_t device, const mqtt::Publish& message, auto) {
      ledger.received(device, stamp_of(message.payload));
    });
  }

 private:
  net::Address api_;
  Access access_;
  Work work_;
};

}  // namespace

Result<std::unique_ptr<Target>> herald_target(net::Address api, net::Address mqtt,
                                              const std::string& access, const Work& work) {
  auto known = read_access(access);
  if (!known) return tl::unexpected(std::move(known.error()));
  if (known->devices.size() < work.first_device + work.devices) {
    return fail(Code::failed, access + " has too few devices");
  }
  return std::make_unique<HeraldTarget>(std::move(api), std::move(mqtt), std::move(*known), work);
}

}  // namespace herald::bench
