#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "thing/data_type.h"

namespace herald::thing {

// Reads a document member by member and remembers the first thing that is wrong with it, and where.
// What cannot be read reads as empty, so that those who read need to look for faults only once.
class JsonReader {
 public:
  using Object = boost::json::object;
  using Array = boost::json::array;

  // While it lives, faults are found in `place`.
  class Within {
   public:
    Within(JsonReader& reader, std::string_view place)
        : reader_(reader), size_before_(reader.place_.size()) {
      if (size_before_ > 0) reader_.place_ += ' ';
      reader_.place_ += place;
    }
    ~Within() { reader_.place_.resize(size_before_); }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

   private:
    JsonReader& reader_;
    std::size_t size_before_;
  };

  // Errors: tsl_unreadable (longer than what may be imported, no JSON, no object).
  Result<Object> parse(std::string_view document);

  // A member that has to be there.
  std::string text(const Object& object, std::string_view name);
  // Absent or null: `otherwise`.
  std::string text(const Object& object, std::string_view name, std::string_view otherwise);
  bool flag(const Object& object, std::string_view name);  // Absent: false.
  std::size_t size(const Object& object, std::string_view name, std::size_t otherwise);
  std::optional<Decimal> decimal(const Object& object, std::string_view name);
  std::int32_t int32(std::string_view text);
  // Absent: empty.
  const Array& list(const Object& object, std::string_view name);
  const Object& object(const Object& object, std::string_view name);
  // An element of a list, or a member's value.
  const Object& object(const boost::json::value& value, std::string_view what);

  void refuse(std::string what);
  bool sound() const { return !error_; }
  // Of a reader that is not sound: tsl_malformed.
  tl::unexpected<Error> error() const { return tl::unexpected(*error_); }

 private:
  const boost::json::value* member(const Object& object, std::string_view name) const;
  // Models write numbers as texts; JSON numbers are taken, too. None: it is neither.
  static std::optional<std::string> scalar(const boost::json::value& value);

  std::string place_;
  std::optional<Error> error_;
};

}  // namespace herald::thing
