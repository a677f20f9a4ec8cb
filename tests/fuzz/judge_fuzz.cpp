// One change of a store as head office judges it: two lines from a holder of a valid certificate. What is not parked can be
// merged and kept by PostgreSQL; what is parked says why.
#include "headoffice/judge.hpp"

#include <algorithm>
#include <string>

#include "core/customer_state.hpp"
#include "core/json.hpp"
#include "core/order_text.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

const Timestamp kNow = timestamp_from_ms(1'795'000'000'000);  // 2026-11-18
const HoEpoch kHoEpoch = *HoEpoch::from_text("0198a3c0-1111-4222-8333-444455556666");

bool holds_nul(const Json& json) {
  const auto in_text = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
  if (const auto* text = json.as<std::string>()) return in_text(*text);
  if (const auto* array = json.as<Json::Array>()) return std::ranges::any_of(*array, holds_nul);
  if (const auto* object = json.as<Json::Object>())
    return std::ranges::any_of(*object, [&](const auto& each) { return in_text(each.first) || holds_nul(each.second); });
  return false;
}

void check_versions(const ChangeSet& changes) {
  const auto is_sound = [](const auto& write) { return write.version.hlc.time() <= kNow + kClockFence; };
  claim(std::ranges::all_of(changes.fields, is_sound) && std::ranges::all_of(changes.tags, is_sound) &&
            std::ranges::all_of(changes.consent, is_sound) && std::ranges::all_of(changes.pos_links, is_sound),
        "nothing that leads by more than a day is merged");
}

void check_merged(const ReadChange& change) {
  Customer customer;
  customer.id = CustomerId(change.envelope->key);
  merge(customer, changes_in(*change.payload));
  const std::string state = encode_state(customer);
  const auto again = decode_state(state);
  claim(again && *again == customer, "a record that took a change in can be kept and read");
  claim(!has_nul_escape(state), "PostgreSQL takes the state");
  claim(!merge(customer, changes_in(*change.payload)).has_changed, "a change has its effect once");
}

void check_merged_order(const ReadChange& change) {
  const auto& changes = std::get<OrderChange>(change.payload->body);
  claim(newest_in(changes).time() <= kNow + kClockFence, "nothing that leads by more than a day is merged");
  Order order;
  order.id = OrderId(change.envelope->key);
  merge(order, changes);
  const std::string state = encode_order_state(order);
  const auto again = decode_order_state(state);
  claim(again && *again == order, "an order that took a change in can be kept and read");
  claim(!has_nul_escape(state), "PostgreSQL takes the state");
  claim(!merge(order, changes).has_changed, "a change has its effect once");
}

void check(const ChangeLines& lines) {
  const auto read = decode_envelope(lines.envelope);
  const Epoch epoch = read ? read->epoch : Epoch{};
  const Seq seq = read ? read->seq : 1;
  const ReadChange change = read_change(lines, epoch, seq);
  const Ruling ruling = judge(change, kHoEpoch, kNow);
  if (ruling.park) {
    claim(!ruling.why.empty() && is_utf8(ruling.why), "what is parked says why");
    return;
  }
  claim(change.envelope && change.envelope->epoch == epoch && change.envelope->seq == seq, "a change lies where it says");
  claim(has_records(change.envelope->entity), "a change is of a kind that we know");
  claim(read_change(lines, epoch, seq + 1).park == Park::invalid, "and nowhere else");
  if (ruling.is_ours) return claim(!lines.payload, "only what we sent ourselves comes without its payload");
  if (change.envelope->entity == kOrderEntity) return check_merged_order(change);
  check_versions(changes_in(*change.payload));
  check_merged(change);
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view text = fuzz::text_of(data, size);
  // The codec lets no NUL and nothing but UTF-8 through.
  if (!is_utf8(text) || text.find('\0') != std::string_view::npos) return 0;
  if (const auto json = parse_json(text, kPayloadBytesMax))
    fuzz::claim(has_nul_escape(text) == fuzz::holds_nul(*json), "a NUL is found however it is escaped");
  ChangeLines lines;
  const auto end = std::min(text.find('\n'), text.size());
  lines.envelope = text.substr(0, end);
  if (end < text.size()) {
    lines.payload = text.substr(end + 1);
    lines.payload_hash = hash_of(*lines.payload);
  }
  fuzz::check(lines);
  return 0;
}
