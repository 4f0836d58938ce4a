#include "api/reference.h"

#include <fmt/format.h>

#include <array>
#include <iterator>

#include "api/errors.h"

namespace herald::api {
namespace {

// One document, written from top to bottom.
class Document {
 public:
  template <class... Args>
  void add(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(text_), format, std::forward<Args>(args)...);
  }
  std::string text() { return std::move(text_); }

 private:
  std::string text_;
};

std::string joined(std::span<const std::string_view> words) {
  return fmt::format("`{}`", fmt::join(words, "`, `"));
}

// What a value of the parameter has to be, beside its type.
std::string rules_of(const ParamInfo& info) {
  std::string rules = info.required ? "required" : "optional";
  const bool has_min = info.bounds.min != Bounds().min;
  const bool has_max = info.bounds.max != Bounds().max;
  if (has_min && has_max) {
    rules += fmt::format(", {} to {}", info.bounds.min, info.bounds.max);
  } else if (has_min) {
    rules += fmt::format(", at least {}", info.bounds.min);
  }
  if (!info.allowed.empty()) rules += ", one of " + joined(info.allowed);
  if (!info.otherwise.empty()) rules += fmt::format(", `{}` by default", info.otherwise);
  if (info.own) rules += ", Herald's own";
  return rules;
}

// `DeviceName.N`, or `UserProp.N.Key`, `UserProp.N.Value`.
std::string name_of(const ParamInfo& info) {
  if (!info.type.starts_with("List")) return fmt::format("`{}`", info.name);
  if (info.members.empty()) return fmt::format("`{}.N`", info.name);
  std::string names;
  for (const std::string_view member : info.members) {
    names += fmt::format("{}`{}.N.{}`", names.empty() ? "" : ", ", info.name, member);
  }
  return names;
}

void add_fields(Document& document, const Fields& fields, std::size_t depth) {
  for (const Field& field : fields) {
    document.add("{:{}}- `{}` {}{}{}{}\n", "", depth * 2, field.name, name_of(field.type),
                 field.own ? ", Herald's own" : "", field.doc.empty() ? "" : ": ", field.doc);
    add_fields(document, field.members, depth + 1);
  }
}

void add_operation(Document& document, const Operation& operation) {
  document.add("\n### {}{}\n\n{}\n\n", operation.name, operation.own ? " (Herald's own)" : "",
               operation.summary);
  if (operation.open) {
    document.add("Needs no signature and no permission.\n\n");
  } else {
    document.add("{} calls per second and account. RAM action `{}`.\n\n",
                 operation.calls_per_second, operation.action());
  }
  document.add("| Parameter | Type | | |\n| --- | --- | --- | --- |\n");
  for (const ParamInfo& info : operation.params) {
    document.add("| {} | {} | {} | {} |\n", name_of(info), info.type, rules_of(info), info.doc);
  }
  if (!operation.answer.empty()) {
    document.add("\nAnswer:\n\n");
    add_fields(document, operation.answer, 0);
  }
  if (operation.errors.empty()) return;
  document.add("\nErrors:");
  for (std::size_t i = 0; i < operation.errors.size(); ++i) {
    document.add("{} `{}`", i == 0 ? "" : ",", row_of(operation.errors[i]).name);
  }
  document.add(".\n");
}

void add_errors(Document& document) {
  document.add(
      "\n## Errors\n\n| Code | HTTP | Message | What to do |\n| --- | --- | --- | --- |\n");
  for (const ErrorRow& row : error_rows()) {
    // `{}` is the value that was wrong.
    document.add("| `{}` | {} | {} | {} |\n", row.name, row.status, row.message, row.advice);
  }
}

}  // namespace

std::string reference(std::span<const Operation> operations) {
  constexpr std::array families = {Family::messaging, Family::topics,  Family::products,
                                   Family::devices,   Family::groups,  Family::things,
                                   Family::access,    Family::identity};
  Document document;
  document.add(
      "# Operations\n\nGenerated from the declarations in `src/api`. Every answer also has "
      "`RequestId` and `Success`, and `Code` and `ErrorMessage` when it failed.\n");
  for (const Family family : families) {
    document.add("\n## {}\n", name_of(family));
    for (const Operation& operation : operations) {
      if (operation.family == family) add_operation(document, operation);
    }
  }
  add_errors(document);
  return document.text();
}

}  // namespace herald::api
