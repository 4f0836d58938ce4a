import { allPairs, lines, type Call } from './call';
import { quotedForCpp as quoted } from './quote';

// The common request of this SDK puts all parameters into the query.
export const cpp = (call: Call): string => `// The core library of https://github.com/aliyun/aliyun-openapi-cpp-sdk
#include <alibabacloud/core/AlibabaCloud.h>
#include <alibabacloud/core/CommonClient.h>

#include <cstdlib>
#include <iostream>
#include <string>

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

int main() {
  AlibabaCloud::InitializeSdk();
  AlibabaCloud::ClientConfiguration configuration("cn-shanghai");
  AlibabaCloud::Credentials credentials(environment("ALIBABA_CLOUD_ACCESS_KEY_ID"),
                                        environment("ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
  AlibabaCloud::CommonClient client(credentials, configuration);
  AlibabaCloud::CommonRequest request(AlibabaCloud::CommonRequest::RequestPattern::RpcPattern);
  request.setScheme("${call.secure ? 'https' : 'http'}");
  request.setDomain(${quoted(call.host)});
  request.setVersion("${call.version}");
  request.setHttpMethod(AlibabaCloud::HttpRequest::Method::Post);
  request.setQueryParameter("Action", "${call.action}");
${lines(allPairs(call), (name, value) => `  request.setQueryParameter(${quoted(name)}, ${quoted(value)});`)}
  const auto outcome = client.commonResponse(request);
  if (outcome.isSuccess()) {
    std::cout << outcome.result().payload() << std::endl;
  } else {
    std::cerr << outcome.error().errorCode() << ": " << outcome.error().errorMessage() << std::endl;
  }
  AlibabaCloud::ShutdownSdk();
  return outcome.isSuccess() ? 0 : 1;
}
`;
