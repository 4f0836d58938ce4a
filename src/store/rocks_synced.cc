#include "store/rocks_synced.h"

#include <string>
#include <utility>

#include "base/crc32c.h"
#include "base/log.h"
#include "store/codec.h"
#include "store/rocks_files.h"

namespace herald::rocks {
namespace {

constexpr const char* file_name = "synced";
constexpr std::size_t file_bytes = 20;

std::string bytes_of(const Synced& synced) {
  Writer writer;
  writer.fixed64(synced.opened);
  writer.fixed64(synced.synced);
  writer.fixed32(crc32c(writer.view()));
  return writer.take();
}

}  // namespace

Result<std::optional<Synced>> read_synced(rocksdb::Env& env, const std::filesystem::path& folder) {
  if (env.FileExists((folder / file_name).string()).IsNotFound()) return std::nullopt;
  const auto bytes = read_file(env, folder / file_name);
  if (!bytes || bytes->size() != file_bytes) return fail(Code::malformed);
  Reader reader(*bytes);
  Synced read{.opened = reader.fixed64()};
  read.synced = reader.fixed64();
  if (bytes_of(read) != *bytes) return fail(Code::malformed);
  return read;
}

Result<SyncedFile> SyncedFile::make(rocksdb::Env& env, const std::filesystem::path& folder,
                                    std::uint64_t number) {
  SyncedFile made;
  made.is_ = {.opened = number, .synced = number};
  if (auto put = replace_file(env, folder / file_name, bytes_of(made.is_)); !put) {
    return tl::unexpected(put.error());
  }
  const rocksdb::Status status =
      env.NewRandomRWFile((folder / file_name).string(), &made.file_, rocksdb::EnvOptions());
  if (!status.ok()) {
    made.file_.reset();
    log::warning("the end of the store's log is not marked: {}", status.ToString());
  }
  return made;
}

void SyncedFile::set(std::uint64_t number) {
  is_.synced = number;
  if (file_ && !file_->Write(0, bytes_of(is_)).ok()) file_.reset();
}

}  // namespace herald::rocks
