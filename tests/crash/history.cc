#include "history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

#include "base/siphash.h"

namespace herald::crash {
namespace {

// The fields of each kind of line, in order, for both directions.
template <class F>
void fields(Known& e, F&& f) {
  f(e.device), f(e.topic);
}
template <class F>
void fields(Called& e, F&& f) {
  f(e.at), f(e.call), f(e.qos), f(e.lifetime_ms), f(e.hash), f(e.nonce), f(e.recipients);
}
template <class F>
void fields(CalledAgain& e, F&& f) {
  f(e.at), f(e.call);
}
template <class F>
void fields(Retried& e, F&& f) {
  f(e.at), f(e.call);
}
template <class F>
void fields(Answered& e, F&& f) {
  f(e.at), f(e.call), f(e.outcome), f(e.message), f(e.code);
}
template <class F>
void fields(Cancelling& e, F&& f) {
  f(e.at), f(e.call), f(e.devices);
}
template <class F>
void fields(Cancelled& e, F&& f) {
  f(e.at), f(e.call), f(e.recipients);
}
template <class F>
void fields(ReceiptsSeen& e, F&& f) {
  f(e.at), f(e.call), f(e.receipts);
}
template <class F>
void fields(Connecting& e, F&& f) {
  f(e.at), f(e.connection), f(e.device), f(e.clean);
}
template <class F>
void fields(Connected& e, F&& f) {
  f(e.at), f(e.connection), f(e.code), f(e.session_present);
}
template <class F>
void fields(Received& e, F&& f) {
  f(e.at), f(e.connection), f(e.topic), f(e.hash), f(e.qos), f(e.duplicate), f(e.packet_id);
}
template <class F>
void fields(Acknowledged& e, F&& f) {
  f(e.at), f(e.connection), f(e.packet_id);
}
template <class F>
void fields(Ended& e, F&& f) {
  f(e.at), f(e.connection), f(e.by_server);
}
template <class F>
void fields(Subscribing& e, F&& f) {
  f(e.at), f(e.connection);
}
template <class F>
void fields(Subscribed& e, F&& f) {
  f(e.at), f(e.connection);
}
template <class Kind, class F>
void fields(Kind& e, F&& f) {
  f(e.at);
}

// In the order of Event.
constexpr std::array<std::string_view, std::variant_size_v<Event>> names = {
    "device",   "call",       "again",   "retry",     "answer", "cancelling", "cancelled",
    "receipts", "connecting", "connack", "subscribe", "suback", "packet",     "puback",
    "end",      "start",      "ready",   "stopping",  "kill",   "gone",       "settled"};
constexpr std::array<std::string_view, 3> outcomes = {"success", "refused", "lost"};

struct Put {
  std::string& line;

  void word(std::string_view text) {
    line += ' ';
    line += text;
  }
  void operator()(const std::string& text) { word(text.empty() ? "-" : text); }
  void operator()(bool value) { word(value ? "1" : "0"); }
  void operator()(Outcome outcome) { word(outcomes[static_cast<std::size_t>(outcome)]); }
  template <std::integral Number>
  void operator()(Number number) {
    std::array<char, 24> digits;
    const auto end = std::to_chars(digits.begin(), digits.end(), number);
    word({digits.data(), end.ptr});
  }
  void operator()(const std::vector<Device>& devices) {
    std::string text;
    for (const Device device : devices) {
      if (!text.empty()) text += ',';
      text += std::to_string(device);
    }
    (*this)(text);
  }
  void operator()(const std::vector<ReceiptSeen>& receipts) {
    std::string text;
    for (const auto& [device, state, reason] : receipts) {
      if (!text.empty()) text += ',';
      text += std::to_string(device) + ':' + state + ':' + (reason.empty() ? "-" : reason);
    }
    (*this)(text);
  }
};

// The next part of `text` up to `separator`, which goes with it.
std::string_view cut(std::string_view& text, char separator) {
  const auto at = std::min(text.find(separator), text.size());
  const std::string_view part = text.substr(0, at);
  text.remove_prefix(std::min(at + 1, text.size()));
  return part;
}

struct Take {
  std::string_view line;
  bool good = true;

  std::string_view word() {
    const std::string_view text = cut(line, ' ');
    good = good && !text.empty();
    return text;
  }
  template <std::integral Number>
  void read(std::string_view text, Number& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    good = good && error == std::errc() && end == text.data() + text.size();
  }
  static std::string text_of(std::string_view text) { return std::string(text == "-" ? "" : text); }

  void operator()(std::string& text) { text = text_of(word()); }
  void operator()(bool& value) { value = word() == "1"; }
  void operator()(Outcome& outcome) {
    const auto at = std::ranges::find(outcomes, word());
    good = good && at != outcomes.end();
    if (good) outcome = static_cast<Outcome>(at - outcomes.begin());
  }
  template <std::integral Number>
  void operator()(Number& number) {
    read(word(), number);
  }
  void operator()(std::vector<Device>& devices) {
    std::string_view list = word();
    while (!list.empty() && list != "-") read(cut(list, ','), devices.emplace_back());
  }
  void operator()(std::vector<ReceiptSeen>& receipts) {
    std::string_view list = word();
    while (!list.empty() && list != "-") {
      std::string_view one = cut(list, ',');
      ReceiptSeen& receipt = receipts.emplace_back();
      read(cut(one, ':'), receipt.device);
      receipt.state = text_of(cut(one, ':'));
      receipt.reason = text_of(one);
    }
  }
};

template <std::size_t index>
bool read_as(std::string_view name, Take& take, Event& event) {
  if (names[index] != name) return false;
  fields(event.emplace<index>(), take);
  return true;
}

}  // namespace

std::string to_line(const Event& event) {
  std::string line(names[event.index()]);
  std::visit([&](auto kind) { fields(kind, Put{line}); }, event);
  return line;
}

Result<Event> from_line(std::string_view line) {
  Take take{line};
  const std::string_view name = take.word();
  Event event;
  const bool known = [&]<std::size_t... index>(std::index_sequence<index...>) {
    return (read_as<index>(name, take, event) || ...);
  }(std::make_index_sequence<names.size()>());
  if (!known || !take.good || !take.line.empty()) {
    return fail(Code::malformed, "no line of a history: " + std::string(line.substr(0, 200)));
  }
  return event;
}

std::uint64_t payload_hash(std::string_view payload) { return SipHash({})(payload).low; }

Micros Writer::now() {
  using namespace std::chrono;
  return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count();
}

}  // namespace herald::crash
