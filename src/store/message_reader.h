#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/disk.h"
#include "store/message_log.h"
#include "store/schema.h"

namespace herald {

// Messages as they lie on the disk. Any thread; blocks. Errors of all: failed, malformed.
class MessageReader {
 public:
  explicit MessageReader(const Disk& disk) : disk_(disk) {}

  // Whole messages, in order; without those that are finished, unknown or unreadable, the last
  // with a line in the log. Error: failed.
  Result<std::vector<SharedMessage>> fetch(std::span<const MessageId> ids) const;

  // `open` are the receipts of an open message, which the disk may not know yet. Error: absent.
  Result<KeptMessage> find(MessageId id, std::optional<std::vector<Receipt>> open) const;
  // Error: absent.
  Result<MessageId> find_request(std::string_view request_id) const;

  // The open messages, oldest first, without payloads. Those that cannot be read are left out.
  Result<void> each_open(const std::function<void(KeptMessage kept)>& visit,
                         const std::function<void(const Error& error)>& left_out) const;

  // Parts of one message. The payload of the message with this head. Errors: absent when it is
  // finished.
  Result<std::string> payload(const schema::Head& head) const;
  Result<std::vector<Receipt>> receipts(const Message& message) const;

 private:
  // Errors: absent.
  Result<SharedMessage> whole(MessageId id) const;
  Result<schema::Head> head(MessageId id) const;
  Result<KeptMessage> open_message(std::string_view key) const;

  const Disk& disk_;
};

}  // namespace herald
