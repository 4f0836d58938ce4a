#include "store/rocks_edits.h"

#include <algorithm>
#include <map>
#include <optional>

#include "store/codec.h"
#include "store/rocks_log.h"

namespace herald::rocks {
namespace {

enum Tag : std::uint64_t {
  comparator = 1,
  log_number = 2,
  next_file_number = 3,
  last_sequence = 4,
  compact_cursor = 5,
  deleted_file = 6,
  prev_log_number = 9,
  min_log_number_to_keep = 10,
  new_file = 103,
  column_family = 200,
  column_family_add = 201,
  column_family_drop = 202,
  max_column_family = 203,
  in_atomic_group = 300,
  blob_file_addition = 400,
  blob_file_garbage = 401,
  db_id = 8193,
  // Those that follow have their length before them, so that they can be passed over.
  full_history = 8198,
};

struct Edit {
  std::uint64_t family = 0;
  bool drops_family = false;
  std::optional<std::uint64_t> log;        // Those before it are in tables of this family.
  std::optional<std::uint64_t> keeps_log;  // Those before it are in tables of all.
};

void skip_numbers(Reader& reader, int count) {
  for (; count > 0; --count) reader.varint();
}

// Fields with tags of their own, up to the one that ends them.
void skip_fields(Reader& reader, std::uint64_t end) {
  while (reader.left() > 0 && reader.varint() != end) reader.text();
}

// None: of a kind that is not known.
std::optional<Edit> read_edit(std::string_view bytes) {
  Edit edit;
  Reader reader(bytes);
  while (reader.left() > 0) {
    switch (const std::uint64_t tag = reader.varint()) {
      case log_number:
        edit.log = reader.varint();
        break;
      case min_log_number_to_keep:
        edit.keeps_log = reader.varint();
        break;
      case column_family:
        edit.family = reader.varint();
        break;
      case column_family_drop:
        edit.drops_family = true;
        break;
      case next_file_number:
      case last_sequence:
      case prev_log_number:
      case max_column_family:
      case in_atomic_group:
        skip_numbers(reader, 1);
        break;
      case deleted_file:
        skip_numbers(reader, 2);
        break;
      case comparator:
      case column_family_add:
      case db_id:
        reader.text();
        break;
      case compact_cursor:
        skip_numbers(reader, 1);
        reader.text();
        break;
      case new_file:
        skip_numbers(reader, 3);
        reader.text();
        reader.text();
        skip_numbers(reader, 2);
        skip_fields(reader, /*end=*/1);
        break;
      case blob_file_addition:
        skip_numbers(reader, 3);
        reader.text();
        reader.text();
        skip_fields(reader, /*end=*/0);
        break;
      case blob_file_garbage:
        skip_numbers(reader, 3);
        skip_fields(reader, /*end=*/0);
        break;
      default:
        if (tag < full_history) return std::nullopt;
        reader.text();
    }
  }
  return reader.sound() ? std::optional(edit) : std::nullopt;
}

}  // namespace

std::string forget(const Table& table) {
  Writer edit;
  edit.varint(deleted_file);
  edit.varint(static_cast<std::uint64_t>(table.level));
  edit.varint(table.number);
  edit.varint(column_family);
  edit.varint(table.family);
  return edit.take();
}

std::uint64_t first_needed_log(std::string_view manifest) {
  std::map<std::uint64_t, std::uint64_t> logs;  // Of each family.
  std::uint64_t kept = 0;
  LogReader reader(manifest);
  while (const auto record = reader.next()) {
    const auto edit = read_edit(*record);
    if (!edit) return 0;
    kept = std::max(kept, edit->keeps_log.value_or(0));
    std::uint64_t& log = logs[edit->family];
    log = std::max(log, edit->log.value_or(0));
    if (edit->drops_family) logs.erase(edit->family);
  }
  const auto first = std::ranges::min_element(logs, {}, [](const auto& of) { return of.second; });
  return std::max(kept, first == logs.end() ? 0 : first->second);
}

}  // namespace herald::rocks
