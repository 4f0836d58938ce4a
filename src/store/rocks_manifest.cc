#include "store/rocks_manifest.h"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "store/rocks_files.h"
#include "store/rocks_log.h"
#include "store/rocks_twins.h"

namespace herald::rocks {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view prefix = "MANIFEST-";

bool exists(rocksdb::Env& env, const fs::path& file) { return env.FileExists(file.string()).ok(); }

bool has_manifest(rocksdb::Env& env, const fs::path& file) {
  return exists(env, file) || exists(env, twin_of(file.string()));
}

// The manifest that a CURRENT names, if it is there.
std::optional<std::string> named_by(rocksdb::Env& env, const fs::path& current) {
  auto name = read_file(env, current);
  if (!name || !name->ends_with('\n')) return std::nullopt;
  name->pop_back();
  if (*name == "CURRENT" || !has_twin(*name)) return std::nullopt;
  if (!has_manifest(env, current.parent_path() / *name)) return std::nullopt;
  return name;
}

bool is_of_tables(std::string_view name) { return number_in(name, ".sst").has_value(); }

// The newest that is there; none: there is no store yet. A manifest alone is left by a kill while
// the first was being made.
std::optional<std::string> newest(const std::vector<std::string>& names, bool is_store) {
  std::optional<std::string> found;
  for (std::string_view name : names) {
    if (name.ends_with(".twin")) name.remove_suffix(5);
    if (!name.starts_with(prefix) || !has_twin(name)) continue;
    if (!found || number_in(name.substr(prefix.size()), "") >
                      number_in(std::string_view(*found).substr(prefix.size()), "")) {
      found = name;
    }
  }
  return is_store ? found : std::nullopt;
}

// Whether what is behind the sound part may be what a power cut left of an edit that was never
// synced: then the twin, which has only what was, ends before it, and with a whole edit.
bool may_be_unsynced(std::string_view sound, const std::optional<std::string>& twin) {
  return twin && !twin->empty() && sound.starts_with(*twin) && mend_log(*twin, "") == *twin;
}

}  // namespace

Result<FoundManifest> read_manifest(rocksdb::Env& env, const fs::path& folder) {
  const auto names = names_in(env, folder);
  if (!names) return tl::unexpected(names.error());
  const fs::path current = folder / "CURRENT";
  const fs::path twin = twin_of(current.string());
  const bool is_store = exists(env, twin) || std::ranges::any_of(*names, is_of_tables);

  FoundManifest found;
  auto name = named_by(env, current);
  if (!name && !exists(env, current) && !is_store) return found;
  if (!name) {
    found.descriptions.emplace_back("CURRENT is damaged");
    name = named_by(env, twin);
    if (!name) name = newest(*names, /*is_store=*/true);
  }
  if (!name) return fail(Code::malformed, "neither CURRENT nor any manifest can be read");

  found.file = folder / *name;
  const auto bytes = read_file(env, found.file);
  const auto other = read_file(env, twin_of(found.file.string()));
  found.bytes = mend_log(bytes.value_or(""), other.value_or(""));
  if (found.bytes.empty()) {
    return fail(Code::malformed, "the manifest is damaged, and its twin as well");
  }
  if (!bytes || !std::string_view(*bytes).starts_with(found.bytes)) {
    found.descriptions.emplace_back("the manifest is damaged; its twin was used");
  }
  found.has_more = bytes && bytes->size() > found.bytes.size();
  const bool twin_has_more = other && other->size() > found.bytes.size();
  found.is_whole = !twin_has_more && (!found.has_more || may_be_unsynced(found.bytes, other));
  if (!found.is_whole) {
    found.descriptions.emplace_back(
        "the end of the manifest is damaged, and of its twin as well: anything may be missing");
  }
  return found;
}

Result<void> mend_manifest(rocksdb::Env& env, const FoundManifest& found) {
  const fs::path current = found.file.parent_path() / "CURRENT";
  const std::string name = found.file.filename().string() + '\n';
  for (const auto& [file, bytes] : {std::pair(found.file, found.bytes), std::pair(current, name)}) {
    if (auto put = replace_file(env, file, bytes); !put) return put;
    if (auto put = replace_file(env, twin_of(file.string()), bytes); !put) return put;
  }
  return {};
}

Result<void> strike(rocksdb::Env& env, const fs::path& folder, std::span<const Table> tables) {
  auto found = read_manifest(env, folder);
  if (!found) return tl::unexpected(found.error());
  LogWriter writer([&](std::string_view bytes) { found->bytes += bytes; }, found->bytes.size());
  for (const Table& table : tables) writer.add(forget(table));
  return mend_manifest(env, *found);
}

}  // namespace herald::rocks
