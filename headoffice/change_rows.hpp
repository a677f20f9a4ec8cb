// The rows of hq.change_log that one transaction writes, as the arrays of one INSERT.
#pragma once

#include <string>
#include <string_view>

#include "core/message.hpp"
#include "headoffice/database.hpp"
#include "headoffice/judge.hpp"

namespace tillgate {

class ChangeRows {
 public:
  // `state`: applied, known_id or parked. What PostgreSQL refused goes in as bytes, with nothing of it in a text.
  void add(Seq seq, const ChangeLines& lines, const Digest& chained, const Judged& judged, std::string_view state);
  void insert(Transaction& tx, std::int64_t epoch_id, const std::string& org, Timestamp received_at) const;

 private:
  void add_envelope(const Judged& judged);
  SqlArray seq_, change_id_, key_, entity_, kind_, version_, source_, recorded_at_, envelope_, payload_, payload_hash_, digest_,
      state_, park_code_, park_reason_, refused_lines_;
};

// The lines of a refused change as one value, and back.
[[nodiscard]] std::string refused_lines(const ChangeLines& lines);
[[nodiscard]] ChangeLines lines_in(std::string_view refused, const Digest& payload_hash);  // looks into `refused`

}  // namespace tillgate
