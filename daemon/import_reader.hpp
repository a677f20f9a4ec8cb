// The rows of an import's file, some hundred at a time, from any place on: CSV or JSON lines, checked for what the whole file must be
// (UTF-8, one kind of line end). Memory is one chunk. Thread: the imports'.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/csv.hpp"
#include "daemon/import_job.hpp"

namespace tillgate {

inline constexpr std::size_t kImportChunkRows = 256;  // what the writer takes in one transaction

struct ImportChunk {
  std::vector<ImportRow> rows;
  ImportPlace next;
  bool is_end = false;
  std::optional<ImportFault> fault;  // the file is not one that can be imported; the rows before it count for nothing
};

class ImportReader {
 public:
  // Bytes of the file from an offset on, fewer only at its end.
  using Read = std::function<Result<std::string>(std::int64_t at, std::size_t bytes_max)>;
  ImportReader(const ImportOptions& options, Read read) : options_(options), read_(std::move(read)) {}

  // The header, and where the rows begin; before anything else, also when reading goes on in the middle. Empty: all is well.
  [[nodiscard]] Result<std::vector<ImportFault>> open();
  [[nodiscard]] const ImportPlace& first() const { return first_; }
  [[nodiscard]] Result<ImportChunk> next(const ImportPlace& from) const;

 private:
  [[nodiscard]] Result<> pass_line(ImportPlace& place) const;

  const ImportOptions& options_;
  Read read_;
  char separator_ = ',';
  std::vector<ImportLeaf> columns_;
  ImportPlace first_;
};

}  // namespace tillgate
