#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <thread>

#include "fleet_target.h"

namespace herald::bench {
namespace {

constexpr std::size_t packet_bytes_max = 1024 * 1024;
constexpr auto answer_time_max = std::chrono::seconds(10);

// As long as the names that Herald gives, so that packets have the same size.
std::string topic_of(std::size_t device) {
  const std::string digits = std::to_string(device);
  return "/a1mosquitto/device" + std::string(6 - std::min<std::size_t>(digits.size(), 6), '0') +
         digits + "/user/get";
}

std::vector<client::FleetDevice> fleet_devices(const Work& work) {
  std::vector<client::FleetDevice> devices;
  for (std::size_t i = work.first_device; i < work.first_device + work.devices; ++i) {
    devices.push_back({.client_id = "device" + std::to_string(i), .filters = {topic_of(i)}});
  }
  return devices;
}

// The one connection that publishes. Each caller has a range of packet ids of its own, so that a
// PUBACK says whose call it belongs to.
class PublisherConnection {
 public:
  PublisherConnection(net::Descriptor socket, const Work& work)
      : work_(work),
        socket_(std::move(socket)),
        waits_(work.callers),
        reader_([this] { read_answers(); }) {}
  ~PublisherConnection() { ::shutdown(socket_.get(), SHUT_RDWR); }

  // The packets of a call.
  std::string packets(std::uint32_t caller, std::size_t first, std::string_view payload) const {
    std::string bytes;
    for (std::size_t i = 0; i < work_.batch; ++i) {
      const std::string topic = topic_of(work_.first_device + first + i);
      const auto id = static_cast<mqtt::PacketId>(caller * work_.batch + i + 1);
      mqtt::write_publish_head({.qos = work_.qos, .topic = topic, .packet_id = id}, payload.size(),
                               bytes);
      bytes += payload;
    }
    return bytes;
  }

  Result<void> call(std::uint32_t caller, std::string_view bytes) {
    Wait& wait = waits_[caller];
    wait.unanswered = work_.batch;
    if (!write(bytes)) return fail(Code::failed, "the publisher's connection was closed");
    if (work_.qos > 0 && !wait.answered.try_acquire_for(answer_time_max)) {
      return fail(Code::failed, "a call was not answered in time");
    }
    return {};
  }

 private:
  struct Wait {
    std::size_t unanswered = 0;  // Handed from the caller to the reader by the socket.
    std::binary_semaphore answered{0};
  };

  bool write(std::string_view bytes) {
    const std::scoped_lock lock(writing_);  // A call's packets stay together.
    while (!bytes.empty()) {
      const ssize_t count = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  void read_answers() {
    std::string buffer(64 * 1024, '\0');
    std::string bytes;
    while (true) {
      const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
      if (count <= 0) return;
      bytes.append(buffer, 0, static_cast<std::size_t>(count));
      std::string_view rest = bytes;
      while (true) {
        const auto frame = mqtt::next_frame(rest, packet_bytes_max);
        if (!frame) return;
        const std::optional<mqtt::Frame>& packet = *frame;
        if (!packet) break;
        if (packet->type == mqtt::PacketType::puback) count_puback(*packet);
        rest.remove_prefix(packet->size);
      }
      bytes.erase(0, bytes.size() - rest.size());
    }
  }

  void count_puback(const mqtt::Frame& frame) {
    const auto packet = mqtt::read_puback(frame);
    if (!packet) return;
    const std::size_t caller = (packet->packet_id - 1U) / work_.batch;
    if (caller < waits_.size() && --waits_[caller].unanswered == 0) {
      waits_[caller].answered.release();
    }
  }

  const Work work_;
  net::Descriptor socket_;
  std::mutex writing_;
  std::vector<Wait> waits_;
  std::jthread reader_;  // Last: it uses all the others.
};

class MosquittoPublisher final : public Publisher {
 public:
  MosquittoPublisher(PublisherConnection& connection, std::uint32_t caller)
      : connection_(connection), caller_(caller) {}
  void prepare(std::size_t first, std::string_view payload) override {
    packets_ = connection_.packets(caller_, first, payload);
  }
  Result<void> send() override { return connection_.call(caller_, packets_); }

 private:
  PublisherConnection& connection_;
  std::uint32_t caller_;
  std::string packets_;
};

class MosquittoTarget final : public FleetTarget {
 public:
  MosquittoTarget(net::Address mqtt, const Work& work)
      : FleetTarget(mqtt, fleet_devices(work), work), mqtt_(std::move(mqtt)), work_(work) {}

  bool answers_calls() const override { return work_.qos > 0; }

  Result<std::unique_ptr<Publisher>> new_publisher(std::uint32_t caller) override {
    if (!connection_) {
      if (auto connected = connect_publisher(); !connected) {
        return tl::unexpected(std::move(connected.error()));
      }
    }
    return std::make_unique<MosquittoPublisher>(*connection_, caller);
  }

 private:
  Result<void> connect_publisher() {
    auto socket = net::connect_to(mqtt_);
    if (!socket) return tl::unexpected(std::move(socket.error()));
    std::string bytes;
    mqtt::write_connect({.keep_alive = 65535, .client_id = "publisher"}, bytes);
    ::send(socket->get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    char connack[4] = {};
    const ssize_t count = ::recv(socket->get(), connack, sizeof connack, MSG_WAITALL);
    if (count != sizeof connack || connack[3] != 0) {
      return fail(Code::failed, "the publisher may not connect");
    }
    connection_ = std::make_unique<PublisherConnection>(std::move(*socket), work_);
    return {};
  }

  net::Address mqtt_;
  Work work_;
  std::unique_ptr<PublisherConnection> connection_;
};

}  // namespace

std::unique_ptr<Target> mosquitto_target(net::Address mqtt, const Work& work) {
  return std::make_unique<MosquittoTarget>(std::move(mqtt), work);
}

}  // namespace herald::bench
