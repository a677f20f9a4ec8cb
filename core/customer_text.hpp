// What is written to a customer's leaves, as the members of a payload. Internal to core's codecs; docs/protocol.md shows the members.
#pragma once

#include "core/json.hpp"
#include "core/merge.hpp"
#include "core/result.hpp"
#include "core/version.hpp"

namespace tillgate {

// Members of the payload's object, which the caller has begun and will end. A leaf names its version only where it differs from
// the change's.
void write_members(JsonWriter& json, const ChangeSet& changes, const Version& change_version);
// Takes its members from `reader`, from which the caller has taken its own: what is left then is from the future.
[[nodiscard]] Result<ChangeSet> read_change_set(JsonReader& reader, const Version& change_version);

}  // namespace tillgate
