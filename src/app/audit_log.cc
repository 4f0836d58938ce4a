#include "app/audit_log.h"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "api/times.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace herald::app {
namespace {

// Records wait so long for others: callers wake the thread once for all of them.
constexpr auto gathering_time = std::chrono::milliseconds(50);
// Lines are written together up to so many bytes, all of them or none.
constexpr std::uint64_t block_bytes = 16 * limits::KiB;

// A line for each call: put together without a tree of its values, which would cost as much as the
// call's own checks.
class Line {
 public:
  void put(std::string_view name, std::string_view text) {
    begin(name);
    const bool plain = plain_size(text) == text.size() && text.find('"') == text.npos &&
                       text.find('\\') == text.npos;
    if (plain) {
      ((text_ += '"') += text) += '"';
    } else {
      text_ += boost::json::serialize(text);
    }
  }
  void put(std::string_view name, const boost::json::object& value) {
    begin(name);
    text_ += boost::json::serialize(value);
  }
  std::string take() { return std::move(text_ += "}\n"); }

 private:
  void begin(std::string_view name) { ((text_ += text_.empty() ? "{\"" : ",\"") += name) += "\":"; }

  std::string text_;
};

}  // namespace

std::string audit_line(const api::AuditRecord& record) {
  Line line;
  line.put("time", api::utc_text(record.time));
  line.put("account", record.account.value == 0 ? "" : std::to_string(record.account.value));
  line.put("identity", record.identity);
  line.put("AccessKeyId", made_text(record.access_key));
  line.put("peer", record.peer);
  line.put("operation", record.operation);
  line.put("resources", record.resources);
  line.put("code", record.code);
  line.put("RequestId", record.request_id);
  if (!record.message_id.empty()) line.put("MessageId", record.message_id);
  return line.take();
}

std::string lost_line(Time time, std::uint64_t count) {
  return boost::json::serialize(
             boost::json::object{{"time", api::utc_text(time)}, {"lost", count}}) +
         '\n';
}

Result<void> AuditLog::start() {
  if (auto opened = file_.open(); !opened) return opened;
  thread_ = std::thread([this] { run(); });
  return {};
}

void AuditLog::write(api::AuditRecord record) {
  std::size_t waiting = 0;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_.size() == waiting_max) {
      ++refused_;
      return;
    }
    waiting_.push_back(std::move(record));
    waiting = waiting_.size();
  }
  if (waiting == 1 || waiting == waiting_max / 2) changed_.notify_one();
}

void AuditLog::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) {
    thread_.join();
  } else {
    write_batch(std::exchange(waiting_, {}), std::exchange(refused_, 0));
  }
  if (auto synced = file_.sync(); !synced)
    failed_.error("the audit log: {}", synced.error().detail);
}

void AuditLog::run() {
  std::unique_lock lock(mutex_);
  while (!stopping_ || !waiting_.empty()) {
    changed_.wait(lock, [this] { return stopping_ || !waiting_.empty(); });
    changed_.wait_for(lock, gathering_time,
                      [this] { return stopping_ || waiting_.size() >= waiting_max / 2; });
    auto batch = std::exchange(waiting_, {});
    const auto lost = std::exchange(refused_, 0);
    lock.unlock();
    write_batch(batch, lost);
    lock.lock();
  }
}

void AuditLog::write_batch(const std::deque<api::AuditRecord>& batch, std::uint64_t lost) {
  std::string lines;
  std::uint64_t count = 0;
  const auto put_all = [&] {
    if (count != 0 && !put(lines)) unwritten_ += count;
    lines.clear();
    count = 0;
  };
  const std::uint64_t bytes_max = std::min(block_bytes, file_.bytes_max());
  for (const api::AuditRecord& record : batch) {
    const std::string line = audit_line(record);
    if (lines.size() + line.size() > bytes_max) put_all();
    lines += line;
    ++count;
  }
  put_all();
  if (lost != 0) log::error("the audit log lost {} records: they came too fast", lost);
  unwritten_ += lost;
  if (unwritten_ != 0 && put(lost_line(clock_.wall(), unwritten_))) unwritten_ = 0;
}

bool AuditLog::put(std::string_view lines) {
  const auto written = file_.write(lines);
  if (!written) failed_.error("the audit log is not written: {}", written.error().detail);
  return written.has_value();
}

}  // namespace herald::app
