#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <vector>

// docs/mqtt-conformance.md says of every statement of the standards what shows it. Here it is found
// out whether all of them are there, each once, and whether the tests that it names exist.
namespace {

namespace fs = std::filesystem;

using Names = std::set<std::string>;

const fs::path root(HERALD_SOURCE_DIR);

// How many numbered statements each standard has.
const std::map<std::string, std::size_t> statements = {{"MQTT 3.1.1", 141}, {"MQTT 5.0", 251}};

// The tables of packets, whose rows are tests of their own.
const std::map<std::string, std::string> tables = {
    {"PacketTable.MeansWhatItSays", "mqtt_packets.txt"},
    {"PacketTable.MeansWhatItSaysInVersion5", "mqtt5_packets.txt"}};

struct Statement {
  std::string standard;
  std::string id;
  std::string shown_by;
};

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<Statement> all_statements() {
  const std::regex row(R"(^\| (MQTT-\S+) \| (.*) \| (.*) \|$)");
  std::vector<Statement> all;
  std::string standard;
  std::ifstream file(root / "docs/mqtt-conformance.md");
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) standard = line.substr(3);
    if (std::regex_match(line, match, row)) all.push_back({standard, match[1], match[3]});
  }
  return all;
}

// Suite.Name of every GoogleTest.
Names google_tests() {
  const std::regex test(R"(\bTEST(?:_F|_P)?\(\s*(\w+)\s*,\s*(\w+)\s*\))");
  Names names;
  for (const char* directory : {"src", "tests"}) {
    for (auto entry = fs::recursive_directory_iterator(root / directory);
         entry != fs::recursive_directory_iterator(); ++entry) {
      if (entry->path().filename() == "node_modules") entry.disable_recursion_pending();
      if (entry->path().extension() != ".cc") continue;
      const std::string text = text_of(entry->path());
      for (std::sregex_iterator at(text.begin(), text.end(), test), end; at != end; ++at) {
        names.insert((*at)[1].str() + "." + (*at)[2].str());
      }
    }
  }
  return names;
}

// The first columns of a table in tests/wire; an asterisk there is not part of the name.
Names rows_of(const std::string& table) {
  const std::regex row(R"(^([^#|][^|]*?)( \*)? \|.*$)");
  Names names;
  std::ifstream file(root / "tests/wire" / table);
  std::smatch match;
  for (std::string line; std::getline(file, line);) {
    if (std::regex_match(line, match, row)) names.insert(match[1]);
  }
  return names;
}

bool is_client_test(const std::string& file, const std::string& name) {
  const std::string text = text_of(root / "tests/clients" / file);
  for (const char quote : {'\'', '`', '"'}) {
    if (text.find(std::string("test(") + quote + name + quote) != text.npos) return true;
  }
  return false;
}

struct Named {
  std::string what;  // As it stands there; a row has its test before it.
  bool exists = false;
};

// The tests and rows that `text` names, in its order; other code is none of them.
std::vector<Named> tests_named(const std::string& text) {
  static const Names google = google_tests();
  static const std::regex word(R"re(`([^`]+)`|row "([^"]+)")re");
  static const std::regex google_test(R"([A-Z]\w*\.[A-Z]\w*)");
  static const std::regex client_test(R"((\w+\.test\.mjs): (.+))");
  std::vector<Named> found;
  std::string table;
  for (std::sregex_iterator at(text.begin(), text.end(), word), end; at != end; ++at) {
    const std::string code = (*at)[1];
    std::smatch match;
    if ((*at)[2].matched) {
      const std::string row = (*at)[2];
      const bool known = tables.contains(table) && rows_of(tables.at(table)).contains(row);
      found.push_back({table + ", row " + row, known});
    } else if (std::regex_match(code, google_test)) {
      table = code;
      found.push_back({code, google.contains(code)});
    } else if (std::regex_match(code, match, client_test)) {
      found.push_back({code, is_client_test(match[1], match[2])});
    }
  }
  return found;
}

// --- The document.

TEST(Conformance, EveryStatementIsThereOnce) {
  std::map<std::string, Names> ids;
  for (const Statement& one : all_statements()) {
    EXPECT_TRUE(statements.contains(one.standard)) << one.standard << ": " << one.id;
    EXPECT_TRUE(ids[one.standard].insert(one.id).second) << one.standard << ": " << one.id;
  }
  for (const auto& [standard, count] : statements) EXPECT_EQ(ids[standard].size(), count);
}

TEST(Conformance, WhatShowsAStatementExists) {
  for (const Statement& one : all_statements()) {
    const std::vector<Named> named = tests_named(one.shown_by);
    const bool is_explained =
        one.shown_by.starts_with("does not apply: ") || one.shown_by.starts_with("deviation: ");
    EXPECT_TRUE(is_explained || !named.empty()) << one.standard << ": " << one.id;
    for (const Named& test : named) {
      EXPECT_TRUE(test.exists) << one.standard << ": " << one.id << ": " << test.what;
    }
  }
}

TEST(Conformance, DeviationsHaveTheirSource) {
  for (const Statement& one : all_statements()) {
    const auto at = one.shown_by.find("deviation: ");
    if (at == std::string::npos) continue;
    EXPECT_NE(one.shown_by.find("reference device-mqtt.md, section ", at), std::string::npos)
        << one.standard << ": " << one.id;
  }
}

}  // namespace
