#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "thing/thing_model.h"

// What a thing model must be like: alink.md, section 5.
namespace herald::thing {

namespace limits {
constexpr std::size_t tsl_bytes = 256 * herald::limits::KiB;  // Of one text that is imported.
constexpr std::size_t identifier_characters = 50;
constexpr std::size_t name_characters = 30;
constexpr std::size_t block_id_characters = 30;
constexpr std::size_t block_name_characters_min = 4, block_name_characters = 30;
constexpr std::size_t blocks = 200;
constexpr std::size_t features = 300;            // Of a model, in all of its blocks.
constexpr std::size_t features_of_a_kind = 256;  // Of a model: properties, events, services.
constexpr std::size_t service_inputs = 100, service_outputs = 100;
constexpr std::size_t event_outputs = 50;
constexpr std::size_t text_length = 10'240;
constexpr std::size_t enum_items = 100;
constexpr std::size_t struct_members = 50;
constexpr std::size_t array_size = 512;
constexpr std::size_t versions = 10;  // Of one product.
}  // namespace limits

// 1 to 50 letters, digits and underscores, and none of the reserved words.
bool is_identifier(std::string_view text);
// 1 to 30 letters, digits and underscores.
bool is_block_id(std::string_view text);
// 4 to 30 characters.
bool is_block_name(std::string_view text);
// 1 to 16 letters, digits and dots.
bool is_version(std::string_view text);
// Whether it is the event of all properties, or one of the services that every device has.
bool is_generated_event(std::string_view identifier);
bool is_generated_service(std::string_view identifier);

// Of the blocks of one model, each with its id. Errors: tsl_malformed, with the identifier and what
// is wrong with it.
Result<void> check_rules(std::span<const FunctionBlock> blocks);

}  // namespace herald::thing
