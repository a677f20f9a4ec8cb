// The body of a create or a patch, from a stranger's bytes to the ledger: JSON, shape, normal form, change, state.
#include <algorithm>
#include <set>
#include <string>

#include "core/change.hpp"
#include "core/customer_state.hpp"
#include "daemon/customer_json.hpp"
#include "daemon/json_body.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

constexpr std::size_t kFaultNameMax = 80;  // a group, a dot, 40 bytes of a stranger's key

bool is_plain(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
}

std::size_t chars_in(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void check_shape(const Json::Object& body, const ParsedPatch& parsed) {
  std::set<Field> fields_seen;
  for (const auto& [field, value] : parsed.patch.fields) {
    claim(fields_seen.insert(field).second, "a field is set once");
    claim(spec_of(field).is_writable_by_terminals, "what the system sets is not a terminal's to write");
  }
  claim(parsed.patch.pos_links.empty() && parsed.patch.tags_added.empty() && parsed.patch.tags_removed.empty(),
        "a body sets tags as a whole and no POS links");
  for (const auto& fault : parsed.faults) {
    claim(fault.field.size() <= kFaultNameMax && is_plain(fault.field), "a stranger's key is shown short and plain");
    claim(!fault.code.empty() && !fault.sentence.empty(), "a fault says what is wrong");
  }
  // Nothing is dropped in silence: every member is a field of the patch or a fault. Empty objects say nothing.
  for (const auto& [key, value] : body) {
    const auto* inner = value.as<Json::Object>();
    if (inner && inner->empty()) continue;
    claim(!parsed.patch.is_empty() || !parsed.faults.empty(), "a member is read or complained about");
  }
}

void check_normal(const Patch& patch) {
  for (const auto& [field, value] : patch.fields) {
    if (!value) continue;
    const FieldSpec& spec = spec_of(field);
    claim(!value->empty() && is_utf8(*value) && value->find('\0') == std::string::npos, "a value is text, never empty");
    claim(chars_in(*value) <= spec.chars_max, "a value has its greatest length");
    claim(spec.kind != FieldKind::choice || std::ranges::find(spec.choices, *value) != spec.choices.end(),
          "a choice is one of those there are");
    claim(field != Field::status || (*value != "merged" && *value != "erased"), "nobody types merged or erased");
  }
  if (!patch.tags) return;
  claim(patch.tags->size() <= kTagsMax, "tags are bounded");
  for (const auto& tag : *patch.tags) claim(!tag.empty() && chars_in(tag) <= kTagCharsMax && is_utf8(tag), "a tag is a word");
}

// What may be committed can be written, read again and merged again without change.
void check_change(const Patch& patch) {
  const Version version = *Version::from_text("01964d2a4c000001@pos:treez-main");
  Customer customer;
  customer.id = *CustomerId::from_text("0198a3c0-1111-4222-8333-444455556666");
  Payload payload;
  changes_in(payload) = versioned(customer, patch, version);
  const std::string line = encode(payload, version);
  if (line.size() > kPayloadBytesMax) return;  // 413
  Envelope envelope;
  envelope.version = version;
  envelope.entity = kCustomerEntity;
  const auto again = decode_payload(line, envelope);
  claim(again.has_value() && *again == payload, "a change reads back");
  merge(customer, changes_in(payload));
  const auto state = decode_state(encode_state(customer));
  claim(state.has_value() && *state == customer, "the state after it reads back");
  claim(!merge(customer, changes_in(payload)).has_changed, "a change has its effect once");
  claim(versioned(customer, patch, version).is_empty(), "a patch that holds already changes nothing");
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view body = fuzz::text_of(data, size);
  const auto object = parse_object(body);
  if (!object) return 0;
  const ParsedPatch parsed = patch_from(*object);
  fuzz::check_shape(*object, parsed);
  for (const WriteKind kind : {WriteKind::create, WriteKind::update}) {
    Patch patch = parsed.patch;
    for (const auto& fault : normalise(patch, kind)) fuzz::claim(is_utf8(fault.sentence), "a sentence can be read");
    Patch again = parsed.patch;
    if (!normalise(again, kind).empty()) continue;
    fuzz::check_normal(patch);
    fuzz::claim(normalise(again, kind).empty() && again == patch, "a normal form is stable");
    fuzz::check_change(patch);
  }
  return 0;
}
