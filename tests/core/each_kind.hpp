// An envelope once for every kind of body that a payload can have: what a payload's reader is to be fed with.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/envelope.hpp"

namespace tillgate {

inline std::vector<Envelope> each_kind_of(const Envelope& like) {
  std::vector<Envelope> all;
  for (const auto& [entity, kind] :
       {std::pair{kCustomerEntity, "update"}, std::pair{kPersonEntity, "merge"}, std::pair{kPersonEntity, "unmerge"},
        std::pair{kPersonEntity, "choose"}, std::pair{kPersonEntity, "erase"}, std::pair{kAuditEntity, "export"}}) {
    Envelope envelope = like;
    envelope.entity = entity;
    envelope.kind = kind;
    all.push_back(std::move(envelope));
  }
  return all;
}

}  // namespace tillgate
