// What the C++ sample uses of the SDK, declared as there; Debian does not have it.
#pragma once
#include <string>

namespace AlibabaCloud {

void InitializeSdk();
void ShutdownSdk();

class ClientConfiguration {
 public:
  explicit ClientConfiguration(const std::string& region);
};

class Credentials {
 public:
  Credentials(const std::string& id, const std::string& secret, const std::string& token = "");
};

}  // namespace AlibabaCloud
