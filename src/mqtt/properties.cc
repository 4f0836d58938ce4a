#include "mqtt/properties.h"

#include <algorithm>
#include <array>
#include <variant>

#include "mqtt/property_codec.h"

namespace herald::mqtt {
namespace {

// Which packets may hold a property: a bit for each packet type, and one for the will of a CONNECT.
using Holders = std::uint32_t;
constexpr Holders in(PacketType type) { return Holders{1} << static_cast<unsigned>(type); }
constexpr Holders in_will = 1;
constexpr Holders in_connect = in(PacketType::connect), in_connack = in(PacketType::connack),
                  in_publish = in(PacketType::publish), in_puback = in(PacketType::puback),
                  in_subscribe = in(PacketType::subscribe), in_suback = in(PacketType::suback),
                  in_unsubscribe = in(PacketType::unsubscribe),
                  in_unsuback = in(PacketType::unsuback),
                  in_disconnect = in(PacketType::disconnect), in_auth = in(PacketType::auth),
                  in_qos_2 =
                      in(PacketType::pubrec) | in(PacketType::pubrel) | in(PacketType::pubcomp),
                  in_answers = in_connack | in_puback | in_qos_2 | in_suback | in_unsuback |
                               in_disconnect | in_auth,
                  in_message = in_publish | in_will;

using Byte = std::optional<std::uint8_t> Properties::*;
using Number = std::optional<std::uint16_t> Properties::*;
using LongNumber = std::optional<std::uint32_t> Properties::*;
using String = std::optional<std::string_view> Properties::*;
using Numbers = std::vector<std::uint32_t> Properties::*;
using Pairs = std::vector<Properties::Pair> Properties::*;

enum class Rule : std::uint8_t {
  any,
  flag,  // 0 or 1.
  not_zero,
  binary,  // Of strings: not text.
};

struct Row {
  std::uint8_t id;
  Holders holders;
  std::variant<Byte, Number, LongNumber, String, Numbers, Pairs> member;
  Rule rule = Rule::any;
};

// Section 2.2.2.2, table 2-4.
constexpr std::array rows = {
    Row{0x01, in_message, &Properties::payload_format, Rule::flag},
    Row{0x02, in_message, &Properties::message_expiry},
    Row{0x03, in_message, &Properties::content_type},
    Row{0x08, in_message, &Properties::response_topic},
    Row{0x09, in_message, &Properties::correlation_data, Rule::binary},
    Row{0x0B, in_publish | in_subscribe, &Properties::subscription_ids, Rule::not_zero},
    Row{0x11, in_connect | in_connack | in_disconnect, &Properties::session_expiry},
    Row{0x12, in_connack, &Properties::assigned_client_id},
    Row{0x13, in_connack, &Properties::server_keep_alive},
    Row{0x15, in_connect | in_connack | in_auth, &Properties::authentication_method},
    Row{0x16, in_connect | in_connack | in_auth, &Properties::authentication_data, Rule::binary},
    Row{0x17, in_connect, &Properties::request_problem_information, Rule::flag},
    Row{0x18, in_will, &Properties::will_delay},
    Row{0x19, in_connect, &Properties::request_response_information, Rule::flag},
    Row{0x1A, in_connack, &Properties::response_information},
    Row{0x1C, in_connack | in_disconnect, &Properties::server_reference},
    Row{0x1F, in_answers, &Properties::reason_string},
    Row{0x21, in_connect | in_connack, &Properties::receive_maximum, Rule::not_zero},
    Row{0x22, in_connect | in_connack, &Properties::topic_alias_maximum},
    Row{0x23, in_publish, &Properties::topic_alias},
    Row{0x24, in_connack, &Properties::maximum_qos, Rule::flag},
    Row{0x25, in_connack, &Properties::retain_available, Rule::flag},
    Row{0x26, in_connect | in_message | in_subscribe | in_unsubscribe | in_answers,
        &Properties::user},
    Row{0x27, in_connect | in_connack, &Properties::maximum_packet_size, Rule::not_zero},
    Row{0x28, in_connack, &Properties::wildcard_subscription_available, Rule::flag},
    Row{0x29, in_connack, &Properties::subscription_ids_available, Rule::flag},
    Row{0x2A, in_connack, &Properties::shared_subscription_available, Rule::flag},
};

// Reads the value of one property into its member.
class ReadValue {
 public:
  ReadValue(Reader& reader, Properties& into, const Row& row, bool several_ids)
      : reader_(reader), into_(into), rule_(row.rule), several_ids_(several_ids) {}

  void operator()(Byte member) { read_once(member, reader_.byte()); }
  void operator()(Number member) { read_once(member, reader_.number()); }
  void operator()(LongNumber member) { read_once(member, reader_.long_number()); }
  void operator()(String member) {
    once(!(into_.*member));
    into_.*member = rule_ == Rule::binary ? reader_.bytes() : reader_.text();
  }
  void operator()(Numbers member) {
    once(several_ids_ || (into_.*member).empty());
    const std::uint32_t value = reader_.varint();
    check(value);
    (into_.*member).push_back(value);
  }
  void operator()(Pairs member) {
    const std::string_view name = reader_.text();
    const std::string_view value = reader_.text();
    if (reader_.sound()) (into_.*member).emplace_back(name, value);
  }

 private:
  template <class Member, class Value>
  void read_once(Member member, Value value) {
    once(!(into_.*member));
    check(value);
    into_.*member = value;
  }
  void once(bool is_first) { reader_.permit(is_first, "a property stands there twice"); }
  void check(std::uint32_t value) {
    if (!reader_.sound()) return;
    reader_.permit(rule_ != Rule::flag || value <= 1, "a property is neither 0 nor 1");
    reader_.permit(rule_ != Rule::not_zero || value != 0, "a property is 0 that must not be");
  }

  Reader& reader_;
  Properties& into_;
  Rule rule_;
  bool several_ids_;
};

// How many bytes a property takes, and those bytes.
struct ValueSize {
  const Properties& of;
  std::size_t operator()(Byte member) const { return of.*member ? 2 : 0; }
  std::size_t operator()(Number member) const { return of.*member ? 3 : 0; }
  std::size_t operator()(LongNumber member) const { return of.*member ? 5 : 0; }
  std::size_t operator()(String member) const {
    return of.*member ? 1 + string_size(*(of.*member)) : 0;
  }
  std::size_t operator()(Numbers member) const {
    std::size_t size = 0;
    for (const std::uint32_t value : of.*member) size += 1 + varint_size(value);
    return size;
  }
  std::size_t operator()(Pairs member) const {
    std::size_t size = 0;
    for (const auto& [name, value] : of.*member) size += 1 + string_size(name) + string_size(value);
    return size;
  }
};

struct WriteValue {
  const Properties& of;
  std::uint8_t id;
  std::string& out;
  void operator()(Byte member) const {
    if (!(of.*member)) return;
    put_byte(out, id);
    put_byte(out, *(of.*member));
  }
  void operator()(Number member) const {
    if (!(of.*member)) return;
    put_byte(out, id);
    put_number(out, *(of.*member));
  }
  void operator()(LongNumber member) const {
    if (!(of.*member)) return;
    put_byte(out, id);
    put_long_number(out, *(of.*member));
  }
  void operator()(String member) const {
    if (!(of.*member)) return;
    put_byte(out, id);
    put_string(out, *(of.*member));
  }
  void operator()(Numbers member) const {
    for (const std::uint32_t value : of.*member) {
      put_byte(out, id);
      put_varint(out, value);
    }
  }
  void operator()(Pairs member) const {
    for (const auto& [name, value] : of.*member) {
      put_byte(out, id);
      put_string(out, name);
      put_string(out, value);
    }
  }
};

Properties read(Reader& reader, Holders holder) {
  Properties properties;
  Reader inner(reader.take(reader.varint()));
  while (inner.more()) {
    const std::uint32_t id = inner.varint();
    const auto row = std::ranges::find(rows, id, &Row::id);
    const bool fits = row != rows.end() && (row->holders & holder) != 0;
    inner.require(fits, "a property that the packet cannot hold");  // Section 2.2.2.2.
    if (!fits) break;
    std::visit(ReadValue(inner, properties, *row, holder == in_publish), row->member);
  }
  reader.adopt(inner);
  return properties;
}

}  // namespace

Properties read_properties(Reader& reader, PacketType holder) { return read(reader, in(holder)); }
Properties read_will_properties(Reader& reader) { return read(reader, in_will); }

std::size_t properties_size(const Properties& properties) {
  std::size_t size = 0;
  for (const Row& row : rows) size += std::visit(ValueSize{properties}, row.member);
  return size;
}

void put_properties(const Properties& properties, std::string& out) {
  put_varint(out, properties_size(properties));
  for (const Row& row : rows) std::visit(WriteValue{properties, row.id, out}, row.member);
}

}  // namespace herald::mqtt
