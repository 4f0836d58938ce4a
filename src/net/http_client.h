#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "api/http.h"
#include "base/result.h"
#include "net/sockets.h"

namespace herald::net {

// Calls over one kept-alive plain HTTP connection, one after the other, blocking: for the command
// line, the demonstration and the benchmark. One thread.
class HttpClient {
 public:
  explicit HttpClient(Address address);
  ~HttpClient();
  HttpClient(HttpClient&&) noexcept;

  // Connects when it is not connected; a connection that the server has closed meanwhile is made
  // anew once. Errors: failed, also when there is no answer within ten seconds.
  Result<api::HttpResponse> send(std::string_view method, std::string_view target,
                                 std::string_view content_type, std::string body);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace herald::net
