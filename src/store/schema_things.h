#pragma once

#include <string>

#include "base/result.h"
#include "model/records.h"
#include "store/codec.h"

// The part of the schema that keeps thing models.
namespace herald::schema {

std::string value_of(const ThingDraft& draft);
std::string value_of(const ThingVersions& published);
// Errors: malformed. Whether what was read is sound is up to the caller.
Result<Record> thing_draft_from(Reader& reader);
Result<Record> thing_versions_from(Reader& reader);

}  // namespace herald::schema
