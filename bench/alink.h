#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// What devices with a thing model are told and report here, in Alink: docs/thing-data.md.
namespace herald::bench {

// The model, in TSL: the text `Stamp`, and the whole numbers P0, P1 and so on.
constexpr std::size_t number_properties = 10;
std::string thing_model();

// A report of the first `properties` numbers, whose values are `value` and those that follow it.
std::string property_report(std::uint32_t id, std::size_t properties, std::uint32_t value);
// Whether the server's reply to one says that it was taken.
bool is_success(std::string_view reply);

// A message that has devices set `Stamp`, of `size` bytes if that is enough; within it a stamp of
// the ledger. The server makes the same of `items_with`, but for the digits of the id.
std::string set_message(std::string_view stamp, std::size_t size);
std::string items_with(std::string_view stamp, std::size_t size);
// The stamp that is in such a message; empty: none.
std::string stamp_of(std::string_view message);

}  // namespace herald::bench
