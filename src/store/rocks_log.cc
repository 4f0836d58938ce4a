#include "store/rocks_log.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/crc32c.h"

namespace herald::rocks {
namespace {

constexpr std::size_t header_bytes = 7;

enum Type : std::uint8_t { zero, full, first, middle, last };

std::uint32_t masked(std::uint32_t crc) { return ((crc >> 15U) | (crc << 17U)) + 0xa282ead8U; }

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) {
    value = value << 8U | static_cast<std::uint8_t>(bytes[i]);
  }
  return value;
}

struct Fragment {
  bool sound = false;
  std::uint8_t type = zero;
  std::string_view payload;
  std::size_t size = 0;  // As its header says, which may be damaged.
};

// That which begins where the bytes do; they end where the block does.
Fragment fragment_in(std::string_view block) {
  if (block.size() < header_bytes) return {};
  Fragment found;
  found.size = header_bytes + little_endian(block.substr(4, 2));
  if (found.size > block.size()) return {};
  found.type = static_cast<std::uint8_t>(block[6]);
  found.payload = block.substr(header_bytes, found.size - header_bytes);
  const bool known = found.type >= full && found.type <= last;
  found.sound =
      known && little_endian(block.substr(0, 4)) == masked(crc32c(block.substr(6, found.size - 6)));
  return found;
}

bool is_trailer(std::string_view rest) {
  return rest.size() < header_bytes && std::ranges::all_of(rest, [](char c) { return c == 0; });
}

}  // namespace

LogReader::LogReader(std::string_view bytes)
    : LogReader([rest = bytes](std::size_t size) mutable {
        const std::string_view next = rest.substr(0, size);
        rest.remove_prefix(next.size());
        return std::string(next);
      }) {}

bool LogReader::load_block() {
  if (last_block_) return false;
  block_ = source_(log_block);
  at_ = 0;
  last_block_ = block_.size() < log_block;
  return !block_.empty();
}

// The next sound one; what is not is passed over.
bool LogReader::next_fragment(std::uint8_t& type, std::string_view& payload) {
  for (;;) {
    const std::string_view rest = std::string_view(block_).substr(at_);
    if (is_trailer(rest)) {
      if (!load_block()) return false;
      continue;
    }
    const Fragment found = fragment_in(rest);
    at_ += found.size > 0 ? found.size : rest.size();
    if (found.sound) {
      type = found.type;
      payload = found.payload;
      return true;
    }
    skipped_ = true;
    record_.clear();
  }
}

std::optional<std::string_view> LogReader::next() {
  skipped_ = false;
  record_.clear();
  bool begun = false;
  std::uint8_t type = zero;
  std::string_view payload;
  for (;;) {
    const bool skipped_before = std::exchange(skipped_, false);
    const bool found = next_fragment(type, payload);
    if (skipped_) begun = false;  // Its middle may be missing.
    skipped_ = skipped_ || skipped_before;
    if (!found) {
      skipped_ = skipped_ || begun;
      return std::nullopt;
    }
    const bool begins = type == full || type == first;
    // A record without its end, or without its beginning.
    if (begun == begins) skipped_ = true;
    if (begins) record_.clear();
    if (!begins && !begun) continue;
    begun = true;
    record_.append(payload);
    if (type == full || type == last) return record_;
  }
}

void LogWriter::add(std::string_view record) {
  bool begins = true;
  do {
    std::size_t left = log_block - in_block_;
    if (left < header_bytes) {
      sink_(std::string(left, '\0'));
      in_block_ = 0;
      left = log_block;
    }
    const std::string_view payload = record.substr(0, left - header_bytes);
    record.remove_prefix(payload.size());
    const bool ends = record.empty();
    const std::uint8_t type = begins ? (ends ? full : first) : (ends ? last : middle);
    begins = false;

    std::string fragment(header_bytes, '\0');
    fragment[4] = static_cast<char>(payload.size() & 0xffU);
    fragment[5] = static_cast<char>(payload.size() >> 8U);
    fragment[6] = static_cast<char>(type);
    fragment += payload;
    const std::uint32_t crc = masked(crc32c(std::string_view(fragment).substr(6)));
    for (unsigned i = 0; i < 4; ++i) fragment[i] = static_cast<char>(crc >> (8U * i) & 0xffU);
    sink_(fragment);
    in_block_ += fragment.size();
  } while (!record.empty());
}

std::string mend_log(std::string_view one, std::string_view other) {
  std::string mended;
  std::size_t whole = 0;  // So much of it ends with the end of a record.
  for (;;) {
    const std::size_t block_end = (mended.size() / log_block + 1) * log_block;
    const auto rest_of = [&](std::string_view bytes) {
      return bytes.substr(0, block_end).substr(std::min(mended.size(), bytes.size()));
    };
    if (block_end - mended.size() < header_bytes) {
      mended.resize(block_end);
      continue;
    }
    Fragment found = fragment_in(rest_of(one));
    std::string_view from = rest_of(one);
    if (!found.sound) {
      from = rest_of(other);
      found = fragment_in(from);
    }
    if (!found.sound) break;
    mended.append(from.substr(0, found.size));
    if (found.type == full || found.type == last) whole = mended.size();
  }
  mended.resize(whole);
  return mended;
}

}  // namespace herald::rocks
