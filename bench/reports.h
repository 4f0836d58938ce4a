#pragma once

#include <chrono>
#include <cstddef>
#include <string>

#include "base/result.h"
#include "measure.h"
#include "net/sockets.h"

namespace herald::bench {

struct ReportWork {
  std::size_t devices = 1000;
  std::size_t properties = 5;  // Of a report.
  std::size_t window = 1;      // Reports of a device that wait for their replies.
  std::uint8_t qos = 1;
};

// Devices that report properties in Alink, each the next one when a reply comes. `access`: the file
// that set_up_herald wrote, with things. Errors: failed, also when a report is not taken.
Result<Figures> measure_reports(const net::Address& mqtt, const std::string& access,
                                const ReportWork& work, std::chrono::seconds duration,
                                pid_t server);

}  // namespace herald::bench
