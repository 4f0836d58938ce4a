#include "app/terminal.h"

#include <fmt/core.h>
#include <unistd.h>

#include <CLI/Error.hpp>
#include <algorithm>
#include <cstdio>

namespace herald::app {
namespace {

std::string styled(std::string_view code, std::string_view text) {
  if (!is_terminal()) return std::string(text);
  return fmt::format("\x1b[{}m{}\x1b[0m", code, text);
}

// Columns that a text takes: neither styles nor the later bytes of a UTF-8 character count.
std::size_t width_of(std::string_view text) {
  std::size_t width = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\x1b') {
      while (i < text.size() && text[i] != 'm') ++i;
    } else if ((static_cast<unsigned char>(text[i]) & 0xc0U) != 0x80U) {
      ++width;
    }
  }
  return width;
}

}  // namespace

bool is_terminal() {
  static const bool terminal = isatty(STDOUT_FILENO) == 1;
  return terminal;
}
std::string bold(std::string_view text) { return styled("1", text); }
std::string dim(std::string_view text) { return styled("2", text); }
std::string green(std::string_view text) { return styled("32", text); }
std::string red(std::string_view text) { return styled("31", text); }

Progress::Progress(std::string what, std::size_t total) : what_(std::move(what)), total_(total) {
  draw(false);
}

Progress::~Progress() { draw(true); }

void Progress::to(std::size_t done, std::string note) {
  done_ = done;
  if (note != note_) drawn_percent_ = undrawn;
  note_ = std::move(note);
  draw(false);
}

void Progress::draw(bool last) {
  if (!is_terminal()) {
    if (last) fmt::print("{}: {} of {}\n", what_, done_, total_);
    std::fflush(stdout);
    return;
  }
  constexpr std::size_t cells = 30;
  const std::size_t percent = total_ == 0 ? 100 : done_ * 100 / total_;
  if (percent == drawn_percent_ && !last) return;
  drawn_percent_ = percent;
  const std::size_t full = percent * cells / 100;
  std::string bar;
  for (std::size_t i = 0; i < cells; ++i) bar += i < full ? "━" : "┄";
  const std::string note = note_.empty() ? fmt::format("{:>5}", done_) : note_;
  // What was there may have been longer.
  fmt::print("\r{:<34} {} {}\x1b[K{}", what_, bar, note, last ? "\n" : "");
  std::fflush(stdout);
}

// A column whose cells all begin with a digit or a sign.
static bool are_figures(const std::vector<std::vector<std::string>>& rows, std::size_t column) {
  return std::ranges::all_of(rows.begin() + 1, rows.end(), [column](const auto& row) {
    return column < row.size() && row[column].find_first_of("0123456789-") == 0;
  });
}

std::string table(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (std::size_t r = 0; r < rows.size(); ++r) {
    for (std::size_t i = 0; i < rows[r].size(); ++i) {
      const std::string padding(widths[i] - width_of(rows[r][i]), ' ');
      text += "  ";
      text += i == 0 || !are_figures(rows, i) ? rows[r][i] + padding : padding + rows[r][i];
    }
    text += '\n';
    if (r == 0) {
      std::size_t all = 0;
      for (const std::size_t width : widths) all += width + 2;
      text += "  ";
      for (std::size_t i = 2; i < all; ++i) text += "─";
      text += '\n';
    }
  }
  return text;
}

void give_up(std::string_view why) {
  fmt::print(stderr, "herald: {}\n", why);
  throw CLI::RuntimeError(1);
}

}  // namespace herald::app
