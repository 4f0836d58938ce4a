#include "checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>

// Small histories, each sound or broken in one way: a checker that cannot fail shows nothing.
namespace herald::crash {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

using Rules = std::vector<std::string_view>;

// Two devices; times are in microseconds, a line has one when it begins with its name.
constexpr std::string_view devices = "device 0 /t/0\ndevice 1 /t/1\nstart 1\nready 2\n";
// Device 0 with a kept session that subscribes, on connection 0.
constexpr std::string_view kept = "connecting 10 0 0 0\nconnack 11 0 0 0\nsuback 12 0\n";
// The same with a clean session.
constexpr std::string_view clean = "connecting 10 0 0 1\nconnack 11 0 0 0\nsuback 12 0\n";
// Two calls one after the other, to device 0.
constexpr std::string_view call_a = "call 20 0 1 604800000 100 A 0\n";
constexpr std::string_view answer_a = "answer 21 0 success 5 -\n";
constexpr std::string_view call_b = "call 22 1 1 604800000 200 B 0\n";
constexpr std::string_view answer_b = "answer 23 1 success 6 -\n";
constexpr std::string_view packet_a = "packet 30 0 /t/0 100 1 0 1\n";
constexpr std::string_view packet_b = "packet 31 0 /t/0 200 1 0 2\n";
constexpr std::string_view puback_a = "puback 32 0 1\n";
// The server is killed and comes back; device 0 too, on connection 1.
constexpr std::string_view crash = "kill 50\ngone 51\nend 52 0 1\nstart 53\nready 54\n";
// The same without a device.
constexpr std::string_view crash_only = "kill 50\ngone 51\nstart 53\nready 54\n";
constexpr std::string_view return_kept = "connecting 60 1 0 0\nconnack 61 1 0 1\n";
constexpr std::string_view return_clean = "connecting 60 1 0 1\nconnack 61 1 0 0\n";
constexpr std::string_view packet_a_again = "packet 70 1 /t/0 100 1 1 1\n";
constexpr std::string_view settled = "settled 99\n";

template <class... Parts>
Checker checked(const Parts&... parts) {
  std::stringstream all((std::string(devices) + ... + std::string(parts)));
  Checker checker({.acknowledged_for = 1000, .noticed_within = 1000, .late_by = 1000});
  for (std::string line; std::getline(all, line);) {
    auto event = from_line(line);
    EXPECT_TRUE(event) << line;
    if (event) checker.take(*event);
  }
  checker.finish();
  return checker;
}

template <class... Parts>
Rules broken(const Parts&... parts) {
  Rules rules;
  const Checker checker = checked(parts...);
  for (const Violation& violation : checker.violations()) rules.push_back(violation.rule);
  return rules;
}

TEST(Checker, ASoundHistory) {
  const Checker checker = checked(kept, call_a, answer_a, call_b, answer_b, packet_a, packet_b,
                                  puback_a, crash, return_kept, packet_a_again, settled);
  EXPECT_THAT(checker.violations(), IsEmpty());
  EXPECT_EQ(checker.totals().kills, 1u);
  EXPECT_EQ(checker.totals().successes, 2u);
  EXPECT_EQ(checker.totals().owed, 2u);
  EXPECT_EQ(checker.totals().arrived, 2u);
  EXPECT_EQ(checker.totals().arrived_again, 1u);
  EXPECT_EQ(checker.totals().again_after_puback, 1u);
  EXPECT_EQ(checker.totals().sessions_resumed, 1u);
}

// lost

TEST(CheckerLost, AKeptSessionIsOwedAcrossCrashes) {
  EXPECT_THAT(broken(kept, call_a, answer_a, crash, return_kept, packet_a_again, settled),
              IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, settled), ElementsAre("lost"));
  EXPECT_THAT(broken(kept, call_a, answer_a, crash, return_kept, settled), ElementsAre("lost"));
}

TEST(CheckerLost, ACleanSessionIsOwedWhileItsConnectionLives) {
  EXPECT_THAT(broken(clean, call_a, answer_a, packet_a, settled), IsEmpty());
  EXPECT_THAT(broken(clean, call_a, answer_a, settled), ElementsAre("lost"));
  EXPECT_THAT(broken(clean, call_a, answer_a, "end 40 0 0\n", settled), IsEmpty());
  EXPECT_THAT(broken(clean, call_a, answer_a, crash, settled), IsEmpty());
}

TEST(CheckerLost, NothingIsOwedToASessionThatWasGivenUp) {
  EXPECT_THAT(broken(kept, call_a, answer_a, crash, return_clean, settled), IsEmpty());
}

TEST(CheckerLost, NothingIsOwedBeforeTheSubscriptionOrWithoutASuccess) {
  EXPECT_THAT(broken(call_a, kept, answer_a, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, "answer 21 0 lost 0 -\n", settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, "answer 21 0 refused 0 ServiceUnavailable\n", settled),
              IsEmpty());
  EXPECT_THAT(broken(kept, "call 20 0 0 604800000 100 A 0\n", answer_a, settled), IsEmpty());
}

TEST(CheckerLost, TheSubscriptionOfASessionThatIsTakenOverIsNotThatOfTheNext) {
  constexpr std::string_view taken_over =
      "connecting 10 0 0 1\nconnack 11 0 0 0\nconnecting 12 1 0 0\nsuback 13 0\n";
  EXPECT_THAT(broken(taken_over, call_a, answer_a, settled), IsEmpty());
  constexpr std::string_view goes_on =
      "connecting 10 0 0 0\nconnack 11 0 0 0\nconnecting 12 1 0 0\nsuback 13 0\n";
  EXPECT_THAT(broken(goes_on, call_a, answer_a, settled), ElementsAre("lost"));
}

TEST(CheckerLost, AnotherDevicesArrivalDoesNotCount) {
  constexpr std::string_view both = "connecting 13 1 1 0\nconnack 14 1 0 0\nsuback 15 1\n";
  constexpr std::string_view call = "call 20 0 1 604800000 100 A 0,1\n";
  constexpr std::string_view other = "packet 33 1 /t/1 100 1 0 1\n";
  EXPECT_THAT(broken(kept, both, call, answer_a, packet_a, other, settled), IsEmpty());
  EXPECT_THAT(broken(kept, both, call, answer_a, other, settled), ElementsAre("lost"));
}

TEST(CheckerLost, ASuccessOfARepetitionIsOwed) {
  constexpr std::string_view again = "answer 21 0 lost 0 -\nagain 24 0\nanswer 25 0 success 5 -\n";
  EXPECT_THAT(broken(kept, call_a, again, packet_a, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, again, settled), ElementsAre("lost"));
}

// receipt

constexpr std::string_view brief_call = "call 20 0 1 1 100 A 0\n";  // It lives for a millisecond.

TEST(CheckerReceipt, ExpiryExcusesOnceTheDeadlineIsOver) {
  EXPECT_THAT(broken(kept, brief_call, answer_a, "receipts 1020 0 0:expired:-\n", settled),
              IsEmpty());
  EXPECT_THAT(broken(kept, brief_call, answer_a, "receipts 1019 0 0:expired:-\n", settled),
              ElementsAre("receipt", "lost"));
}

TEST(CheckerReceipt, ADropNeedsAReasonThatIsTrue) {
  constexpr std::string_view not_subscribed = "receipts 40 0 0:dropped:not_subscribed\n";
  constexpr std::string_view session_ended = "receipts 80 0 0:dropped:session_ended\n";
  EXPECT_THAT(broken(call_a, answer_a, not_subscribed, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, not_subscribed, settled),
              ElementsAre("receipt", "lost"));
  EXPECT_THAT(broken(kept, call_a, answer_a, crash, return_clean, session_ended, settled),
              IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, crash, return_kept, session_ended, settled),
              ElementsAre("receipt", "lost"));
  EXPECT_THAT(broken(kept, call_a, answer_a, "receipts 40 0 0:dropped:queue_full\n", settled),
              ElementsAre("receipt", "lost"));
  EXPECT_THAT(broken(kept, call_a, answer_a, "receipts 40 0 0:cancelled:-\n", settled),
              ElementsAre("receipt", "lost"));
}

TEST(CheckerReceipt, WhatWaitsIsNotExcused) {
  EXPECT_THAT(broken(kept, call_a, answer_a, "receipts 40 0 0:queued:-\n", settled),
              ElementsAre("lost"));
  EXPECT_THAT(broken(kept, call_a, answer_a, "receipts 40 0 0:inflight:-\n", settled),
              ElementsAre("lost"));
}

TEST(CheckerReceipt, OnlyTheDeviceAcknowledges) {
  constexpr std::string_view acked = "receipts 40 0 0:acked:-\n";
  EXPECT_THAT(broken(kept, call_a, answer_a, packet_a, puback_a, acked, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, packet_a, acked, settled), ElementsAre("receipt"));
}

TEST(CheckerReceipt, NothingArrivesAfterItsEnd) {
  constexpr std::string_view dropped = "receipts 25 0 0:dropped:not_subscribed\n";
  EXPECT_THAT(broken(call_a, answer_a, dropped, kept, packet_a, settled), ElementsAre("receipt"));
  // No crash forgets it: the session that came after it brought it to the disk.
  EXPECT_THAT(broken(call_a, answer_a, dropped, kept, crash, return_kept, packet_a_again, settled),
              ElementsAre("receipt"));
}

TEST(CheckerReceipt, WhatWasOnItsWayIsReadFromAConnectionThatWasReplaced) {
  constexpr std::string_view replaced = "connecting 23 1 0 1\n";
  constexpr std::string_view dropped = "receipts 25 0 0:dropped:session_ended\n";
  EXPECT_THAT(broken(kept, call_a, answer_a, replaced, dropped, packet_a, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, dropped, packet_a, settled), Contains("receipt"));
  constexpr std::string_view resumed = "connecting 23 1 0 0\ncancelling 24 0 -\n";
  constexpr std::string_view cancelled = "receipts 25 0 0:cancelled:-\n";
  EXPECT_THAT(broken(kept, call_a, answer_a, resumed, cancelled, packet_a, settled), IsEmpty());
}

TEST(CheckerReceipt, CancelledIsWhatSomebodyAskedFor) {
  constexpr std::string_view asked = "cancelling 24 0 -\n";
  constexpr std::string_view cancelled = "receipts 40 0 0:cancelled:-\n";
  EXPECT_THAT(broken(kept, call_a, answer_a, asked, cancelled, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, asked, cancelled, packet_a, settled),
              ElementsAre("receipt"));
  EXPECT_THAT(broken(kept, call_a, answer_a, asked, "cancelled 25 0 1\n", packet_a,
                     "receipts 40 0 0:inflight:-\n", settled),
              ElementsAre("receipt"));
}

TEST(CheckerReceipt, CancelledIsOnlyWhoWasNamed) {
  constexpr std::string_view cancelled = "receipts 40 0 0:cancelled:-\n";
  EXPECT_THAT(broken(kept, call_a, answer_a, "cancelling 24 0 0\n", cancelled, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, "cancelling 24 0 1\n", cancelled, settled),
              ElementsAre("receipt", "lost"));
}

TEST(CheckerReceipt, OneForEachRecipient) {
  EXPECT_THAT(broken(call_a, answer_a, "receipts 40 0 -\n", settled), ElementsAre("receipt"));
  EXPECT_THAT(broken(call_a, answer_a, "receipts 40 0 1:queued:-\n", settled),
              ElementsAre("receipt"));
}

// invented

TEST(CheckerInvented, PayloadsOfNoCall) {
  EXPECT_THAT(broken(kept, packet_a, settled), ElementsAre("invented"));
}

TEST(CheckerInvented, DevicesThatWereNotNamed) {
  EXPECT_THAT(broken(kept, "call 20 0 1 604800000 100 A 1\n", answer_a, packet_a, settled),
              ElementsAre("invented"));
}

TEST(CheckerInvented, OtherTopicsAndQoS) {
  EXPECT_THAT(broken(kept, call_a, answer_a, "packet 30 0 /t/1 100 1 0 1\n", settled),
              ElementsAre("invented"));
  EXPECT_THAT(broken(kept, call_a, answer_a, "packet 30 0 /t/0 100 0 0 0\n", settled),
              ElementsAre("invented"));
}

TEST(CheckerInvented, WhatWasRefusedArrivesNeitherBeforeNorAfter) {
  constexpr std::string_view refused = "answer 21 0 refused 0 ServiceUnavailable\n";
  EXPECT_THAT(broken(kept, call_a, refused, packet_a, settled), ElementsAre("invented"));
  EXPECT_THAT(broken(kept, call_a, packet_a, refused, settled), ElementsAre("invented"));
}

TEST(CheckerInvented, WhatHasNoAnswerMayArrive) {
  EXPECT_THAT(broken(kept, call_a, "answer 21 0 lost 0 -\n", packet_a, settled), IsEmpty());
  // The client below may send a call again by itself when the line is cut.
  EXPECT_THAT(broken(kept, call_a, "answer 21 0 refused 0 SignatureNonceUsed\n", packet_a, settled),
              IsEmpty());
}

// order

TEST(CheckerOrder, OfCallsThatFollowOneAnother) {
  constexpr std::string_view a_late = "packet 32 0 /t/0 100 1 0 3\n";
  EXPECT_THAT(broken(kept, call_a, answer_a, call_b, answer_b, packet_b, a_late, settled),
              ElementsAre("order"));
  // Side by side they have none.
  EXPECT_THAT(broken(kept, call_a, call_b, answer_a, answer_b, packet_b, a_late, settled),
              IsEmpty());
}

TEST(CheckerOrder, AcrossACrash) {
  EXPECT_THAT(broken(kept, call_a, answer_a, call_b, answer_b, packet_b, crash, return_kept,
                     packet_a_again, settled),
              ElementsAre("order"));
}

TEST(CheckerOrder, ACrashMayForgetACancellationThatHadNoAnswer) {
  EXPECT_THAT(broken(kept, call_a, answer_a, call_b, answer_b, "cancelling 24 0 -\n", packet_b,
                     crash, return_kept, packet_a_again, settled),
              IsEmpty());
}

TEST(CheckerOrder, OnlyWithTheSameQoS) {
  EXPECT_THAT(broken(kept, call_a, answer_a, "call 22 1 0 604800000 200 B 0\n", answer_b,
                     "packet 30 0 /t/0 200 0 0 0\n", "packet 32 0 /t/0 100 1 0 1\n", settled),
              IsEmpty());
}

// duplicate

TEST(CheckerDuplicate, OnOneConnection) {
  EXPECT_THAT(broken(kept, call_a, answer_a, packet_a, "packet 33 0 /t/0 100 1 1 2\n", settled),
              ElementsAre("duplicate"));
}

TEST(CheckerDuplicate, WithoutDup) {
  EXPECT_THAT(broken(kept, call_a, answer_a, packet_a, crash, return_kept,
                     "packet 70 1 /t/0 100 1 0 1\n", settled),
              ElementsAre("duplicate"));
}

TEST(CheckerDuplicate, WithQoS0) {
  EXPECT_THAT(
      broken(kept, "call 20 0 0 604800000 100 A 0\n", answer_a, "packet 30 0 /t/0 100 0 0 0\n",
             crash, return_kept, "packet 70 1 /t/0 100 0 0 0\n", settled),
      ElementsAre("duplicate"));
}

// needless

TEST(CheckerNeedless, WhatWasAcknowledgedLongBeforeTheCrash) {
  constexpr std::string_view late_crash =
      "kill 1033\ngone 1034\nend 1035 0 1\nstart 1036\nready 1037\n";
  constexpr std::string_view return_late = "connecting 1040 1 0 0\nconnack 1041 1 0 1\n";
  constexpr std::string_view again = "packet 1050 1 /t/0 100 1 1 1\n";
  EXPECT_THAT(
      broken(kept, call_a, answer_a, packet_a, puback_a, late_crash, return_late, again, settled),
      ElementsAre("needless"));
  // What was not acknowledged comes again whenever.
  EXPECT_THAT(broken(kept, call_a, answer_a, packet_a, late_crash, return_late, again, settled),
              IsEmpty());
}

TEST(CheckerNeedless, DupWithoutAnEnd) {
  EXPECT_THAT(broken(kept, call_a, answer_a, "packet 30 0 /t/0 100 1 1 1\n", settled),
              IsEmpty());  // The run has hardly begun.
  EXPECT_THAT(broken(kept, "call 1020 0 1 604800000 100 A 0\n", "answer 1021 0 success 5 -\n",
                     "packet 1030 0 /t/0 100 1 1 1\n", settled),
              ElementsAre("needless"));
}

// late

TEST(CheckerLate, AfterTheDeadline) {
  EXPECT_THAT(broken(kept, brief_call, answer_a, "packet 2021 0 /t/0 100 1 0 1\n", settled),
              IsEmpty());
  EXPECT_THAT(broken(kept, brief_call, answer_a, "packet 2022 0 /t/0 100 1 0 1\n", settled),
              ElementsAre("late"));
}

// nonce

TEST(CheckerNonce, IsUsedForGood) {
  constexpr std::string_view used = "again 80 0\nanswer 81 0 refused 0 SignatureNonceUsed\n";
  constexpr std::string_view taken = "again 80 0\nanswer 81 0 success 7 -\n";
  EXPECT_THAT(broken(call_a, answer_a, crash_only, used, settled), IsEmpty());
  EXPECT_EQ(checked(call_a, answer_a, crash_only, used, settled).totals().nonces_refused, 1u);
  EXPECT_THAT(broken(call_a, answer_a, crash_only, taken, settled), ElementsAre("nonce"));
  EXPECT_THAT(broken(call_a, "answer 21 0 refused 0 Other\n", crash_only, taken, settled),
              ElementsAre("nonce"));
}

TEST(CheckerNonce, ARepetitionIsNotReadAgain) {
  EXPECT_THAT(broken(call_a, answer_a, "again 80 0\nanswer 81 0 refused 0 Other\n", settled),
              ElementsAre("nonce"));
}

// token

TEST(CheckerToken, NamesOneMessage) {
  constexpr std::string_view same = "retry 80 0\nanswer 81 0 success 5 -\n";
  constexpr std::string_view other = "retry 80 0\nanswer 81 0 success 7 -\n";
  EXPECT_THAT(broken(call_a, answer_a, crash_only, same, settled), IsEmpty());
  EXPECT_EQ(checked(call_a, answer_a, crash_only, same, settled).totals().tokens_replayed, 1u);
  EXPECT_THAT(broken(call_a, answer_a, crash_only, other, settled), ElementsAre("token"));
}

TEST(CheckerToken, OfACallWithoutAnAnswerMayBeItsFirst) {
  constexpr std::string_view lost = "answer 21 0 lost 0 -\n";
  constexpr std::string_view success = "retry 80 0\nanswer 81 0 success 7 -\n";
  EXPECT_THAT(broken(call_a, lost, crash_only, success, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, lost, crash, success, return_kept, settled),
              ElementsAre("lost"));
}

TEST(CheckerToken, ARetryThatIsRefusedChangesNothing) {
  constexpr std::string_view refused = "retry 80 0\nanswer 81 0 refused 0 ServiceUnavailable\n";
  constexpr std::string_view mismatch =
      "retry 80 0\nanswer 81 0 refused 0 IdempotentParameterMismatch\n";
  EXPECT_THAT(broken(kept, call_a, answer_a, packet_a, refused, settled), IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, refused, settled), ElementsAre("lost"));
  EXPECT_THAT(broken(call_a, answer_a, mismatch, settled), ElementsAre("token"));
}

// id

TEST(CheckerId, GrowsFromCallToCall) {
  EXPECT_THAT(broken(call_a, answer_a, call_b, "answer 23 1 success 4 -\n", settled),
              ElementsAre("id"));
  EXPECT_THAT(broken(call_a, call_b, answer_b, answer_a, settled), IsEmpty());  // Side by side.
}

TEST(CheckerId, IsThatOfOneMessage) {
  EXPECT_THAT(broken(call_a, call_b, answer_a, "answer 23 1 success 5 -\n", settled),
              ElementsAre("id"));
}

// session

TEST(CheckerSession, AKeptOneIsThere) {
  EXPECT_THAT(broken(kept, crash, return_kept, settled), IsEmpty());
  EXPECT_THAT(broken(kept, crash, "connecting 60 1 0 0\nconnack 61 1 0 0\n", settled),
              ElementsAre("session"));
}

TEST(CheckerSession, ACleanOneIsNot) {
  EXPECT_THAT(broken(kept, crash, "connecting 60 1 0 1\nconnack 61 1 0 1\n", settled),
              ElementsAre("session"));
  EXPECT_THAT(broken(clean, crash, return_kept, settled), ElementsAre("session"));
}

TEST(CheckerSession, OneWhoseConnackWasLostMayBeThere) {
  EXPECT_THAT(broken("connecting 10 0 0 0\n", crash, return_kept, settled), IsEmpty());
  EXPECT_THAT(
      broken("connecting 10 0 0 0\n", crash, "connecting 60 1 0 0\nconnack 61 1 0 0\n", settled),
      IsEmpty());
}

TEST(CheckerSession, NoDeviceIsRefused) {
  EXPECT_THAT(broken("connecting 10 0 0 0\nconnack 11 0 5 0\n", settled), ElementsAre("session"));
}

// closed

TEST(CheckerClosed, ByTheServerWithoutAReason) {
  EXPECT_THAT(broken(kept, "end 40 0 1\n", settled), ElementsAre("closed"));
  EXPECT_THAT(broken(kept, "end 40 0 0\n", settled), IsEmpty());
  EXPECT_THAT(broken(kept, "stopping 39\nend 40 0 1\n", settled), IsEmpty());
  // Taken over by the device itself.
  EXPECT_THAT(broken(kept, "connecting 40 1 0 0\nend 41 0 1\nconnack 42 1 0 1\n", settled),
              IsEmpty());
}

TEST(CheckerClosed, InsteadOfASubackIsAnAnswer) {
  constexpr std::string_view subscribing =
      "connecting 10 0 0 0\nconnack 11 0 0 0\nsubscribe 12 0\n";
  EXPECT_THAT(broken(subscribing, "end 13 0 1\n", settled), IsEmpty());
  EXPECT_EQ(checked(subscribing, "end 13 0 1\n", settled).totals().subscriptions_refused, 1u);
  EXPECT_THAT(broken(subscribing, "suback 13 0\n", "end 40 0 1\n", settled), ElementsAre("closed"));
}

// packet_id

TEST(CheckerPacketId, IsFree) {
  constexpr std::string_view same = "packet 33 0 /t/0 200 1 0 1\n";
  EXPECT_THAT(broken(kept, call_a, answer_a, call_b, answer_b, packet_a, same, settled),
              ElementsAre("packet_id"));
  EXPECT_THAT(broken(kept, call_a, answer_a, call_b, answer_b, packet_a, puback_a, same, settled),
              IsEmpty());
  EXPECT_THAT(broken(kept, call_a, answer_a, "packet 30 0 /t/0 100 1 0 0\n", settled),
              ElementsAre("packet_id"));
}

// history

TEST(CheckerHistory, HasAnEnd) { EXPECT_THAT(broken(kept), ElementsAre("history")); }

TEST(CheckerHistory, EveryCallHasAnAnswer) {
  EXPECT_THAT(broken(call_a, settled), ElementsAre("history"));
}

TEST(CheckerHistory, LinesThatContradictEachOther) {
  EXPECT_THAT(broken(packet_a, settled), ElementsAre("history"));
  EXPECT_THAT(broken(answer_a, settled), ElementsAre("history"));
  EXPECT_THAT(broken(kept, puback_a, settled), ElementsAre("history"));
  EXPECT_THAT(broken(kept, call_a, answer_a, "end 25 0 0\n", packet_a, crash_only, settled),
              ElementsAre("history", "lost"));
  EXPECT_THAT(broken("call 20 0 1 1 100 A 7\n", settled), ElementsAre("history"));
}

}  // namespace
}  // namespace herald::crash
