#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>

#include "api/audit.h"
#include "app/log_file.h"
#include "base/clock.h"
#include "base/log.h"

namespace herald::app {

// A record as it stands in the file: one JSON object and the end of its line.
std::string audit_line(const api::AuditRecord& record);
// What stands there instead of records that were lost.
std::string lost_line(Time time, std::uint64_t count);

// The audit log: a bounded queue before a file, which a thread of its own writes. Neither a full
// queue nor a disk that fails holds anybody up: what is lost is counted, logged and noted in the
// file as soon as there is room again.
class AuditLog final : public api::Audit {
 public:
  static constexpr std::size_t waiting_max = 10'000;

  // `clock` outlives it.
  AuditLog(LogFile file, const Clock& clock) : file_(std::move(file)), clock_(clock) {}
  ~AuditLog() override { stop(); }

  // Begins to write. Without it stop() writes all: enough for a command that makes few records.
  // Errors: failed (the file cannot be opened).
  Result<void> start();
  // Any thread.
  void write(api::AuditRecord record) override;
  // Writes what waits, syncs the file and ends the thread.
  void stop();

 private:
  void run();
  void write_batch(const std::deque<api::AuditRecord>& batch, std::uint64_t lost);
  // Into the file; what cannot be written is lost.
  bool put(std::string_view lines);

  LogFile file_;  // Of the thread, and of start() and stop() without it.
  const Clock& clock_;
  std::uint64_t unwritten_ = 0;  // Lost and not noted yet. Of the same.
  log::Limited failed_;

  std::mutex mutex_;  // Guards what follows; held for one record, or one exchange of the queue.
  std::condition_variable changed_;
  std::deque<api::AuditRecord> waiting_;
  std::uint64_t refused_ = 0;  // Because the queue was full.
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace herald::app
