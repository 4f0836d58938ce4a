#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/herald.h"

// What administrators do, declared once: the command line and the socket of a running server both
// go by this table.
namespace herald::app {

struct AdminParam {
  enum class Kind : std::uint8_t {
    positional,
    option,
    flag,
    secret,  // An option; `-` stands for a line of standard input, which nobody else sees.
    folder,  // A path, which the server reads: made absolute.
    input,   // A file to read, `-` for standard input: the caller opens it.
    output,  // A file to write.
  };
  std::string_view name;  // On the command line with `--` in front, unless it goes by its place.
  std::string_view doc;
  Kind kind = Kind::option;
  bool required = false;

  bool is_file() const { return kind == Kind::input || kind == Kind::output; }
};

// One call of a command. It runs on a thread that may wait, and ends early when nobody listens.
struct AdminCall {
  Herald& herald;
  boost::json::object arguments;  // Text, or true for a flag, by the names of the parameters.
  int file = -1;                  // Of the parameter that is one.
  // What happens meanwhile, `{"progress": {…}}` or `{"rejected": {…}}`; false: nobody listens.
  std::function<bool(boost::json::object event)> tell;

  bool has(std::string_view name) const { return arguments.contains(name); }
  std::string text(std::string_view name) const;  // Empty where it is not given.
};

struct AdminCommand {
  std::string_view name;  // Words, as `account create`.
  std::string_view summary;
  std::vector<AdminParam> params;
  // An object, or an array of objects with the same keys: a table.
  using Run = Result<boost::json::value> (*)(AdminCall& call);
  Run run;
  std::string_view remark = {};  // For people, above the answer.
};

std::span<const AdminCommand> admin_commands();
// The words above more than one command, as `account`, and what they are about.
struct AdminTopic {
  std::string_view name;
  std::string_view summary;
};
std::span<const AdminTopic> admin_topics();

// Errors: malformed (no such command, wrong arguments), and those of the command.
Result<boost::json::value> run_admin_command(std::string_view name, AdminCall& call);

// An error in words.
std::string explain(const Error& error);

}  // namespace herald::app
