#include "headoffice/judge.hpp"

#include <algorithm>

#include "core/people.hpp"

namespace tillgate {

namespace {

Park park_of(Errc code) {
  return code == Errc::unsupported ? Park::future_schema : Park::invalid;
}

// An audit note is compared with nothing, and an erasure outlives every clock: neither can spread a wrong one.
Hlc newest_in(const Envelope& envelope, const ChangeBody& body) {
  if (const auto* changes = std::get_if<ChangeSet>(&body))
    return std::max(envelope.version.hlc, newest_in(RecordWrite{CustomerId(envelope.key), *changes}));
  if (const auto* order = std::get_if<OrderChange>(&body)) return std::max(envelope.version.hlc, newest_in(*order));
  if (const auto* said = std::get_if<PersonChange>(&body)) return newest_in(PeopleChange(*said));
  return {};
}

ReadChange parked(ReadChange change, Park code, std::string why) {
  change.park = code;
  change.why = std::move(why);
  return change;
}

}  // namespace

std::string_view name_of(Park code) {
  switch (code) {
    case Park::future_schema: return "future_schema";
    case Park::invalid: return "invalid";
    case Park::clock_ahead: return "clock_ahead";
    case Park::no_payload: return "no_payload";
    case Park::damaged: return "damaged";
    case Park::refused: return "refused";
  }
  return "invalid";
}

std::string refusal_in_words(const Error& error) {
  return "PostgreSQL does not take it (state " + error.detail + ")";
}

bool has_nul_escape(std::string_view json) {
  // A backslash and what follows it are one thing, so that an escaped backslash before "u0000" is not taken for one.
  for (auto at = json.find('\\'); at != std::string_view::npos; at = json.find('\\', at + 2)) {
    if (json.substr(at).starts_with("\\u0000")) return true;
  }
  return false;
}

ReadChange read_change(const ChangeLines& lines, const Epoch& epoch, Seq seq) {
  ReadChange change;
  if (has_nul_escape(lines.envelope) || (lines.payload && has_nul_escape(*lines.payload)))
    return parked(std::move(change), Park::invalid, "it holds a NUL character");
  auto envelope = decode_envelope(lines.envelope);
  if (!envelope) return parked(std::move(change), park_of(envelope.error().code), envelope.error().what);
  change.envelope = std::move(*envelope);
  if (change.envelope->epoch != epoch || change.envelope->seq != seq)
    return parked(std::move(change), Park::invalid, "its envelope names another place than the one it came in");
  if (!lines.payload) return change;
  auto payload = decode_payload(*lines.payload, *change.envelope);
  if (!payload) return parked(std::move(change), park_of(payload.error().code), payload.error().what);
  change.newest = newest_in(*change.envelope, payload->body);
  change.payload = std::move(*payload);
  return change;
}

Ruling judge(const ReadChange& change, const HoEpoch& ho_epoch, Timestamp now) {
  if (change.park) return {false, change.park, change.why};
  if (!change.payload) {
    if (change.envelope->source == "ho:" + ho_epoch.text()) return {true, std::nullopt, ""};
    return {false, Park::no_payload, "its payload did not come along"};
  }
  if (change.newest.time() > now + kClockFence)
    return {false, Park::clock_ahead, "its version is more than 24 h ahead of head office's time"};
  return {};
}

}  // namespace tillgate
