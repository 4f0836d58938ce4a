#include "app/backup.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <system_error>

#include "api/times.h"
#include "app/private_file.h"
#include "base/clock.h"

namespace herald::app {
namespace {

namespace fs = std::filesystem;

constexpr const char* marker = "backup.json";
// What a data directory has beside its store, as far as it is there.
constexpr std::array beside{"master.key", "nonce.key", "tls"};

Result<void> sync(const fs::path& path) {
  const int flags = fs::is_directory(path) ? O_RDONLY | O_DIRECTORY : O_RDONLY;
  const net::Descriptor file(::open(path.c_str(), flags | O_CLOEXEC));
  if (!file || ::fsync(file.get()) != 0) return file_failure(path);
  return {};
}

// Files, or folders with all that is in them, on the disk when this returns.
Result<void> copy_synced(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy(from, to, fs::copy_options::recursive, error);
  if (error) return fail(Code::failed, to.string() + ": " + error.message());
  if (fs::is_directory(to)) {
    for (fs::recursive_directory_iterator entry(to, error), end; entry != end && !error;
         entry.increment(error)) {
      if (auto synced = sync(entry->path()); !synced) return synced;
    }
    if (error) return fail(Code::failed, to.string() + ": " + error.message());
  }
  return sync(to);
}

Result<void> copy_beside(const fs::path& from, const fs::path& to) {
  for (const char* name : beside) {
    if (!fs::exists(from / name)) continue;
    if (auto copied = copy_synced(from / name, to / name); !copied) return copied;
  }
  return {};
}

}  // namespace

Result<void> back_up(Store& store, const fs::path& data, const fs::path& folder) {
  std::error_code error;
  if (fs::exists(folder, error)) return fail(Code::failed, folder.string() + " is there already");
  const boost::json::object about{{"made", api::utc_text(SystemClock().now())},
                                  {"version", HERALD_VERSION}};
  if (auto made = make_directory(folder, Readers::owner); !made) return made;
  auto done = store.copy_to(folder / "store")
                  .and_then([&] { return copy_beside(data, folder); })
                  .and_then([&] {
                    return write_file(folder / marker, boost::json::serialize(about) + "\n",
                                      Readers::owner);
                  });
  if (!done) fs::remove_all(folder, error);  // So that the same command may be given again.
  return done;
}

Result<void> restore(const fs::path& folder, const fs::path& data) {
  std::error_code error;
  if (!fs::exists(folder / marker, error)) {
    return fail(Code::malformed, folder.string() + " is no backup, or was not finished");
  }
  if (fs::exists(data, error) && !fs::is_empty(data, error)) {
    return fail(Code::failed, data.string() + " is not empty");
  }
  // The store comes last: without it this is no data directory.
  return make_directory(data, Readers::owner)
      .and_then([&] { return copy_beside(folder, data); })
      .and_then([&] { return make_directory(data / "store", Readers::owner); })
      .and_then([&] { return copy_synced(folder / "store", data / "store"); })
      .and_then([&] { return sync(data); });
}

}  // namespace herald::app
