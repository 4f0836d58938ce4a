#pragma once

// clang wants these before the comparison of parameters, which stands above theirs in
// thing/data_type.h; GCC, which builds all else, finds them behind it.
namespace herald::thing {

struct StructType;
struct ArrayType;
inline bool operator==(const StructType& one, const StructType& other);
inline bool operator==(const ArrayType& one, const ArrayType& other);

}  // namespace herald::thing
