// An import as it stands: what was asked for, how far it is, what came of it. A value; kept as one small file beside the rows of the
// import, so that a restart goes on with it. Holds ids, counts and codes; of the file itself only the headers that its sender named.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/bytes.hpp"
#include "core/command.hpp"
#include "core/import_row.hpp"
#include "core/json.hpp"

namespace tillgate {

using ImportId = UuidId<struct ImportIdTag>;

inline constexpr std::int64_t kImportBytesMax = std::int64_t{1} << 30;
inline constexpr std::int64_t kImportRowsMax = 10'000'000;

enum class ImportFormat : std::uint8_t { csv, json_lines };
enum class ImportMode : std::uint8_t { all_or_nothing, skip_bad };
enum class ImportState : std::uint8_t {
  receiving,  // parts of the file are still to come
  checking,   // every row is read and judged, nothing is written
  writing,    // rows become customers
  done,
  refused,    // nothing was written: `faults` say why
  cancelled,  // by somebody; what was written stays
  abandoned,  // the rest of the file did not come
};
[[nodiscard]] std::string_view name_of(ImportState state);
[[nodiscard]] inline bool has_ended(ImportState state) {
  return state > ImportState::writing;
}

// What whoever imports decides.
struct ImportOptions {
  Digest file;  // BLAKE2b-256 of the whole file: with the row's number it is what makes a second import of it harmless
  std::int64_t bytes = 0;
  ImportFormat format = ImportFormat::csv;
  std::optional<char> separator;  // none: by the first line
  ImportMapping mapping;
  DateOrder dates = DateOrder::iso;
  ImportMode mode = ImportMode::all_or_nothing;
  bool is_dry_run = false;
  bool operator==(const ImportOptions&) const = default;
};

// Where reading goes on: at the beginning of a row.
struct ImportPlace {
  std::int64_t offset = 0;
  std::int64_t rows = 0;   // read before it
  std::int64_t lines = 0;  // likewise
  bool operator==(const ImportPlace&) const = default;
};
struct ImportCounts {
  std::int64_t created = 0, unchanged = 0, bad = 0, good = 0;  // `good`: judged, while nothing is written
  bool operator==(const ImportCounts&) const = default;
};
// Why an import was refused; nothing of the file's text.
struct ImportFault {
  std::string code, sentence;
  bool operator==(const ImportFault&) const = default;
};

struct ImportJob {
  ImportId id;
  Actor actor;
  ImportOptions options;
  Timestamp began_at;
  std::optional<Timestamp> ended_at;
  ImportState state = ImportState::receiving;
  std::int64_t received = 0;  // bytes
  // Up to here the report is complete; of the part that runs, checking or writing.
  ImportPlace place;
  ImportCounts counts;
  std::int64_t report_bytes = 0;
  std::int64_t rows_total = 0;  // known once they were checked
  Seq first_seq = 0;            // of the note that writing begins with: customers with a later one are this import's
  Seq last_seq = 0;             // of what was written last; a ledger that is shorter was put back, and is written to anew
  std::vector<ImportFault> faults;
  std::int64_t idle_seconds = 0;  // how long the daemon has been running since anything happened here
  bool operator==(const ImportJob&) const = default;
};

// For its file, and back. Errc::invalid: not one of ours.
[[nodiscard]] std::string encode(const ImportJob& job);
[[nodiscard]] Result<ImportJob> decode_import_job(std::string_view text);

// The members of an import, for whoever may ask.
void write_import(JsonWriter& json, const ImportJob& job);
// One line of JSON for live events: how far it is, nothing of what is in the file.
[[nodiscard]] std::string progress_of(const ImportJob& job);

// Out of the body of a request; unknown members are faults.
struct ParsedImport {
  ImportOptions options;
  std::vector<FieldFault> faults;
};
[[nodiscard]] ParsedImport import_from(const Json::Object& body);

}  // namespace tillgate
