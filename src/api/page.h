#pragma once

#include <algorithm>
#include <cstdint>

namespace herald::api {

// A page of a list. Pages are numbered from 1; those behind the last one are empty.
struct Page {
  Page(std::int32_t page_number, std::int32_t page_size, std::size_t list_size)
      : number(page_number), size(page_size), total(static_cast<std::int64_t>(list_size)) {}

  std::int64_t number;
  std::int64_t size;
  std::int64_t total;

  std::int64_t count() const { return (total + size - 1) / size; }
  std::size_t begin() const {
    return static_cast<std::size_t>(std::min((number - 1) * size, total));
  }
  std::size_t end() const { return static_cast<std::size_t>(std::min(number * size, total)); }
};

}  // namespace herald::api
