#pragma once

#include <cstddef>
#include <vector>

#include "store/codec.h"

namespace herald::schema {

// Elements of lists are records of their own inside the record, so that they can grow as well.
template <class T, class Put>
void put_list(Writer& writer, const std::vector<T>& list, Put put) {
  writer.varint(list.size());
  for (const T& element : list) {
    Writer inner;
    put(inner, element);
    writer.text(inner.take());
  }
}
template <class T, class From>
std::vector<T> list_from(Reader& reader, From from) {
  std::vector<T> list;
  for (std::size_t left = reader.count(); left > 0 && reader.sound(); --left) {
    Reader inner(reader.text());
    list.push_back(from(inner));
    if (!inner.sound()) reader.refuse();
  }
  return list;
}

}  // namespace herald::schema
