// The text of live events (text/event-stream, as the HTML standard has it). Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "daemon/notices.hpp"
#include "store/queries.hpp"

namespace tillgate {

// What a listener sends back in Last-Event-ID. Row and digest together: after a restored backup, or a second machine with the same
// database, the same number is another change.
struct EventId {
  Seq seq = 0;
  std::string digest;  // its first 16 hexadecimal digits
};
[[nodiscard]] std::string event_id_text(const Position& at);
// None: not one of ours.
[[nodiscard]] std::optional<EventId> event_id_from(std::string_view text);
[[nodiscard]] bool names(const EventId& id, const Digest& digest);

[[nodiscard]] std::string event_text(const LedgerEvent& event);
[[nodiscard]] std::string event_text(const Notice& notice);  // without an id: where the listener goes on from stays as it was
// The first event of a stream: where it begins, and what is the case. `data` is one line of JSON.
[[nodiscard]] std::string start_text(const Position& at, std::string_view data);
// Instead of it where a stream cannot go on from where its listener was. `reason`: too_old, unknown_position.
[[nodiscard]] std::string reset_text(const Position& at, std::string_view reason);

inline constexpr std::string_view kPingText = ": ping\n\n";

}  // namespace tillgate
