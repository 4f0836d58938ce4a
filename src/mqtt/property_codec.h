#pragma once

#include "mqtt/properties.h"
#include "mqtt/wire.h"

// How properties lie in a packet, for the codec only: MQTT 5.0, section 2.2.2.
namespace herald::mqtt {

// Length and properties off the front of `reader`, which says what is wrong: a property that the
// packet cannot hold, one that stands there twice, a value out of range.
Properties read_properties(Reader& reader, PacketType holder);
Properties read_will_properties(Reader& reader);

// Of the properties alone.
std::size_t properties_size(const Properties& properties);
// Of the properties and their length.
inline std::size_t whole_size(const Properties& properties) {
  const std::size_t size = properties_size(properties);
  return varint_size(size) + size;
}
void put_properties(const Properties& properties, std::string& out);

}  // namespace herald::mqtt
