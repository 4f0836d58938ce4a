#pragma once

#include <memory>
#include <vector>

#include "world.h"

namespace herald::simulation {

// What all callers know.
struct Publishing {
  AccountId account;
  ProductKey product;
  std::vector<DeviceId> devices;  // By their numbers in the history.
};

// A call that succeeded.
struct PublishedCall {
  crash::Call call = 0;
  int qos = 0;
  MessageId message;
  std::vector<crash::Device> recipients;
};

// An application: it publishes to some of the devices, one call after the other, and now and then
// asks what became of an earlier message, or cancels it.
class SimulatedCaller {
 public:
  // Ends after so many calls.
  SimulatedCaller(World& world, const Publishing& publishing, std::vector<PublishedCall>& published,
                  std::size_t calls);

  void begin() { pause(); }
  // The server is no more: the answers that it had not given will not come.
  void server_is_gone();
  bool is_waiting() const { return waiting_ != nullptr; }
  bool is_done() const { return left_ == 0 && !is_waiting(); }

  // Asks for the receipts of a message, and writes down what comes. `is_over`: all of its
  // recipients have ended.
  static void ask(World& world, const Publishing& publishing, const PublishedCall& published,
                  bool is_over, std::function<void()> answered);

 private:
  // A request whose answer has not come.
  struct Request {
    crash::Call call = 0;
    bool is_publish = false;
    bool answered = false;  // Or the answer is under way.
  };
  using SharedRequest = std::shared_ptr<Request>;

  void pause();
  void act();
  void publish();
  void cancel(const PublishedCall& published);
  // Has `task` run on a shard of the server, if that is there when the request comes.
  void send(const SharedRequest& request, std::function<void(SimulatedServer&, ShardIndex)> task);
  // On any thread of the server: takes the answer back to the caller.
  void answer(SimulatedServer& server, ShardIndex shard, const SharedRequest& request,
              std::function<void()> hear);
  void come_back(const SharedRequest& request, std::function<void()> hear);
  void lose(const SharedRequest& request);

  World& world_;
  const Publishing& publishing_;
  std::vector<PublishedCall>& published_;
  std::size_t left_;
  SharedRequest waiting_;
};

}  // namespace herald::simulation
