// The rows of hq.change_log that one transaction writes, as the arrays of one INSERT. Most of a row is what came, and can be made
// ready before its turn; what was ruled about it is added then.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "core/message.hpp"
#include "headoffice/database.hpp"
#include "headoffice/judge.hpp"

namespace tillgate {

// What came.
class ChangeTexts {
 public:
  void add(Seq seq, const ChangeLines& lines, const Digest& chained, const ReadChange& change);
  // What PostgreSQL refused goes in as bytes, with nothing of it in a text.
  void add_refused(Seq seq, const ChangeLines& lines, const Digest& chained, const ReadChange& change);
  [[nodiscard]] std::size_t bytes() const;

 private:
  friend class ChangeRulings;
  void add_place(Seq seq, const ChangeLines& lines, const Digest& chained, const ReadChange& change);
  SqlArray seq_, change_id_, key_, entity_, kind_, version_, source_, recorded_at_, envelope_, payload_, payload_hash_, digest_,
      refused_lines_;
  [[nodiscard]] std::array<const SqlArray*, 13> columns() const {
    return {&seq_,         &change_id_, &key_,     &entity_,       &kind_,   &version_,      &source_,
            &recorded_at_, &envelope_,  &payload_, &payload_hash_, &digest_, &refused_lines_};
  }
};

// What was ruled, for the same changes in the same order.
class ChangeRulings {
 public:
  void add(std::string_view state, const Ruling& ruling);  // applied, known_id or parked
  void insert(Transaction& tx, std::int64_t epoch_id, const std::string& org, Timestamp received_at,
              const ChangeTexts& texts) const;

 private:
  SqlArray state_, park_code_, park_reason_;
};

// The lines of a refused change as one value, and back.
[[nodiscard]] std::string refused_lines(const ChangeLines& lines);
[[nodiscard]] ChangeLines lines_in(std::string_view refused, const Digest& payload_hash);  // looks into `refused`

}  // namespace tillgate
