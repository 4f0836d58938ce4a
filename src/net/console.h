#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "api/http.h"
#include "api/operation.h"
#include "base/result.h"

namespace herald::net {

// The web console under /console: files that were made by its build, and one page for all addresses
// that are the application's own. Nothing of it is secret; what it does it does by signed calls.
// Never changed once it is made; any thread.
//
// A bundle is a head and the files' bytes, one after the other. The head has one line for each file
// and ends with an empty line:
//
//   assets/index-3f2a.js text/javascript gzip 48213
//   index.html text/html identity 812
//
// All but index.html are stored compressed. In it `{nonce}` stands for what the policy of the one
// answer allows the styles that the application makes.
class Console {
 public:
  // `bundle` lives as long as this; empty: the program was built without a console, and says so.
  // Errors: malformed.
  static Result<Console> open(std::string_view bundle);

  // What the application has to know before anybody has signed in: /console/server.json, and the
  // declarations: /console/catalogue.json.
  void describe(std::span<const api::Operation> operations, std::string_view version);

  // Nothing: the path is another's. `mqtt_port` is where devices connect to.
  std::optional<api::HttpResponse> answer(const api::HttpRequest& request,
                                          std::uint16_t mqtt_port) const;

 private:
  struct File {
    std::string type;
    std::string encoding;
    std::string etag;
    std::string_view bytes;
    bool is_immutable = false;  // Its name has a hash of what is in it.
  };
  // Browsers that follow the `Recommend` of an error are led to the Error Center; others read the
  // plain page of api/error_pages.
  std::optional<api::HttpResponse> error_center(const api::HttpRequest& request) const;
  api::HttpResponse page(const api::HttpRequest& request, std::uint16_t mqtt_port) const;
  api::HttpResponse file(const api::HttpRequest& request, const File& file) const;

  std::map<std::string, File, std::less<>> files_;
  std::string catalogue_;
  std::string version_;
};

}  // namespace herald::net
