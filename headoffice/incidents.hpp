// Incidents: what somebody should know about, one row per store, kind, epoch and place, with a count.
#pragma once

#include <cstdint>
#include <string_view>

#include "headoffice/database.hpp"

namespace tillgate {

enum class Incident : std::uint8_t { gap, duplicate, branch, clone, fork, unknown_epoch, parked, bad_batch };
[[nodiscard]] std::string_view name_of(Incident kind);

// `detail` is one sentence without personal data. `times`: how often it happened since it was last recorded.
void record_incident(Transaction& tx, std::int64_t store_id, Incident kind, const Epoch& epoch, Seq seq,
                     std::string_view detail, Timestamp now, std::int64_t times = 1);

// Forgets what has not happened again for `age`: the table stays bounded.
inline constexpr milliseconds kIncidentsKept = std::chrono::hours(24 * 180);
void forget_old_incidents(Transaction& tx, Timestamp now);

}  // namespace tillgate
