#include "store/rocks_logs.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "base/log.h"
#include "store/rocks_batch.h"
#include "store/rocks_files.h"
#include "store/rocks_log.h"

namespace herald::rocks {
namespace {

namespace fs = std::filesystem;

// Error: failed.
Result<LogReader::Source> source_of(rocksdb::Env& env, const fs::path& file) {
  std::unique_ptr<rocksdb::SequentialFile> opened;
  const rocksdb::Status status =
      env.NewSequentialFile(file.string(), &opened, rocksdb::EnvOptions());
  if (!status.ok()) return failed(status);
  // A source can be copied, a file cannot.
  return LogReader::Source(
      [in = std::shared_ptr<rocksdb::SequentialFile>(std::move(opened))](std::size_t bytes) {
        std::string block(bytes, '\0');
        rocksdb::Slice read;
        // What cannot be read is as good as damaged.
        if (!in->Read(bytes, &read, block.data()).ok()) return std::string();
        return read.ToString();
      });
}

// In the order in which they were written. Error: failed.
Result<std::vector<fs::path>> logs_in(rocksdb::Env& env, const fs::path& folder,
                                      std::uint64_t first) {
  const auto names = names_in(env, folder);
  if (!names) return tl::unexpected(names.error());
  std::vector<std::pair<std::uint64_t, fs::path>> logs;
  for (const std::string& name : *names) {
    const auto number = number_in(name, ".log");
    if (number && *number >= first) logs.emplace_back(*number, folder / name);
  }
  std::ranges::sort(logs);
  std::vector<fs::path> files;
  for (auto& [number, file] : logs) files.push_back(std::move(file));
  return files;
}

// Goes through the records of all logs in order.
class Inspection {
 public:
  explicit Inspection(const std::optional<Synced>& synced)
      : opened_(synced ? synced->opened : 0), synced_(synced ? synced->synced : 0) {}

  void begin(const fs::path& file) {
    // RocksDB begins another log when there is something in the last.
    if (!found_.logs.empty() && log().records == 0) unreadable_ = true;
    found_.logs.push_back({.file = file});
    unreadable_here_ = false;
  }

  void record(std::string_view bytes, bool skipped) {
    const auto batch = read_batch(bytes);
    if (skipped || !batch) note_unreadable();
    if (!batch) return;
    synced_ = std::max(synced_, batch->synced);
    const std::uint64_t expected = last_.value_or(opened_) + 1;
    if (batch->number && *batch->number > expected && (last_ || unreadable_)) {
      gaps_.push_back({{expected, *batch->number - 1}, found_.logs.size() - 1, log().records});
    } else if (unreadable_here_) {
      found_.descriptions.push_back(
          fmt::format("bytes of {} before batch {} are damaged; no batch is missing there",
                      log().file.filename().string(), batch->number.value_or(expected)));
    }
    unreadable_ = unreadable_here_ = false;
    if (batch->number) last_ = std::max(last_.value_or(0), *batch->number);
    ++log().records;
  }

  void end(bool skipped) {
    if (skipped) note_unreadable();
  }

  FoundLogs finish() {
    bool is_cut = false;
    for (const Gap& gap : gaps_) {
      if (gap.missing.first <= synced_) {
        add(gap.missing, "of the log are damaged");
        continue;
      }
      log::warning(
          "the store: batches {} to {} were never synced, and not all is there of them: "
          "they are left out",
          gap.missing.first, *last_);
      cut(gap);
      is_cut = true;
      last_ = gap.missing.first - 1;
      break;
    }
    if (last_ && *last_ < synced_) add({*last_ + 1, synced_}, "at the end of the log are missing");
    // RocksDB reads no log that follows on one whose end is torn, and not from the next batch on.
    if (!found_.is_damaged() && !is_cut) {
      for (FoundLogs::Log& each : found_.logs) each.is_sound = true;
    }
    return std::move(found_);
  }

 private:
  struct Gap {
    Damage::Batches missing;
    std::size_t log = 0;      // Where what follows is,
    std::size_t records = 0;  // behind so many records.
  };

  FoundLogs::Log& log() { return found_.logs.back(); }

  void note_unreadable() {
    log().is_sound = false;
    unreadable_ = unreadable_here_ = true;
  }

  void add(Damage::Batches missing, std::string_view what) {
    found_.missing.push_back(missing);
    found_.descriptions.push_back(
        fmt::format("batches {} to {} {}", missing.first, missing.last, what));
  }

  void cut(const Gap& gap) {
    for (std::size_t i = gap.log; i < found_.logs.size(); ++i) {
      found_.logs[i].records = i == gap.log ? gap.records : 0;
      found_.logs[i].is_sound = false;
    }
  }

  const std::uint64_t opened_;
  std::uint64_t synced_;
  FoundLogs found_;
  std::vector<Gap> gaps_;
  std::optional<std::uint64_t> last_;
  // Whether something since the last sound batch is, and whether in this log.
  bool unreadable_ = false;
  bool unreadable_here_ = false;
};

// Error: failed.
Result<void> mend_log(rocksdb::Env& env, const FoundLogs::Log& log) {
  auto source = source_of(env, log.file);
  if (!source) return tl::unexpected(source.error());
  LogReader reader(std::move(*source));
  std::string mended;
  LogWriter writer([&](std::string_view bytes) { mended += bytes; });
  for (std::size_t records = 0; records < log.records;) {
    const auto record = reader.next();
    if (!record) break;
    if (!read_batch(*record)) continue;
    writer.add(*record);
    ++records;
  }
  return replace_file(env, log.file, mended);
}

}  // namespace

Result<FoundLogs> read_logs(rocksdb::Env& env, const fs::path& folder, std::uint64_t first_needed,
                            const std::optional<Synced>& synced) {
  const auto files = logs_in(env, folder, first_needed);
  if (!files) return tl::unexpected(files.error());
  Inspection inspection(synced);
  for (const fs::path& file : *files) {
    auto source = source_of(env, file);
    if (!source) return tl::unexpected(source.error());
    LogReader reader(std::move(*source));
    inspection.begin(file);
    while (const auto record = reader.next()) inspection.record(*record, reader.skipped());
    inspection.end(reader.skipped());
  }
  return inspection.finish();
}

Result<void> mend_logs(rocksdb::Env& env, const FoundLogs& found) {
  for (const FoundLogs::Log& log : found.logs) {
    if (log.is_sound) continue;
    if (auto mended = mend_log(env, log); !mended) return mended;
  }
  return {};
}

}  // namespace herald::rocks
