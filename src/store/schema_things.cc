#include "store/schema_things.h"

#include <utility>

#include "store/record_lists.h"

namespace herald::schema {
namespace {

void put_text(Writer& writer, const std::string& text) { writer.text(text); }
std::string text_from(Reader& reader) { return reader.string(); }

void put_version(Writer& writer, const ThingVersion& version) {
  writer.text(version.version);
  writer.text(version.description);
  writer.time(version.created);
  put_list(writer, version.blocks, put_text);
}
ThingVersion version_from(Reader& reader) {
  ThingVersion version;
  version.version = reader.text();
  version.description = reader.text();
  version.created = reader.time();
  version.blocks = list_from<std::string>(reader, text_from);
  return version;
}

}  // namespace

std::string value_of(const ThingDraft& draft) {
  Writer writer;
  writer.varint(draft.account.value);
  writer.text(draft.product.view());
  put_list(writer, draft.blocks, put_text);
  return writer.take();
}

std::string value_of(const ThingVersions& published) {
  Writer writer;
  writer.varint(published.account.value);
  writer.text(published.product.view());
  put_list(writer, published.versions, put_version);
  return writer.take();
}

Result<Record> thing_draft_from(Reader& reader) {
  const AccountId account{reader.varint()};
  auto product = ProductKey::parse(reader.text());
  if (!product) return fail(Code::malformed, "thing model");
  return ThingDraft{.account = account,
                    .product = std::move(*product),
                    .blocks = list_from<std::string>(reader, text_from)};
}

Result<Record> thing_versions_from(Reader& reader) {
  const AccountId account{reader.varint()};
  auto product = ProductKey::parse(reader.text());
  if (!product) return fail(Code::malformed, "thing model");
  return ThingVersions{.account = account,
                       .product = std::move(*product),
                       .versions = list_from<ThingVersion>(reader, version_from)};
}

}  // namespace herald::schema
