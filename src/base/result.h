#pragma once

#include <functional>
#include <string>
#include <tl/expected.hpp>
#include <utility>

#include "base/error.h"

namespace herald {

// The value, or the error instead of it. The interface is that of std::expected.
template <class T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(Code code, std::string detail = {}) {
  return tl::unexpected<Error>(Error{code, std::move(detail)});
}

// How a call answers later: called exactly once, on any thread unless the callee says which.
template <class T>
using Done = std::move_only_function<void(Result<T>)>;

using Task = std::move_only_function<void()>;

}  // namespace herald
