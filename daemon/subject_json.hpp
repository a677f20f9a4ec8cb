// The document that a customer is given: docs/transfer.md lists its members. Pure.
#pragma once

#include <string>
#include <vector>

#include "store/queries.hpp"
#include "store/seal.hpp"

namespace tillgate {

struct SubjectOrder {
  StoredOrder stored;
  OrderChanges::Chain said;
};
struct SubjectFile {
  GetSubject::Subject subject;
  std::vector<HistoryEntry> history;  // newest first
  std::vector<LeafOrigin> provenance;
  std::vector<SubjectOrder> orders;
  OrgId org;
  StoreId store;
  Timestamp as_of;
  std::string as_of_head_office;  // online, offline
};

// Whether everything was found that is known to exist: a record with very many changes has older ones than are read.
[[nodiscard]] bool is_whole(const SubjectFile& file);
[[nodiscard]] std::string subject_json(const SubjectFile& file, const Sealer& sealer);

}  // namespace tillgate
