#pragma once

#include "api/operations.h"
#include "api/page.h"

// What the operations of products and devices declare and answer alike.
namespace herald::api {

// ONLINE, OFFLINE, UNACTIVE (never connected) or DISABLE.
std::string_view status_of(const DeviceView& view);
Field status_field();

// Adds when the device was made, first came and last came or went, and from where, to what is
// answered about it; and the fields of that to those that are declared.
void add_history(const Device& device, boost::json::object& data);
Fields with_history(Fields fields);

Param<SharedProduct> product_parameter();
Param<SelectedDevice> device_parameter();
std::vector<Code> product_errors();
std::vector<Code> device_errors();

// Pages of lists: operations.md, conventions. Errors: page_invalid.
struct Paging {
  std::int32_t page = 1;
  std::int32_t size = 10;
};
Result<void> check_page(std::int32_t page, std::int32_t size, std::int32_t size_max);
Param<std::int32_t> page_parameter();
Param<std::int32_t> page_size_parameter(std::string_view doc);
// Page, PageSize, PageCount and Total.
Fields page_fields();
Reply page_reply(const Page& page);

// A reply to a write that answers nothing of its own.
Done<void> nothing_but(Done<Reply> done);

// Puts its DeviceSecret into each entry of a list, in the order of `devices`.
void add_secrets(const Registry& registry, std::vector<DeviceId> devices, boost::json::array list,
                 Done<boost::json::array> done);
// The same for the one object that is the reply's Data.
void reply_with_secret(const Registry& registry, DeviceId device, boost::json::object data,
                       Done<Reply> done);

// Tags as lists of texts: TagKey, TagValue.
Fields tag_fields();
// Errors: tags_malformed.
Result<void> set_tags(Tags& tags, const TextPairs& wanted);

}  // namespace herald::api
