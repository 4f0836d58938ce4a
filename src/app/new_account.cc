#include "app/new_account.h"

#include <fmt/core.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/development_certificate.h"
#include "app/terminal.h"

namespace herald::app {

Result<Registry::NewAccount> initialise(Herald& herald, const std::filesystem::path& data,
                                        const std::vector<std::string>& hosts) {
  if (auto made = make_development_certificate(data, hosts); !made) {
    return tl::unexpected(std::move(made.error()));
  }
  return herald.create_account("default");
}

void print_new_account(const Registry::NewAccount& made, bool as_json) {
  const std::string account = std::to_string(made.account.id.value);
  if (as_json) {
    const boost::json::object json = {{"AccountId", account},
                                      {"AccessKeyId", made.key.id},
                                      {"AccessKeySecret", made.key.secret},
                                      {"IotInstanceId", made.instance.id}};
    fmt::print("{}\n", boost::json::serialize(json));
    return;
  }
  fmt::print("{}\n\n", bold("A new account. The secret is shown this once: keep it."));
  fmt::print(
      "  AccountId        {}\n  AccessKeyId      {}\n  AccessKeySecret  {}\n  IotInstanceId    "
      "{}\n\n",
      account, made.key.id, made.key.secret, made.instance.id);
}

}  // namespace herald::app
