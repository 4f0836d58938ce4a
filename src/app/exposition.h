#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/counters.h"

namespace herald::app {

// A page of metrics in Prometheus' text format, version 0.0.4: one family after the other, each
// with its samples.
class Exposition {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  // Begins a family; the type is counter, gauge or histogram.
  void family(std::string_view name, std::string_view type, std::string_view help);
  // One of its samples. Labels with an empty value are left out, which means the same.
  void sample(double value, Labels labels = {}) { line(name_, "", labels, value); }
  void sample(std::int64_t value, Labels labels = {}) { line(name_, "", labels, value); }
  // One of its histograms. `unit`: how much of what the distribution counts is one of the metric's.
  void histogram(const Distribution& read, double unit, Labels labels = {});

  std::string text() && { return std::move(text_); }

 private:
  template <class Number>
  void line(std::string_view name, std::string_view bound, Labels labels, Number value);
  std::string name_;
  std::string text_;
};

}  // namespace herald::app
