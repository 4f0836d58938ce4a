#include "store/rocks_files.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "store/rocks_database.h"

namespace herald::rocks {
namespace {

namespace fs = std::filesystem;

// Nobody writes into these once they are complete; a link is as good as a copy.
bool is_written_once(std::string_view name) {
  return name.ends_with(".sst") || name.ends_with(".blob") || name.ends_with(".log");
}

}  // namespace

Result<std::vector<std::string>> names_in(rocksdb::Env& env, const fs::path& folder) {
  std::vector<std::string> names;
  const rocksdb::Status status = env.GetChildren(folder.string(), &names);
  if (!status.ok()) return failed(status);
  std::ranges::sort(names);
  return names;
}

std::optional<std::uint64_t> number_in(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  name.remove_suffix(suffix.size());
  std::uint64_t number = 0;
  const char* const end = name.data() + name.size();
  const auto [rest, error] = std::from_chars(name.data(), end, number);
  if (error != std::errc() || rest != end) return std::nullopt;
  return number;
}

std::optional<std::string> read_file(rocksdb::Env& env, const fs::path& file) {
  std::string bytes;
  if (!rocksdb::ReadFileToString(&env, file.string(), &bytes).ok()) return std::nullopt;
  return bytes;
}

Result<void> replace_file(rocksdb::Env& env, const fs::path& file, std::string_view bytes) {
  const std::string made = file.string() + ".made";
  rocksdb::Status status = rocksdb::WriteStringToFile(&env, bytes, made, /*should_sync=*/true);
  if (status.ok()) status = env.RenameFile(made, file.string());
  if (!status.ok()) return failed(status);
  return sync_folder(env, file.parent_path());
}

Result<void> sync_folder(rocksdb::Env& env, const fs::path& folder) {
  std::unique_ptr<rocksdb::Directory> opened;
  rocksdb::Status status = env.NewDirectory(folder.string(), &opened);
  if (status.ok()) status = opened->Fsync();
  if (!status.ok()) return failed(status);
  return {};
}

Result<void> copy_files(rocksdb::Env& env, const fs::path& from, const fs::path& to) {
  const auto names = names_in(env, from);
  if (!names) return tl::unexpected(names.error());
  rocksdb::Status status = env.CreateDirIfMissing(to.string());
  if (!status.ok()) return failed(status);
  for (const std::string& name : *names) {
    const std::string file = (from / name).string();
    const std::string copy = (to / name).string();
    if (name == "LOCK" || name == "." || name == "..") continue;
    if (is_written_once(name) && env.LinkFile(file, copy).ok()) continue;
    const auto bytes = read_file(env, from / name);
    if (!bytes) continue;  // What cannot be read cannot be copied.
    status = rocksdb::WriteStringToFile(&env, *bytes, copy, /*should_sync=*/true);
    if (!status.ok()) return failed(status);
  }
  return sync_folder(env, to);
}

}  // namespace herald::rocks
