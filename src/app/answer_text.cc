#include "app/answer_text.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "app/terminal.h"
#include "base/log.h"

namespace herald::app {
namespace {

namespace json = boost::json;

std::string text_of(const json::value& value) {
  const auto* text = value.if_string();
  return text == nullptr ? json::serialize(value) : log::printable(*text, 256);
}

std::string fields_text(const json::object& object) {
  std::size_t width = 0;
  for (const auto& field : object) width = std::max(width, field.key().size());
  std::string text;
  for (const auto& [name, value] : object) {
    std::string shown = text_of(value);
    if (shown.empty()) shown = dim("(none)");
    text += "  " + std::string(name) + std::string(width - name.size() + 2, ' ') + shown + '\n';
  }
  return text;
}

}  // namespace

std::string answer_text(const json::value& answer) {
  if (const auto* object = answer.if_object()) return fields_text(*object);
  std::vector<std::vector<std::string>> rows;
  for (const json::value& row : answer.as_array()) {
    std::vector<std::string> heading;
    std::vector<std::string> cells;
    for (const auto& [name, value] : row.as_object()) {
      heading.emplace_back(name);
      cells.push_back(text_of(value));
    }
    if (rows.empty()) rows.push_back(std::move(heading));
    rows.push_back(std::move(cells));
  }
  return rows.empty() ? "  There are none.\n" : table(rows);
}

}  // namespace herald::app
