#include "api/params.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <string>

namespace herald::api {
namespace {

// By name, and equal names in the order of the request: they are decoded one behind the other.
bool in_order(const Parameter& a, const Parameter& b) {
  const int order = a.name.compare(b.name);
  return order != 0 ? order < 0 : a.name.data() < b.name.data();
}

// Eight bytes at once: whether one of them is `c`.
bool has(std::uint64_t word, char c) {
  constexpr std::uint64_t ones = 0x0101010101010101;
  const std::uint64_t zero_where_same = word ^ ones * static_cast<unsigned char>(c);
  return ((zero_where_same - ones) & ~zero_where_same & ones << 7U) != 0;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Of `name.3` or `name.3.TagKey`; `name_size` is that of the list's name.
std::optional<ListItem> list_item(const Parameter& parameter, std::size_t name_size) {
  const std::string_view suffix = parameter.name.substr(name_size + 1);
  ListItem item{.value = parameter.value};
  const char* const end = suffix.data() + suffix.size();
  const auto [stop, error] =
      std::from_chars(suffix.data(), suffix.data() + suffix.size(), item.index);
  if (error != std::errc{} || suffix.front() == '0') return std::nullopt;
  if (stop == end) return item;
  if (*stop != '.' || stop + 1 == end) return std::nullopt;
  item.member = {stop + 1, end};
  return item;
}

// In ascending order, if the indices are 1 to n without members, as most lists' are; else nothing.
// Byte order puts 10 before 2.
std::vector<ListItem> in_places(std::span<const Parameter> parameters, std::size_t name_size) {
  std::vector<ListItem> ordered(parameters.size());
  for (const Parameter& each : parameters) {
    const auto item = list_item(each, name_size);
    if (!item || !item->member.empty() || item->index > ordered.size()) return {};
    ListItem& place = ordered[item->index - 1];
    if (place.index != 0) return {};
    place = *item;
  }
  return ordered;
}

}  // namespace

Result<Params> Params::parse(std::string_view query, std::string_view form) {
  Params params;
  // Decoding never lengthens, so this never moves and views into it stay.
  params.bytes_ = std::make_unique_for_overwrite<char[]>(query.size() + form.size());
  for (const bool from_query : {true, false}) {
    const auto added = params.add(from_query ? query : form, from_query);
    if (!added) return tl::unexpected(added.error());
  }
  params.sort();
  return params;
}

Result<void> Params::add(std::string_view encoded, bool from_query) {
  // Room for about all of them: few are shorter.
  constexpr std::size_t bytes_of_one = 16;
  sorted_.reserve(std::min(sorted_.size() + encoded.size() / bytes_of_one + 1, count_max));
  while (!encoded.empty()) {
    const auto end = std::min(encoded.find('&'), encoded.size());
    const std::string_view pair = encoded.substr(0, end);
    encoded.remove_prefix(std::min(end + 1, encoded.size()));
    if (pair.empty()) continue;
    if (sorted_.size() == count_max) return fail(Code::request_too_large, "too many parameters");
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = decode(pair.substr(0, equals));
    if (!name) return tl::unexpected(name.error());
    const auto value = decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) return tl::unexpected(value.error());
    sorted_.push_back({*name, *value, from_query});
  }
  return {};
}

Result<std::string_view> Params::decode(std::string_view encoded) {
  char* const start = bytes_.get() + used_;
  char* out = start;
  std::size_t at = 0;
  while (at < encoded.size()) {
    // Names and numbers are short, other values may be megabytes: both are mostly plain.
    std::uint64_t word = 0;
    while (encoded.size() - at >= sizeof word) {
      std::memcpy(&word, encoded.data() + at, sizeof word);
      if (has(word, '%') || has(word, '+')) break;
      std::memcpy(out, &word, sizeof word);
      out += sizeof word;
      at += sizeof word;
    }
    for (const std::size_t end = std::min(at + sizeof word, encoded.size()); at < end;) {
      if (encoded[at] != '%') {
        *out++ = encoded[at] == '+' ? ' ' : encoded[at];
        at += 1;
        continue;
      }
      const int high = at + 2 < encoded.size() ? hex_value(encoded[at + 1]) : -1;
      const int low = at + 2 < encoded.size() ? hex_value(encoded[at + 2]) : -1;
      if (high < 0 || low < 0) return fail(Code::request_malformed, "a broken percent escape");
      *out++ = static_cast<char>(high * 16 + low);
      at += 3;
    }
  }
  const auto size = static_cast<std::size_t>(out - start);
  used_ += size;
  return std::string_view(start, size);
}

void Params::sort() {
  // Most clients send them sorted, but for the Signature at the end.
  const auto unsorted = std::ranges::is_sorted_until(sorted_, in_order);
  if (unsorted != sorted_.end() && unsorted + 1 == sorted_.end()) {
    std::rotate(std::ranges::upper_bound(sorted_.begin(), unsorted, *unsorted, in_order), unsorted,
                sorted_.end());
  } else if (unsorted != sorted_.end()) {
    std::ranges::sort(sorted_, in_order);
  }

  // The query came first: a form value behind an equal name has lost.
  std::optional<std::string_view> of_query;
  std::erase_if(sorted_, [&of_query](const Parameter& each) {
    if (each.from_query) of_query = each.name;
    return !each.from_query && of_query == each.name;
  });
}

Result<std::optional<std::string_view>> Params::one(std::string_view name) const {
  const auto at = std::ranges::lower_bound(sorted_, name, {}, &Parameter::name);
  if (at == sorted_.end() || at->name != name) return std::optional<std::string_view>();
  const auto next = at + 1;
  if (next != sorted_.end() && next->name == name) {
    return fail(Code::invalid_parameter, std::string(name));
  }
  return std::optional(at->value);
}

std::span<const Parameter> Params::below(std::string_view name) const {
  const std::string from = std::string(name) + '.';
  const std::string to = std::string(name) + '/';  // What comes behind a dot.
  const auto first =
      std::ranges::lower_bound(sorted_, std::string_view(from), {}, &Parameter::name);
  const auto last = std::ranges::lower_bound(sorted_, std::string_view(to), {}, &Parameter::name);
  return {first, last};
}

Result<std::vector<ListItem>> Params::list(std::string_view name) const {
  const auto parameters = below(name);
  if (auto ordered = in_places(parameters, name.size()); !ordered.empty()) return ordered;
  std::vector<ListItem> items;
  items.reserve(parameters.size());
  for (const Parameter& each : parameters) {
    const auto item = list_item(each, name.size());
    if (!item) return fail(Code::invalid_parameter, std::string(name));
    items.push_back(*item);
  }
  const auto place = [](const ListItem& item) { return std::pair(item.index, item.member); };
  std::ranges::sort(items, {}, place);
  if (std::ranges::adjacent_find(items, {}, place) != items.end()) {
    return fail(Code::invalid_parameter, std::string(name));
  }
  return items;
}

}  // namespace herald::api
