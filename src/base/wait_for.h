#pragma once

#include <future>
#include <utility>

#include "base/result.h"

namespace herald {

// Makes a call that answers later and waits for its answer: for threads that may wait.
template <class T, class Call>
Result<T> wait_for(Call call) {
  std::promise<Result<T>> promise;
  auto answer = promise.get_future();
  call([promise = std::move(promise)](Result<T> result) mutable {
    promise.set_value(std::move(result));
  });
  return answer.get();
}

}  // namespace herald
