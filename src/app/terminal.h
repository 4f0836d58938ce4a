#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

// What commands say to a person: colours and moving progress on a terminal, plain lines elsewhere.
namespace herald::app {

bool is_terminal();
std::string bold(std::string_view text);
std::string dim(std::string_view text);
std::string green(std::string_view text);
std::string red(std::string_view text);

// One line that fills up while something goes on.
class Progress {
 public:
  Progress(std::string what, std::size_t total);
  // `note` stands where the number stands otherwise.
  void to(std::size_t done, std::string note = {});
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

 private:
  static constexpr std::size_t undrawn = 101;
  void draw(bool last);
  std::string what_;
  std::size_t total_;
  std::size_t done_ = 0;
  std::string note_;
  std::size_t drawn_percent_ = undrawn;
};

// Rows with aligned columns, words to the left and figures to the right; the first is the heading.
std::string table(const std::vector<std::vector<std::string>>& rows);

// Says on standard error why a command ends, and ends it with status 1.
[[noreturn]] void give_up(std::string_view why);

}  // namespace herald::app
