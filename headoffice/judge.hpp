// Judge: may this one change be merged, or is it kept aside as parked? Pure, so that every refusal can be tested in a line, and in
// two halves: what the change says can be read long before its turn has come.
// Parking never stops the ledger: the row is kept byte for byte and the cursor goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/change.hpp"
#include "core/message.hpp"

namespace tillgate {

enum class Park : std::uint8_t {
  future_schema,  // written by a newer program: applied by itself after our upgrade
  invalid,        // not what the protocol allows
  clock_ahead,    // a version more than kClockFence ahead of our time; never retried
  no_payload,     // its payload did not come along, though it should have
  damaged,        // our own copy of the record is not what we wrote; applied by itself once that is repaired
  refused,        // PostgreSQL does not take it; applied by itself once it does
};
[[nodiscard]] std::string_view name_of(Park code);

// What a change says, as far as the change alone tells: no clock, no database, any thread.
struct ReadChange {
  std::optional<Envelope> envelope;  // whenever it could be read
  std::optional<Payload> payload;    // none: it stayed behind, or could not be read
  Hlc newest;                        // of all the versions in it
  std::optional<Park> park;          // whoever looks at it, and whenever
  std::string why;                   // of `park`; no personal data
};
// `place`: the epoch and seq under which it came.
[[nodiscard]] ReadChange read_change(const ChangeLines& lines, const Epoch& epoch, Seq seq);

struct Ruling {
  bool is_ours = false;  // it came from this head office: nothing to merge, its payload stayed behind
  std::optional<Park> park;
  std::string why;
};
[[nodiscard]] Ruling judge(const ReadChange& change, const HoEpoch& ho_epoch, Timestamp now);

// The reason of Park::refused, out of the Errc::invalid of Transaction::attempt.
[[nodiscard]] std::string refusal_in_words(const Error& error);

// PostgreSQL's text and jsonb take no NUL. A raw one never gets past the codec; this finds the escaped one.
[[nodiscard]] bool has_nul_escape(std::string_view json);

}  // namespace tillgate
