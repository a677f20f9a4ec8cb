// What the columns of somebody else's file mean: "First Name", "DOB" and "drivers_license" are fields of ours under other names.
// Nothing is guessed from values, and nothing is left out in silence: a header that means nothing to us, and a field that we need and
// do not get, are complaints, and the import stops before its first row.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/customer.hpp"

namespace tillgate {

// Where the text of a column goes.
struct ImportLeaf {
  enum class Kind : unsigned char { field, consent, consent_source, consent_text, tags, pos_links, pos_link, ignored };
  Kind kind = Kind::ignored;
  Field field{};
  Purpose purpose{};
  std::string account = {};  // of a pos_link
  bool operator==(const ImportLeaf&) const = default;
};

// By our own name ("licence.number", "consent.email", "tags", "pos_links.treez"), or by one of the names under which others know it.
// Case, blanks, dashes, dots and underscores do not matter. What an export says of a record beside its fields is known and ignored.
[[nodiscard]] std::optional<ImportLeaf> leaf_named(std::string_view header);
// Our own name of it, for people; empty for what is ignored.
[[nodiscard]] std::string name_of(const ImportLeaf& leaf);

// What whoever imports says beyond that.
struct ImportMapping {
  std::vector<std::pair<std::string, std::string>> map;  // their header -> our name
  std::vector<std::string> ignore;                       // their headers
  bool ignores_unknown = false;
  bool operator==(const ImportMapping&) const = default;
};
inline constexpr std::size_t kMappingsMax = 128;
inline constexpr std::size_t kHeaderBytesMax = 200;

// Without a word of the file: a file without a header line has somebody's data there.
struct HeaderFault {
  std::string code;        // unknown_header, missing_field, double_field, unknown_field, unused_header
  std::size_t column = 0;  // from 1; 0: none
  std::string field;       // ours; empty: none
  bool operator==(const HeaderFault&) const = default;
};
[[nodiscard]] std::string sentence_of(const HeaderFault& fault);

// One column's meaning by mapping and names; nullopt: it has none.
[[nodiscard]] std::optional<ImportLeaf> leaf_of(std::string_view header, const ImportMapping& mapping);
// Of the mapping by itself: targets that are no fields of ours.
[[nodiscard]] std::vector<HeaderFault> faults_in(const ImportMapping& mapping);

struct ImportColumns {
  std::vector<ImportLeaf> leaves;  // by column
  std::vector<HeaderFault> faults;
};
[[nodiscard]] ImportColumns columns_of(std::span<const std::string> headers, const ImportMapping& mapping);

}  // namespace tillgate
