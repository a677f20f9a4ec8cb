// What is said of persons, as the members of a payload. The envelope holds the rest: kind, key and version.
// Internal to core's codecs; docs/protocol.md shows the members.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/envelope.hpp"
#include "core/json.hpp"
#include "core/person.hpp"
#include "core/result.hpp"

namespace tillgate {

// "merge", "unmerge", "choose", "erase": the envelope's kind.
[[nodiscard]] std::string_view kind_of(const PersonChange& change);
// The record that the change is filed under, the envelope's key: an end of the link, the record unmerged, chosen from, or the
// first one erased.
[[nodiscard]] CustomerId key_of(const PersonChange& change);
[[nodiscard]] bool is_person_kind(std::string_view kind);

// Members of the payload's object, which the caller has begun and will end.
void write_members(JsonWriter& json, const PersonChange& change);
// Takes its members from `reader`; what is left is the caller's to judge.
[[nodiscard]] Result<PersonChange> read_person_change(JsonReader& reader, const Envelope& envelope);

// Statements by themselves, as a choice keeps them in a table: "[[a, b, version], ...]".
[[nodiscard]] std::string text_of(const std::vector<LinkAdd>& statements);
[[nodiscard]] std::optional<std::vector<LinkAdd>> statements_from(std::string_view text);

}  // namespace tillgate
