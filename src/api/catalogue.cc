#include "api/catalogue.h"

#include <boost/json/serialize.hpp>

#include "api/describe.h"

namespace herald::api {

std::string catalogue(std::span<const Operation> operations) {
  return boost::json::serialize(describe(operations));
}

}  // namespace herald::api
