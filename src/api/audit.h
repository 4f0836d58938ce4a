#pragma once

#include <boost/json/object.hpp>
#include <string>

#include "api/operation.h"
#include "core/ram.h"

// Who did what, for those who have to find out later: docs/audit.md shows the log.
namespace herald::api {

// Of a call that was authenticated, whether it was allowed or not. Texts are UTF-8; none is a
// secret, a payload or a policy document.
struct AuditRecord {
  Time time;
  AccountId account;
  std::string identity;    // The caller's name in RAM: `acs:ram::<account>:user/<name>`.
  std::string access_key;  // Its id.
  std::string peer;
  std::string_view operation;  // Of an operation's declaration, or a literal.
  // What the call names, by parameter: a text, or of a list `count` and `first`, a few of its
  // values.
  boost::json::object resources;
  std::string code;  // As answered, or OK.
  std::string request_id;
  std::string message_id;  // Empty: none was made.
};

// Where records go.
class Audit {
 public:
  virtual ~Audit() = default;
  // Any thread; never waits.
  virtual void write(AuditRecord record) = 0;
};

// The caller's name in RAM: the account's root, a user, or a role with its session.
std::string identity_of(const Principal& caller);

// The parameters that name something. What the caller sent is cut and made text: nothing of it has
// been checked yet.
boost::json::object resources_of(const Operation& operation, const Params& params);

}  // namespace herald::api
