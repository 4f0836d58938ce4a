#include "model/message.h"

namespace herald {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::queued:
      return "queued";
    case Outcome::inflight:
      return "inflight";
    case Outcome::sent:
      return "sent";
    case Outcome::acked:
      return "acked";
    case Outcome::expired:
      return "expired";
    case Outcome::cancelled:
      return "cancelled";
    case Outcome::dropped:
      return "dropped";
  }
  return "unknown";
}

std::string_view name_of(DropReason reason) {
  switch (reason) {
    case DropReason::none:
      return "";
    case DropReason::not_subscribed:
      return "not_subscribed";
    case DropReason::offline:
      return "offline";
    case DropReason::slow:
      return "slow";
    case DropReason::queue_full:
      return "queue_full";
    case DropReason::session_ended:
      return "session_ended";
    case DropReason::device_deleted:
      return "device_deleted";
    case DropReason::unreadable:
      return "unreadable";
    case DropReason::too_large:
      return "too_large";
    case DropReason::rate:
      return "rate";
  }
  return "unknown";
}

}  // namespace herald
