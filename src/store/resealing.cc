#include "store/resealing.h"

#include <fmt/format.h>

#include <memory>
#include <string_view>
#include <utility>

#include "base/log.h"

namespace herald {
namespace {

using schema::Keyring;

constexpr std::size_t slice_records = 1000;
constexpr std::size_t key_bytes = 32;
constexpr std::string_view plain = "plain";

std::string entry_key(std::string_view key) { return "key" + schema::key_id(key); }

void put_key(Disk::Batch& batch, const std::string& key, std::string_view other) {
  const std::string place = entry_key(key);
  batch.put(Family::meta, place, Keyring(key).seal(other, place));
}

// Errors: absent.
Result<std::uint64_t> format_of(const Disk& disk) {
  return disk.get(Family::meta, schema::format_key).and_then([](std::string_view stored) {
    return schema::read_number(stored);
  });
}

// That this version reads it. Errors: malformed.
Result<void> check_format(std::uint64_t format) {
  if (format <= schema::format_version) return {};
  return fail(Code::malformed,
              fmt::format("a newer version wrote this store: its format is {}, this one reads {}",
                          format, schema::format_version));
}

// What else opens a store of format 2 besides this key: the other key, `plain`, or nothing.
Result<std::string> other_of(const Disk& disk, const std::string& key) {
  const std::string place = entry_key(key);
  const auto stored = disk.get(Family::meta, place);
  if (!stored && stored.error().code != Code::absent) return tl::unexpected(stored.error());
  auto opened = stored ? Keyring(key).unseal(*stored, place) : std::nullopt;
  if (opened) return *std::move(opened);
  return fail(Code::malformed, "the store is sealed with another master key; nothing was changed");
}

Keyring with_other(const std::string& key, const std::string& other) {
  if (other.empty()) return Keyring(key);
  return other == plain ? Keyring(key).with_plain() : Keyring(key).with_older(other);
}

// Counted as those of the committer are.
Result<void> write(Disk& disk, Disk::Batch& batch, bool sync) {
  const auto stored = disk.get(Family::meta, schema::batch_key);
  if (!stored && stored.error().code != Code::absent) return tl::unexpected(stored.error());
  const auto batches = stored ? schema::read_number(*stored) : Result<std::uint64_t>(0);
  if (!batches) return tl::unexpected(batches.error());
  batch.put(Family::meta, schema::batch_key, schema::number(*batches + 1));
  return disk.write(batch, sync);
}

void put(Disk::Batch& batch, const Record& record, const Keyring& keys) {
  const schema::Entry entry = schema::sealed_entry_of(record, keys);
  batch.put(entry.family, entry.key, entry.value.value_or(""));
}

// From `first` on, at most a slice; `first` becomes where the next one begins, empty: nowhere.
Result<std::size_t> reseal_slice(Disk& disk, Family family, const Keyring& keys,
                                 std::string& first) {
  const auto batch = disk.new_batch();
  Result<void> outcome;
  std::size_t records = 0;
  std::string next;
  const auto scanned = disk.scan(family, first, [&](std::string_view key, std::string_view value) {
    if (records == slice_records) {
      next = key;
      return false;
    }
    auto record = schema::read_sealed_record(family, key, value, keys);
    if (!record) {
      outcome = tl::unexpected(std::move(record.error()));
      return false;
    }
    put(*batch, *record, keys);
    // In format 1 devices had their secret with them.
    if (const auto* device = std::get_if<Device>(&*record)) {
      std::string secret = schema::secret_of_format_1(value);
      if (!secret.empty()) put(*batch, DeviceSecret{device->id, std::move(secret)}, keys);
    }
    ++records;
    return true;
  });
  if (!scanned) return tl::unexpected(scanned.error());
  if (!outcome) return tl::unexpected(std::move(outcome.error()));
  for (;;) {
    const auto written = write(disk, *batch, /*sync=*/false);
    if (written) break;
    if (written.error().code != Code::refused) return tl::unexpected(written.error());
    if (auto room = disk.rewrite(family); !room) return tl::unexpected(room.error());
  }
  first = std::move(next);
  return records;
}

// Seals everything with `key` and leaves nothing that only `other` opens, in old files neither.
Result<void> finish(Disk& disk, const std::string& key, const std::string& other,
                    const ResealProgress& progress) {
  const Keyring keys = with_other(key, other);
  std::size_t records = 0;
  for (const Family family : {Family::registry, Family::secrets}) {
    std::string first;
    do {
      const auto slice = reseal_slice(disk, family, keys, first);
      if (!slice) return tl::unexpected(slice.error());
      records += *slice;
      if (progress) progress(records);
    } while (!first.empty());
  }
  // The other key's entry has this key in it: it goes, with the files in which it was, before the
  // store counts as finished.
  const auto batch = disk.new_batch();
  if (other != plain) batch->erase(Family::meta, entry_key(other));
  if (auto written = write(disk, *batch, /*sync=*/true); !written) return written;
  for (const Family family : {Family::registry, Family::secrets, Family::meta}) {
    if (auto rewritten = disk.rewrite(family); !rewritten) return rewritten;
  }
  batch->clear();
  put_key(*batch, key, {});
  return write(disk, *batch, /*sync=*/true);
}

}  // namespace

Result<bool> has_key(const Disk& disk) {
  const auto format = format_of(disk);
  if (format) return *format >= 2;
  if (format.error().code == Code::absent) return false;
  return tl::unexpected(format.error());
}

Result<Keyring> open_sealed(Disk& disk, const std::string& key) {
  if (key.size() != key_bytes) return fail(Code::malformed, "a sealing key has 32 bytes");
  const auto format = format_of(disk);
  if (!format && format.error().code != Code::absent) return tl::unexpected(format.error());
  if (auto readable = check_format(format.value_or(0)); !readable) {
    return tl::unexpected(std::move(readable.error()));
  }

  std::string other;
  if (!format || *format < 2) {
    // A store of format 1 is refused by older versions from here on.
    if (format) other = plain;
    const auto batch = disk.new_batch();
    batch->put(Family::meta, schema::format_key, schema::number(schema::format_version));
    put_key(*batch, key, other);
    if (auto written = write(disk, *batch, /*sync=*/true); !written) {
      return tl::unexpected(written.error());
    }
  } else {
    auto known = other_of(disk, key);
    if (!known) return tl::unexpected(std::move(known.error()));
    other = *std::move(known);
  }
  if (!other.empty()) {
    log::info("sealing the secrets of the store with its key");
    if (auto finished = finish(disk, key, other, {}); !finished) {
      return tl::unexpected(finished.error());
    }
  }
  return Keyring(key);
}

Result<Keyring> keys_of(const Disk& disk, const std::string& key) {
  const auto format = format_of(disk);
  if (!format && format.error().code == Code::absent)
    return fail(Code::malformed, "there is no store");
  if (!format) return tl::unexpected(format.error());
  if (auto readable = check_format(*format); !readable) {
    return tl::unexpected(std::move(readable.error()));
  }
  if (*format < 2) return Keyring(key).with_plain();
  return other_of(disk, key).map([&](const std::string& other) { return with_other(key, other); });
}

Result<void> reseal(Disk& disk, const std::string& key, const std::string& next,
                    const std::function<Result<void>()>& adopt, const ResealProgress& progress) {
  if (next.size() != key_bytes) return fail(Code::malformed, "a sealing key has 32 bytes");
  if (auto opened = open_sealed(disk, key); !opened) return tl::unexpected(opened.error());
  if (schema::key_id(next) == schema::key_id(key)) {
    return fail(Code::malformed, "the store is sealed with this key already");
  }
  const auto batch = disk.new_batch();
  put_key(*batch, key, next);
  put_key(*batch, next, key);
  if (auto written = write(disk, *batch, /*sync=*/true); !written) return written;
  if (auto adopted = adopt(); !adopted) return adopted;
  return finish(disk, next, key, progress);
}

}  // namespace herald
