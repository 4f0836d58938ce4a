#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace {

namespace fs = std::filesystem;

using Names = std::set<std::string>;

// The layers: what each directory of src/ may include besides itself. docs/architecture.md shows
// the same table with the reasons.
const std::map<std::string, Names> may_include = {
    {"base", {}},
    {"model", {"base"}},
    {"mqtt", {"base"}},
    {"store", {"base", "model"}},
    {"thing", {"base"}},
    {"core", {"base", "model", "store", "thing"}},
    {"api", {"base", "model", "thing", "core"}},
    {"net", {"base", "model", "mqtt", "core", "api"}},
    {"client", {"base", "model", "mqtt", "api", "net"}},
    {"app", {"base", "model", "mqtt", "store", "thing", "core", "api", "net", "client"}},
};

// The one directory in which each library may be seen.
const std::map<std::string, Names> seen_in = {
    {"boost/asio", {"net"}},
    {"boost/beast", {"net"}},
    {"boost/json", {"thing", "core", "api", "client", "app"}},
    {"openssl/ssl", {"net", "client"}},
    {"openssl", {"base", "net", "client", "app"}},
    {"rocksdb", {"store"}},
    {"liburing", {"net"}},
    {"spdlog", {"base"}},
    {"pugixml", {"api"}},
    {"toml++", {"app"}},
    {"CLI", {"app"}},
    {"tl/expected", {"base"}},
};

template <class Visit>
void each_include(Visit visit) {
  const std::regex include(R"re(^\s*#include\s+["<]([^">]+)[">])re");
  for (const auto& [directory, unused] : may_include) {
    for (const auto& entry :
         fs::recursive_directory_iterator(fs::path(HERALD_SOURCE_DIR) / "src" / directory)) {
      const auto extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      std::ifstream file(entry.path());
      std::smatch match;
      for (std::string line; std::getline(file, line);) {
        if (std::regex_search(line, match, include)) visit(directory, entry.path(), match[1].str());
      }
    }
  }
}

TEST(Architecture, EveryDirectoryIsInTheTable) {
  for (const auto& entry : fs::directory_iterator(fs::path(HERALD_SOURCE_DIR) / "src")) {
    if (entry.is_directory()) {
      EXPECT_TRUE(may_include.contains(entry.path().filename())) << entry.path();
    }
  }
}

TEST(Architecture, DirectoriesIncludeOnlyTheLayersBelow) {
  int seen = 0;
  each_include([&](const std::string& directory, const fs::path& file, const std::string& header) {
    const auto slash = header.find('/');
    const std::string other = header.substr(0, slash);
    if (slash == std::string::npos || !may_include.contains(other)) return;
    ++seen;
    EXPECT_TRUE(other == directory || may_include.at(directory).contains(other))
        << file << " includes " << header;
  });
  EXPECT_GT(seen, 0);
}

TEST(Architecture, LibrariesAreHiddenInTheirDirectories) {
  each_include([&](const std::string& directory, const fs::path& file, const std::string& header) {
    for (const auto& [library, directories] : seen_in) {
      if (header.starts_with(library)) {
        const bool more_exact = library == "openssl" && header.starts_with("openssl/ssl");
        // Tests write and read messages wherever they stand.
        const bool in_test = library == "boost/json" && file.string().ends_with("_test.cc");
        EXPECT_TRUE(more_exact || in_test || directories.contains(directory))
            << file << " includes " << header;
      }
    }
  });
}

}  // namespace
