#pragma once

#include <vector>

#include "store/disk.h"
#include "store/thing_history.h"

namespace herald {

// What devices reported, as it lies on the disk. Any thread; blocks. Errors: failed, malformed,
// refused.
class ThingReader {
 public:
  explicit ThingReader(const Disk& disk) : disk_(disk) {}

  // As ThingHistory has them; `oldest` is the oldest that counts.
  Result<std::vector<ThingEntry>> read(ThingRange range, Time oldest) const;
  Result<std::vector<ThingEntry>> read_latest(DeviceId device,
                                              const std::vector<ThingStream>& streams,
                                              Time oldest) const;

 private:
  Result<std::vector<std::string>> identifiers(DeviceId device, ThingStream stream) const;
  Result<void> read_series(const ThingRange& range, ThingStream stream, std::string_view identifier,
                           std::vector<ThingEntry>& entries) const;
  // Takes what is newer out of the series, since what was reported late may be older than what is
  // there already.
  Result<void> bring_up_to_date(ThingEntry& latest) const;

  const Disk& disk_;
};

}  // namespace herald
