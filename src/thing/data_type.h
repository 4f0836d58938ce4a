#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

// What values of things can be: alink.md, section 5. These are descriptions; check.h compares
// values with them.
namespace herald::thing {

// A number as a model writes it, which keeps its digits, and what it is worth.
struct Decimal {
  std::string text;
  double value = 0;
  friend bool operator==(const Decimal&, const Decimal&) = default;
};

// `float` and `double` are told apart by name and by how large their bounds may be.
enum class NumberKind : std::uint8_t { int32, float32, float64 };
struct NumberType {
  NumberKind kind = NumberKind::int32;
  // Both ends belong to the range. A missing one is no bound.
  std::optional<Decimal> min;
  std::optional<Decimal> max;
  std::optional<Decimal> step;  // For people who set the value; values are not held to it.
  std::string unit;             // As `°C`, and what it is called.
  std::string unit_name;
  friend bool operator==(const NumberType&, const NumberType&) = default;
};

struct TextType {
  std::size_t length = 0;  // At most, in bytes of UTF-8.
  friend bool operator==(const TextType&, const TextType&) = default;
};

// Milliseconds since 1970 in UTC, as a text of digits.
struct DateType {
  friend bool operator==(const DateType&, const DateType&) = default;
};

// 0 or 1, and what each is called.
struct BoolType {
  std::string off;
  std::string on;
  friend bool operator==(const BoolType&, const BoolType&) = default;
};

// One of some numbers, each with its name.
struct EnumType {
  std::vector<std::pair<std::int32_t, std::string>> items;
  friend bool operator==(const EnumType&, const EnumType&) = default;
};

struct Parameter;

// Members are neither structs nor arrays.
struct StructType {
  std::vector<Parameter> members;
  friend bool operator==(const StructType& one, const StructType& other);
};

struct ArrayType {
  std::size_t size = 0;  // Elements at most.
  std::variant<NumberType, TextType, StructType> item;
  friend bool operator==(const ArrayType& one, const ArrayType& other);
};

using DataType =
    std::variant<NumberType, TextType, DateType, BoolType, EnumType, StructType, ArrayType>;

// A value with a name: a member of a struct, what a service takes and gives, what an event tells.
struct Parameter {
  std::string identifier;
  std::string name;
  DataType type;
  friend bool operator==(const Parameter&, const Parameter&) = default;
};

inline bool operator==(const StructType& one, const StructType& other) {
  return one.members == other.members;
}
inline bool operator==(const ArrayType& one, const ArrayType& other) {
  return one.size == other.size && one.item == other.item;
}

}  // namespace herald::thing
