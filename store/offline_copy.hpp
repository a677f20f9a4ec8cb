// A database that no gateway has open, for reading: a copy that an auditor was handed, or a store's own file after its daemon was stopped.
// The only way for tillgatectl to a database (besides what else begins with store/offline_). Thread: the owner's.
#pragma once

#include <filesystem>
#include <memory>

#include "store/queries.hpp"

namespace tillgate {

class OfflineCopy {
 public:
  // Errc::not_found: there is no such file; busy: a gateway has it open; else it is no database of ours, or damaged.
  [[nodiscard]] static Result<OfflineCopy> open(const std::filesystem::path& file);
  ~OfflineCopy();
  OfflineCopy(OfflineCopy&&) noexcept;

  [[nodiscard]] Result<ReadAudit::Page> audit(const ReadAudit& query);

 private:
  struct Parts;
  explicit OfflineCopy(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate
