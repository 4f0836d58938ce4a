#pragma once
#include "AlibabaCloud.h"

namespace AlibabaCloud {

class HttpRequest {
 public:
  enum Method { Get, Post };
};

class CommonRequest {
 public:
  enum RequestPattern { RpcPattern, RoaPattern };
  explicit CommonRequest(RequestPattern pattern = RpcPattern);
  void setScheme(const std::string& scheme);
  void setDomain(const std::string& domain);
  void setVersion(const std::string& version);
  void setHttpMethod(HttpRequest::Method method);
  void setQueryParameter(const std::string& name, const std::string& value);
};

class CommonResponse {
 public:
  std::string payload() const;
};

class Error {
 public:
  std::string errorCode() const;
  std::string errorMessage() const;
};

class CommonClient {
 public:
  struct CommonResponseOutcome {
    bool isSuccess() const;
    CommonResponse result() const;
    Error error() const;
  };
  CommonClient(const Credentials& credentials, const ClientConfiguration& configuration);
  CommonResponseOutcome commonResponse(const CommonRequest& request) const;
};

}  // namespace AlibabaCloud
