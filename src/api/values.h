#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/context.h"
#include "api/params.h"

// What the parameters of operations can be. A declaration names one of these types; reading,
// checking and describing it follow from the type.
namespace herald::api {

struct Bounds {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

// A parameter as everybody sees it who does not know its C++ type.
struct ParamInfo {
  std::string_view name;
  std::string_view type;
  std::string_view doc;
  std::string_view example;
  Bounds bounds;
  std::vector<std::string_view> allowed;
  std::string otherwise;  // The text of its default.
  bool required = true;
  bool distinct = false;                  // A list without repetitions.
  bool in_form = false;                   // Where the original has it; it is accepted anywhere.
  bool own = false;                       // Herald's addition to the original.
  bool chinese_counts_twice = false;      // In the bounds of a text.
  std::vector<std::string_view> members;  // Of each element of a list of pairs.
  bool names = false;                     // Says what the call is about: for the audit log.
};

// A parameter as its operation declares it. It is required unless it is optional by its type, has a
// value otherwise, or is a list that may be empty.
template <class T>
struct Param {
  std::string_view name;
  std::string_view doc;
  std::string_view example;
  // Of a number; of a text's characters; of a payload's bytes; of a list's items.
  Bounds bounds{};
  std::vector<std::string_view> allowed{};
  std::optional<T> otherwise{};
  bool distinct = false;
  bool in_form = false;
  bool own = false;
  bool chinese_counts_twice = false;
  std::vector<std::string_view> members{};
  bool names = false;  // Never of a secret, a payload or a document. True of some types: is_name.
};

// The Base64 text of a message, decoded.
struct Payload {
  std::string bytes;
};

// A text of which the handler says what is wrong, also when it is empty; a view into the request.
struct WholeText {
  std::string_view text;
};

// Printable ASCII; a view into the request.
struct AsciiText {
  std::string_view text;
};

struct DeviceNames {
  std::vector<std::string_view> names;  // Each fits DeviceName::fits.
};
using Texts = std::vector<std::string_view>;
// Each element of a list of objects: its members in the declared order, empty where absent.
using Objects = std::vector<std::vector<std::string_view>>;
using TextPairs = std::vector<std::pair<std::string, std::string>>;

// One device, by ProductKey and DeviceName or by IotId, which wins: operations.md, DEV. Stands for
// all three parameters.
struct SelectedDevice {
  DeviceView view;
  SharedProduct product;
};

// A documented parameter of a feature that Herald lacks. To name it (other than `false`) is an
// error: ignoring it would do something else than was asked for.
template <class T>
struct Unsupported {};
// A documented parameter without meaning here.
template <class T>
struct Ignored {};

// Every type T of a parameter has a Value<T>:
//   type            the word of the reference
//   required        whether it has to be there, unless the declaration has a value otherwise
//   Raw             what is found in a request, views only
//   read            finds it and checks what the gateway checks: presence, type, bounds.
//                   Errors: missing_parameter, invalid_parameter
//   convert         checks what only the platform can; its errors are those of operations
template <class T>
struct Value;

using Text = std::optional<std::string_view>;

// Most parameters are one text, and scalar<T> is all that tells such types apart.
template <class T>
struct Scalar {
  std::string_view type;
  Result<T> (*convert)(std::string_view text, const ParamInfo& info, const Context& context);
  // What the gateway checks; nothing by default.
  bool (*accepts)(std::string_view text, const ParamInfo& info) = nullptr;
  // An empty text is converted, and refused there; for all other types it means absent.
  bool own_code_when_empty = false;
};
template <class T>
constexpr std::nullptr_t scalar = nullptr;
template <class T>
concept is_scalar = !std::same_as<decltype(scalar<T>), const std::nullptr_t>;

Result<Text> read_text(const Params& params, const ParamInfo& info, bool own_code_when_empty,
                       bool (*accepts)(std::string_view, const ParamInfo&));

template <is_scalar T>
struct Value<T> {
  static constexpr std::string_view type = scalar<T>.type;
  static constexpr bool required = true;
  using Raw = Text;
  static Result<Raw> read(const Params& params, const ParamInfo& info) {
    return read_text(params, info, scalar<T>.own_code_when_empty, scalar<T>.accepts);
  }
  static Result<T> convert(const Raw& raw, const ParamInfo& info, const Context& context) {
    return scalar<T>.convert(*raw, info, context);
  }
};

template <is_scalar T>
struct Value<std::optional<T>> : Value<T> {
  static constexpr bool required = false;
  static Result<std::optional<T>> convert(const Text& raw, const ParamInfo& info,
                                          const Context& context) {
    if (!raw) return std::optional<T>();
    return scalar<T>.convert(*raw, info, context).map([](T value) {
      return std::optional<T>(std::move(value));
    });
  }
};

// Errors of the gateway, from the type and the bounds of the declaration.
bool accepts_text(std::string_view text, const ParamInfo& info);
bool accepts_ascii(std::string_view text, const ParamInfo& info);
bool accepts_int(std::string_view text, const ParamInfo& info);
bool accepts_long(std::string_view text, const ParamInfo& info);
bool accepts_bool(std::string_view text, const ParamInfo& info);

Result<std::string_view> to_text(std::string_view, const ParamInfo&, const Context&);
Result<WholeText> to_whole_text(std::string_view, const ParamInfo&, const Context&);
Result<AsciiText> to_ascii(std::string_view, const ParamInfo&, const Context&);
Result<std::int32_t> to_int(std::string_view, const ParamInfo&, const Context&);
Result<std::int64_t> to_long(std::string_view, const ParamInfo&, const Context&);
Result<bool> to_bool(std::string_view, const ParamInfo&, const Context&);
Result<Qos> to_qos(std::string_view, const ParamInfo&, const Context&);
// Errors: topic_category_operation_invalid.
Result<Permission> to_permission(std::string_view, const ParamInfo&, const Context&);
// Errors: product_key_empty, product_key_malformed, product_not_found.
Result<SharedProduct> to_product(std::string_view, const ParamInfo&, const Context&);
// Errors: group_id_empty, group_not_found.
Result<SharedGroup> to_group(std::string_view, const ParamInfo&, const Context&);
// Errors: device_name_empty, device_name_malformed.
Result<DeviceName> to_device_name(std::string_view, const ParamInfo&, const Context&);
// Errors: message_empty, message_not_base64, message_too_large.
Result<Payload> to_payload(std::string_view, const ParamInfo&, const Context&);
// Errors: topic_category_id_malformed.
Result<TopicId> to_topic_id(std::string_view, const ParamInfo&, const Context&);
// Errors: message_not_found.
Result<MessageId> to_message_id(std::string_view, const ParamInfo&, const Context&);

// The text is a view into the request.
template <>
inline constexpr Scalar<std::string_view> scalar<std::string_view>{"String", to_text, accepts_text};
template <>
inline constexpr Scalar<WholeText> scalar<WholeText>{"String", to_whole_text, nullptr, true};
template <>
inline constexpr Scalar<AsciiText> scalar<AsciiText>{"String", to_ascii, accepts_ascii};
template <>
inline constexpr Scalar<std::int32_t> scalar<std::int32_t>{"Integer", to_int, accepts_int};
template <>
inline constexpr Scalar<std::int64_t> scalar<std::int64_t>{"Long", to_long, accepts_long};
template <>
inline constexpr Scalar<bool> scalar<bool>{"Boolean", to_bool, accepts_bool};
template <>
inline constexpr Scalar<Qos> scalar<Qos>{"Integer", to_qos, accepts_int};
template <>
inline constexpr Scalar<Permission> scalar<Permission>{"String", to_permission};
template <>
inline constexpr Scalar<SharedProduct> scalar<SharedProduct>{"String", to_product, nullptr, true};
template <>
inline constexpr Scalar<SharedGroup> scalar<SharedGroup>{"String", to_group, nullptr, true};
template <>
inline constexpr Scalar<DeviceName> scalar<DeviceName>{"String", to_device_name, nullptr, true};
template <>
inline constexpr Scalar<Payload> scalar<Payload>{"String", to_payload, nullptr, true};
template <>
inline constexpr Scalar<TopicId> scalar<TopicId>{"String", to_topic_id};
template <>
inline constexpr Scalar<MessageId> scalar<MessageId>{"String", to_message_id};

// Whether a parameter of this type names something, however it is declared.
template <class T>
constexpr bool is_name = false;
template <class T>
constexpr bool is_name<std::optional<T>> = is_name<T>;
template <>
inline constexpr bool is_name<SharedProduct> = true;
template <>
inline constexpr bool is_name<SharedGroup> = true;
template <>
inline constexpr bool is_name<DeviceName> = true;
template <>
inline constexpr bool is_name<DeviceNames> = true;
template <>
inline constexpr bool is_name<TopicId> = true;
template <>
inline constexpr bool is_name<MessageId> = true;

template <>
struct Value<DeviceNames> {
  static constexpr std::string_view type = "List of String";
  static constexpr bool required = false;
  using Raw = std::vector<ListItem>;
  static Result<Raw> read(const Params& params, const ParamInfo& info);
  static Result<DeviceNames> convert(const Raw& raw, const ParamInfo& info, const Context&);
};

template <>
struct Value<Texts> {
  static constexpr std::string_view type = "List of String";
  static constexpr bool required = false;
  using Raw = std::vector<ListItem>;
  static Result<Raw> read(const Params& params, const ParamInfo& info);
  static Result<Texts> convert(const Raw& raw, const ParamInfo& info, const Context&);
};

template <>
struct Value<TextPairs> {
  static constexpr std::string_view type = "List of Object";
  static constexpr bool required = false;
  using Raw = std::vector<ListItem>;
  static Result<Raw> read(const Params& params, const ParamInfo& info);
  static Result<TextPairs> convert(const Raw& raw, const ParamInfo& info, const Context&);
};

template <>
struct Value<Objects> {
  static constexpr std::string_view type = "List of Object";
  static constexpr bool required = false;
  using Raw = std::vector<ListItem>;
  static Result<Raw> read(const Params& params, const ParamInfo& info);
  static Result<Objects> convert(const Raw& raw, const ParamInfo& info, const Context&);
};

template <>
struct Value<SelectedDevice> {
  static constexpr std::string_view type = "Device";
  static constexpr bool required = false;
  struct Raw {
    Text product_key;
    Text device_name;
    Text iot_id;
  };
  static Result<Raw> read(const Params& params, const ParamInfo& info);
  static Result<SelectedDevice> convert(const Raw& raw, const ParamInfo& info,
                                        const Context& context);
  // The three parameters that it stands for.
  static std::vector<ParamInfo> parts();
};

// Errors: invalid_parameter for anything but one `false`.
Result<void> refuse(const Params& params, const ParamInfo& info);

template <is_scalar T>
struct Value<Unsupported<T>> {
  static constexpr std::string_view type = scalar<T>.type;
  static constexpr bool required = false;
  using Raw = Unsupported<T>;
  static Result<Raw> read(const Params& params, const ParamInfo& info) {
    return refuse(params, info).map([] { return Raw(); });
  }
};

template <is_scalar T>
struct Value<Ignored<T>> {
  static constexpr std::string_view type = scalar<T>.type;
  static constexpr bool required = false;
  using Raw = Ignored<T>;
  static Result<Raw> read(const Params& params, const ParamInfo& info) {
    return params.one(info.name).map([](const auto&) { return Raw(); });
  }
};

}  // namespace herald::api
