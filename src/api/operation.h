#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

#include "api/answer.h"
#include "api/fields.h"
#include "api/values.h"

namespace herald::api {

enum class Family : std::uint8_t {
  messaging,
  topics,
  products,
  devices,
  groups,
  things,
  access,
  identity
};
std::string_view name_of(Family family);

// What a family belongs to for the SDKs: each has a version and a prefix of RAM actions.
struct Service {
  std::string_view name;  // Of the product.
  std::string_view version;
  std::string_view prefix;
  bool tells_success = true;  // Answers have `Success`.
};
const Service& service_of(Family family);
bool is_version_of_a_service(std::string_view version);

// What an operation is, beside its parameters and its handler.
struct About {
  std::string_view name;
  Family family;
  std::string_view summary;
  std::uint32_t calls_per_second;  // Of one account.
  bool writes = false;
  bool gives_secrets = false;  // Answers secrets of devices, products or sessions.
  bool own = false;            // Herald's addition to the original.
  bool takes_instance = true;  // operations.md, INST.
  bool for_all = false;        // Whatever policies say.
  bool open = false;           // Nobody signs it: its parameters prove who calls.
  Fields answer{};             // Beside RequestId and Success.
  std::vector<Code> errors{};  // Of the operation, beside those of the gateway.
};

// One action of the API. Made by operation() below.
struct Operation : About {
  // What a policy calls it.
  std::string action() const {
    return std::string(service_of(family).prefix) + ":" + std::string(name);
  }
  // Whether its calls are in the audit log.
  bool is_audited() const { return writes || gives_secrets; }
  std::vector<ParamInfo> params;
  // Checks the parameters and calls the handler: first what the gateway checks, for all of them;
  // then the instance; then one after the other what only the platform can check.
  std::function<void(const Params& params, Context& context, Done<Reply> done)> run;
};

// Sets the instance that the call names. Errors: invalid_parameter, instance_not_found.
Result<void> choose_instance(const Params& params, Context& context);
ParamInfo instance_parameter();

namespace detail {

// A declared parameter, ready to be read.
template <class T>
struct Slot {
  ParamInfo info;
  std::optional<T> otherwise;
};

template <class T>
Slot<T> slot(Param<T> param) {
  ParamInfo info{.name = param.name,
                 .type = Value<T>::type,
                 .doc = param.doc,
                 .example = param.example,
                 .bounds = param.bounds,
                 .allowed = std::move(param.allowed),
                 .required = Value<T>::required && !param.otherwise,
                 .distinct = param.distinct,
                 .in_form = param.in_form,
                 .own = param.own,
                 .chinese_counts_twice = param.chinese_counts_twice,
                 .members = std::move(param.members),
                 .names = param.names || is_name<T>};
  if constexpr (requires {
                  info.bounds.min > 0 && std::declval<typename Value<T>::Raw>().empty();
                }) {
    info.required = info.bounds.min > 0;  // A list is required when it may not be empty.
  }
  if constexpr (std::integral<T> || std::is_enum_v<T>) {
    if (param.otherwise)
      info.otherwise = std::to_string(static_cast<std::int64_t>(*param.otherwise));
  }
  return {std::move(info), std::move(param.otherwise)};
}

// Whether the request struct has a member for a parameter of this type.
template <class T>
constexpr bool has_member = true;
template <class T>
constexpr bool has_member<Unsupported<T>> = false;
template <class T>
constexpr bool has_member<Ignored<T>> = false;

template <class T>
Result<T> convert(const Slot<T>& slot, const typename Value<T>::Raw& raw, const Context& context) {
  if constexpr (requires { raw.has_value(); }) {
    if (!raw && slot.otherwise) return *slot.otherwise;
  }
  return Value<T>::convert(raw, slot.info, context);
}

// Runs `step` for each and ends at the first that fails.
template <class Step, std::size_t... I>
Result<void> until_failure([[maybe_unused]] Step step, std::index_sequence<I...>) {
  Result<void> result;
  (void)((result = step(std::integral_constant<std::size_t, I>()), result.has_value()) && ...);
  return result;
}

template <class Call, class... T>
Result<Call> bind(const std::tuple<Slot<T>...>& slots, const Params& params, bool takes_instance,
                  Context& context) {
  constexpr auto each = std::index_sequence_for<T...>();
  std::tuple<typename Value<T>::Raw...> raws;
  auto done = until_failure(
      [&](auto i) -> Result<void> {
        using Type = std::tuple_element_t<i, std::tuple<T...>>;
        auto raw = Value<Type>::read(params, std::get<i>(slots).info);
        if (!raw) return tl::unexpected(std::move(raw.error()));
        std::get<i>(raws) = std::move(*raw);
        return {};
      },
      each);
  if (done && takes_instance) done = choose_instance(params, context);
  if (!done) return tl::unexpected(std::move(done.error()));

  std::tuple<std::optional<T>...> values;
  done = until_failure(
      [&](auto i) -> Result<void> {
        using Type = std::tuple_element_t<i, std::tuple<T...>>;
        if constexpr (has_member<Type>) {
          auto value = convert(std::get<i>(slots), std::get<i>(raws), context);
          if (!value) return tl::unexpected(std::move(value.error()));
          std::get<i>(values) = std::move(*value);
        }
        return {};
      },
      each);
  if (!done) return tl::unexpected(std::move(done.error()));

  const auto member = []<class Type>(std::optional<Type>& value) {
    if constexpr (has_member<Type>) {
      return std::tuple<Type>(std::move(*value));
    } else {
      return std::tuple<>();
    }
  };
  return std::apply(
      [&](auto&... value) {
        return std::apply([](auto&&... checked) { return Call{std::move(checked)...}; },
                          std::tuple_cat(member(value)...));
      },
      values);
}

template <class T>
void add_info(std::vector<ParamInfo>& infos, const Slot<T>& slot) {
  if constexpr (std::same_as<T, SelectedDevice>) {
    for (ParamInfo& part : Value<SelectedDevice>::parts()) infos.push_back(std::move(part));
  } else {
    infos.push_back(slot.info);
  }
}

}  // namespace detail

// Declares an operation. `Call` is an aggregate with one member for each parameter, in the declared
// order (none for Unsupported and Ignored ones). The handler is either
//   Result<Reply> handler(Call call, Context& context)
// or, when it answers later, from any thread,
//   void handler(Call call, Context& context, Done<Reply> done)
template <class Call, class Handler, class... T>
Operation operation(About about, Handler handler, Param<T>... params) {
  Operation made{std::move(about)};
  std::tuple<detail::Slot<T>...> slots{detail::slot(std::move(params))...};
  if (made.takes_instance) made.params.push_back(instance_parameter());
  std::apply([&](const auto&... slot) { (detail::add_info(made.params, slot), ...); }, slots);
  made.run = [slots = std::move(slots), handler, takes_instance = made.takes_instance](
                 const Params& given, Context& context, Done<Reply> done) {
    auto call = detail::bind<Call>(slots, given, takes_instance, context);
    if (!call) return done(tl::unexpected(std::move(call.error())));
    if constexpr (std::invocable<Handler, Call, Context&>) {
      done(handler(std::move(*call), context));
    } else {
      handler(std::move(*call), context, std::move(done));
    }
  };
  return made;
}

}  // namespace herald::api
