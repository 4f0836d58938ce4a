#include <algorithm>
#include <utility>

#include "core/device_session.h"
#include "core/home.h"

// The part of Home that goes on when a connection has ended: wills, and sessions that end in time.
namespace herald {
namespace {

constexpr Milliseconds between_looks{1000};

}  // namespace

bool Home::has_expired(const DeviceSession& session) const {
  return session.after && session.after->expires_at && clock_.now() >= *session.after->expires_at;
}

// The connection has ended. MQTT 5.0 section 3.1.2.5: the will is published after its delay, or
// when the session ends if that is sooner; with a DISCONNECT of the device's own it is forgotten.
void Home::outlive(DeviceSession& session, const ConnectionEnd& end, bool was_kept) {
  const Time now = clock_.now();
  if (session.after && !end.will) session.after->will.reset();
  if (session.expiry != 0 && session.expiry != never_expires) {
    if (!session.after) session.after = std::make_unique<Afterlife>();
    session.after->expires_at = now + std::chrono::seconds(session.expiry);
    storage_.write_soon({Record(record_of(session))});
  } else if (was_kept && !session.kept()) {  // DISCONNECT has said so.
    storage_.write_soon({ErasedSession{session.device}});
  }
  if (!session.after) return;
  Afterlife& after = *session.after;
  if (after.will) {
    after.will_at = now + after.will->delay;
    if (after.will->delay.count() == 0 || !session.kept()) return publish_will(session);
    afterlives_.emplace(*after.will_at, session.device);
  }
  if (after.expires_at) afterlives_.emplace(*after.expires_at, session.device);
  watch_afterlives();
}

// Somebody connects again. [MQTT-3.1.3-9]: a will that still waits is not published when the
// session goes on, and is when it ends now.
void Home::revive(DeviceSession& session, bool present) {
  if (!session.after) return;
  if (!present) publish_will(session);
  for (const auto& at : {session.after->will_at, session.after->expires_at}) {
    if (at) afterlives_.erase({*at, session.device});
  }
  session.after.reset();
}

void Home::publish_will(DeviceSession& session) {
  if (!session.after || !session.after->will) return;
  const auto view = registry_.device(session.device);
  UplinkMessage message = std::move(session.after->will->message);
  session.after->will.reset();
  if (view && needs_ != nullptr && needs_->publish_will) {
    needs_->publish_will(*view->device, std::move(message));
  }
}

void Home::watch_afterlives() {
  if (afterlives_.empty() || std::exchange(watching_, true)) return;
  shards_.post_after(self_, between_looks, [this] {
    watching_ = false;
    const Time now = clock_.now();
    while (!afterlives_.empty() && afterlives_.begin()->first <= now) {
      const DeviceId device = afterlives_.begin()->second;
      afterlives_.erase(afterlives_.begin());
      look_after(device);
    }
    hand_over_receipts();
    watch_afterlives();
  });
}

// One of the device's times has come, unless somebody is there again.
void Home::look_after(DeviceId device) {
  DeviceSession* session = session_of(device);
  if (session == nullptr) return;
  if (session->live || !session->after) return rest(device);
  const bool expired = has_expired(*session);
  if (expired || clock_.now() >= session->after->will_at.value_or(Time::max())) {
    publish_will(*session);
  }
  if (!expired) return rest(device);
  revive(*session, /*present=*/true);
  end_session(*session, Outcome::dropped, DropReason::session_ended);
  storage_.write_soon({ErasedSession{device}});
  awake_.erase(device);
}

}  // namespace herald
