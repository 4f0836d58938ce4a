#include "app/configuration.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>
#include <tuple>

namespace herald::app {
namespace {

struct ProblemInFile {
  toml::source_index line;
  std::string detail;
};

void read_table(Settings& settings, const std::string& prefix, const toml::table& table,
                std::vector<ProblemInFile>& problems) {
  for (const auto& [name, node] : table) {
    const std::string key =
        prefix.empty() ? std::string(name.str()) : prefix + "." + std::string(name.str());
    Result<void> done;
    if (const auto* inner = node.as_table()) {
      read_table(settings, key, *inner, problems);
    } else if (const auto* as_text = node.as_string()) {
      done = set(settings, key, as_text->get());
    } else if (const auto* as_number = node.as_integer()) {
      done = set(settings, key, std::to_string(as_number->get()));
    } else {
      done = fail(Code::malformed, key + " takes a text or a whole number");
    }
    if (done) continue;
    problems.push_back({node.source().begin.line, std::move(done.error().detail)});
  }
}

// Root keys first, as TOML wants them, then one section after the other in the order of the table.
std::vector<std::pair<std::string, std::vector<SettingInfo>>> by_section(const Settings& settings) {
  std::vector<std::pair<std::string, std::vector<SettingInfo>>> sections{{"", {}}};
  for (SettingInfo& info : all_settings(settings)) {
    const auto dot = info.key.find('.');
    const std::string section = dot == std::string::npos ? "" : info.key.substr(0, dot);
    auto at = std::ranges::find(sections, section, [](const auto& each) { return each.first; });
    if (at == sections.end()) at = sections.insert(at, {section, {}});
    at->second.push_back(std::move(info));
  }
  return sections;
}

std::string_view name_in_section(const SettingInfo& info) {
  const auto dot = info.key.find('.');
  return std::string_view(info.key).substr(dot == std::string::npos ? 0 : dot + 1);
}

constexpr std::string_view about_quotas =
    "Calls a second of each account, shared by its RAM users; or `unlimited`.";

std::string_view when_of(Applies applies) {
  return applies == Applies::at_once ? "SIGHUP" : "restart";
}

}  // namespace

Problems read_file(Settings& settings, const std::filesystem::path& file) {
  std::vector<ProblemInFile> found;
  try {
    read_table(settings, "", toml::parse_file(file.string()), found);
  } catch (const toml::parse_error& error) {
    found.push_back({error.source().begin.line, std::string(error.description())});
  }
  // A table has its keys in the order of the alphabet.
  std::ranges::sort(found, {}, [](const auto& each) { return std::tie(each.line, each.detail); });
  Problems problems;
  for (const auto& [line, detail] : found) {
    // Line 0: the file cannot be read at all.
    problems.push_back(file.string() + (line == 0 ? "" : ":" + std::to_string(line)) + ": " +
                       detail);
  }
  return problems;
}

std::string variable_of(std::string_view key) {
  std::string name = "HERALD_";
  for (const char c : key) {
    name += c == '.' ? '_' : c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

Problems read_environment(Settings& settings, const Environment& environment) {
  Problems problems;
  for (const SettingInfo& info : all_settings()) {
    const std::string variable = variable_of(info.key);
    const char* value = environment(variable);
    if (value == nullptr) continue;
    if (auto done = set(settings, info.key, value); !done) {
      problems.push_back(variable + ": " + done.error().detail);
    }
  }
  return problems;
}

Result<Settings> load(const Sources& sources) {
  Settings settings;
  Problems problems;
  const auto note = [&](Result<void> done) {
    if (!done) problems.push_back(std::move(done.error().detail));
  };
  const auto append = [&](Problems more) {
    problems.insert(problems.end(), more.begin(), more.end());
  };
  if (!sources.profile.empty()) note(use_profile(settings, sources.profile));
  if (!sources.file.empty()) append(read_file(settings, sources.file));
  append(read_environment(settings,
                          [](const std::string& name) { return std::getenv(name.c_str()); }));
  for (const auto& [key, value] : sources.given) note(set(settings, key, value));
  if (problems.empty()) return settings;
  std::string all;
  for (const std::string& problem : problems) all += (all.empty() ? "" : "\n") + problem;
  return fail(Code::malformed, all);
}

std::string to_toml(const Settings& settings) {
  std::string text;
  for (const auto& [section, infos] : by_section(settings)) {
    if (!section.empty()) text += "\n[" + section + "]\n";
    if (section == "quota") text += "# " + std::string(about_quotas) + "\n";
    for (const SettingInfo& info : infos) {
      if (!info.doc.empty()) text += "# " + info.doc + "\n";
      const std::string name(name_in_section(info));
      if (info.value && !info.secret) {
        text += name + " = " + *info.value + "\n";
      } else {
        text += "# " + name + (info.value ? " is set and not shown\n" : " =\n");
      }
    }
  }
  return text;
}

std::string configuration_reference() {
  std::string text = R"(# Configuration

Herald needs none. What is set comes from these, the later over the earlier:

1. `herald serve --profile cloud`, which holds devices and accounts to the rates of the original;
2. a TOML file, `--config FILE`;
3. the environment: `HERALD_` and the key in capitals, with `_` for each dot, as `HERALD_LIMITS_WINDOW=32`;
4. `--set key=value`, and options as `--api`.

A key that is not known, or a value that does not fit, keeps Herald from starting, and it says where and
what was likely meant; other variables of the environment are nobody's business. `herald config check
FILE` tells all that is wrong with a file, and `herald config print` writes down what is in effect, as a file
to begin with.

**SIGHUP** reads file and environment again. What says SIGHUP below changes at once, and so do
certificates whose files were replaced; what says restart is logged as `needs a restart` and stays as it was.
If anything is wrong, all stays as it was.
)";
  for (const auto& [section, infos] : by_section(Settings())) {
    if (section == "quota") continue;
    text += section.empty() ? "\n## At the top\n" : "\n## [" + section + "]\n";
    text += "\n| key | default | changes at | |\n| --- | --- | --- | --- |\n";
    for (const SettingInfo& info : infos) {
      text += "| `" + std::string(name_in_section(info)) + "` | " +
              (info.value ? "`" + *info.value + "`" : "") + " | " +
              std::string(when_of(info.applies)) + " | " + info.doc + " |\n";
    }
  }
  text += "\n## [quota]\n\nThe key is the name of an operation. " + std::string(about_quotas) +
          "\nChanges at SIGHUP. Variables are in capitals here as well: `HERALD_QUOTA_BATCHPUB`. "
          "The defaults are in\n[operations.md](operations.md).\n";
  return text;
}

std::vector<SettingInfo> differences(const Settings& before, const Settings& after) {
  const auto old = all_settings(before);
  std::vector<SettingInfo> differing = all_settings(after);
  // Both have the same keys in the same order.
  std::size_t i = 0;
  std::erase_if(differing, [&](const SettingInfo& info) { return info.value == old[i++].value; });
  return differing;
}

}  // namespace herald::app
