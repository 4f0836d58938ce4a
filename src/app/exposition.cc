#include "app/exposition.h"

#include <fmt/format.h>

namespace herald::app {
namespace {

void append_label(std::string& labels, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  labels += labels.empty() ? '{' : ',';
  labels += name;
  labels += "=\"";
  for (const char c : value) {
    if (c == '\\' || c == '"') labels += '\\';
    if (c == '\n') {
      labels += "\\n";
    } else {
      labels += c;
    }
  }
  labels += '"';
}

}  // namespace

void Exposition::family(std::string_view name, std::string_view type, std::string_view help) {
  name_ = name;
  text_ += fmt::format("# HELP {} {}\n# TYPE {} {}\n", name, help, name, type);
}

template <class Number>
void Exposition::line(std::string_view name, std::string_view bound, Labels labels, Number value) {
  std::string all;
  for (const auto& [label, text] : labels) append_label(all, label, text);
  append_label(all, "le", bound);
  if (!all.empty()) all += '}';
  text_ += fmt::format("{}{} {}\n", name, all, value);
}

void Exposition::histogram(const Distribution& read, double unit, Labels labels) {
  const std::string bucket = name_ + "_bucket";
  std::int64_t count = 0;
  for (std::size_t i = 0; i < read.counts.size(); ++i) {
    count += read.counts[i];
    const bool last = i == read.bounds.size();
    line(bucket, last ? "+Inf" : fmt::format("{}", static_cast<double>(read.bounds[i]) / unit),
         labels, count);
  }
  line(name_ + "_sum", "", labels, static_cast<double>(read.sum) / unit);
  line(name_ + "_count", "", labels, count);
}

template void Exposition::line(std::string_view, std::string_view, Labels, double);
template void Exposition::line(std::string_view, std::string_view, Labels, std::int64_t);

}  // namespace herald::app
