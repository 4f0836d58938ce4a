#pragma once

#include <cstdint>

// What this process has of its machine. Where the system does not tell, 0.
namespace herald::app::process {

std::int64_t resident_bytes();
std::int64_t open_files();
std::int64_t open_files_max();
double cpu_seconds();
double start_time();  // Seconds since 1970.

}  // namespace herald::app::process
