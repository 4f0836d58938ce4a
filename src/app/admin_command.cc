#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <iostream>
#include <map>
#include <memory>
#include <system_error>

#include "app/admin_client.h"
#include "app/answer_text.h"
#include "app/commands.h"
#include "app/private_file.h"
#include "app/rejected_rows.h"
#include "app/terminal.h"

// The command line of administrative commands, made from their table.
namespace herald::app {
namespace {

namespace json = boost::json;
using Kind = AdminParam::Kind;

struct Options {
  std::string data;
  std::string master_key_file;
  std::string rejects;
  bool json = false;
  std::map<std::string_view, std::string> texts;  // By the names of parameters.
  std::map<std::string_view, bool> flags;
};

// What a command that takes long says meanwhile.
class Meanwhile {
 public:
  Meanwhile(std::string what, std::string rejects, bool shows_progress)
      : what_(std::move(what)), rejects_(std::move(rejects)), shows_progress_(shows_progress) {}

  void hear(const json::object& event) {
    if (const auto* rejected = event.if_contains("rejected")) rejects_.add(rejected->as_object());
    const auto* progress = event.if_contains("progress");
    if (progress == nullptr || !shows_progress_) return;
    const auto number = [progress](const char* name) {
      return progress->at(name).to_number<std::size_t>();
    };
    show(number("done"), number("total"), number("rows"));
  }
  RejectedRows& rejects() { return rejects_; }
  // The line of the progress is whole.
  void finish() { progress_.reset(); }

 private:
  void show(std::size_t done, std::size_t total, std::size_t rows) {
    if (!progress_) progress_ = std::make_unique<Progress>(what_, total);
    const std::chrono::duration<double> since = std::chrono::steady_clock::now() - start_;
    const double speed = static_cast<double>(rows) / std::max(since.count(), 0.001);
    std::string note = fmt::format("{} rows, {:.0f}/s", rows, speed);
    if (done > 0 && done < total) {
      const double left = static_cast<double>(total - done) / static_cast<double>(done);
      note += fmt::format(", {:.0f} s left", left * since.count());
    }
    progress_->to(done, std::move(note));
  }

  std::string what_;
  RejectedRows rejects_;
  bool shows_progress_;
  std::unique_ptr<Progress> progress_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

// The file of a command; -1 where it takes none.
net::Descriptor open_file(const AdminCommand& command, const Options& options) {
  for (const AdminParam& param : command.params) {
    if (!param.is_file()) continue;
    const auto given = options.texts.find(param.name);
    const std::string name = given == options.texts.end() ? "" : given->second;
    if (name.empty() || name == "-") {
      return net::Descriptor(::dup(param.kind == Kind::input ? STDIN_FILENO : STDOUT_FILENO));
    }
    if (param.kind == Kind::output) {
      auto file = new_private_file(name, Existing::kept);
      if (!file) give_up(file.error().detail);
      return std::move(*file);
    }
    net::Descriptor file(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) give_up(name + ": " + std::generic_category().message(errno));
    return file;
  }
  return {};
}

json::object arguments_of(const AdminCommand& command, const Options& options) {
  json::object arguments;
  for (const AdminParam& param : command.params) {
    if (param.kind == Kind::flag) {
      if (options.flags.at(param.name)) arguments[param.name] = true;
    } else if (!param.is_file() && options.texts.contains(param.name)) {
      std::string text = options.texts.at(param.name);
      if (param.kind == Kind::secret && text == "-") std::getline(std::cin, text);
      if (param.kind == Kind::folder) text = std::filesystem::absolute(text).string();
      arguments[param.name] = text;
    }
  }
  return arguments;
}

bool writes_to_output(const AdminCommand& command, const Options& options) {
  return std::ranges::any_of(command.params, [&](const AdminParam& param) {
    const auto given = options.texts.find(param.name);
    return param.kind == Kind::output && (given == options.texts.end() || given->second == "-");
  });
}

void print(const AdminCommand& command, const Options& options, const json::value& answer) {
  if (options.json) return fmt::print("{}\n", json::serialize(answer));
  if (!command.remark.empty()) fmt::print("{}\n\n", bold(command.remark));
  const bool is_nothing = answer.is_object() && answer.get_object().empty();
  fmt::print("{}", is_nothing ? "Done.\n" : answer_text(answer));
}

void run(const AdminCommand& command, const Options& options) {
  const net::Descriptor file = open_file(command, options);
  const bool to_output = writes_to_output(command, options);
  Meanwhile meanwhile(std::string(command.name), options.rejects,
                      is_terminal() && !options.json && !to_output);
  auto answer = administer({.data = options.data,
                            .master_key_file = options.master_key_file,
                            .command = command.name,
                            .arguments = arguments_of(command, options),
                            .file = file.get(),
                            .hear = [&](const json::object& event) { meanwhile.hear(event); }});
  meanwhile.finish();
  const auto rejects = meanwhile.rejects().finish();
  if (!answer) give_up(answer.error().detail);
  if (!to_output) print(command, options, *answer);
  if (!rejects) give_up(rejects.error().detail);
  if (meanwhile.rejects().count() > 0) throw CLI::RuntimeError(1);
}

void add_param(CLI::App& app, const AdminParam& param, Options& options) {
  const std::string name(param.name);
  const std::string doc(param.doc);
  if (param.kind == Kind::flag) {
    app.add_flag("--" + name, options.flags[param.name], doc);
    return;
  }
  const bool by_place =
      param.kind == Kind::positional || param.kind == Kind::folder || param.is_file();
  app.add_option_function<std::string>(
         by_place ? name : "--" + name,
         [&options, key = param.name](const std::string& text) { options.texts[key] = text; }, doc)
      ->required(param.required);
}

// The command of all words but the last, which is there or made.
CLI::App& parent_of(CLI::App& app, std::string_view name) {
  const auto space = name.rfind(' ');
  if (space == name.npos) return app;
  const std::string_view words = name.substr(0, space);
  CLI::App& parent = parent_of(app, words);
  const std::string last(words.substr(words.rfind(' ') + 1));
  const auto known =
      parent.get_subcommands([&](const CLI::App* each) { return each->get_name() == last; });
  if (!known.empty()) return *known[0];
  const auto topics = admin_topics();
  const auto topic = std::ranges::find(topics, words, &AdminTopic::name);
  CLI::App* made = parent.add_subcommand(last, std::string(topic->summary));
  made->require_subcommand(1);
  return *made;
}

void add_command(CLI::App& app, const AdminCommand& command) {
  auto options = std::make_shared<Options>();
  CLI::App* added =
      parent_of(app, command.name)
          .add_subcommand(std::string(command.name.substr(command.name.rfind(' ') + 1)),
                          std::string(command.summary));
  for (const AdminParam& param : command.params) add_param(*added, param, *options);
  if (command.name == "import") {
    added->add_option("--rejects", options->rejects, "File for the rows that are wrong, and why");
  }
  added->add_option("--data", options->data, "Data directory, of a running server or a stopped one")
      ->required();
  added->add_option("--master-key-file", options->master_key_file,
                    "Where no server runs: file of the master key (default: HERALD_MASTER_KEY, or "
                    "the data directory's own)");
  added->add_flag("--json", options->json, "Print JSON");
  added->callback([options, &command] { run(command, *options); });
}

}  // namespace

void add_admin_commands(CLI::App& app) {
  for (const AdminCommand& command : admin_commands()) add_command(app, command);
}

}  // namespace herald::app
