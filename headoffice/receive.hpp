// One batch from a store, received in one transaction: the store's row locked, the verdict of core/receiver taken, the rows
// and the merged customers written, the cursor moved. The ack goes out after COMMIT returned, never before.
//
// Any number of instances may do this at once: the locked row decides who is next, the cursor decides what is new.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.hpp"
#include "core/receiver.hpp"
#include "headoffice/change_rows.hpp"
#include "headoffice/database.hpp"
#include "headoffice/held_records.hpp"
#include "headoffice/judge.hpp"
#include "headoffice/registry.hpp"

namespace tillgate {

// A batch that has passed everything that needs no database: decoded, split, its chain recomputed, its sender the one that
// the topic names, its changes read. Neither copied nor moved: `changes` look into `batch.body`.
struct CheckedBatch {
  StoreKey from;
  UpBatch batch;
  std::vector<ChangeLines> changes;
  std::vector<Digest> digests;   // after each change
  std::vector<ReadChange> read;  // what each says
  ChangeTexts texts;             // all of them, ready for PostgreSQL
  FreshRecords fresh;            // what all of them together make of new records

  CheckedBatch() = default;
  CheckedBatch(const CheckedBatch&) = delete;
  CheckedBatch& operator=(const CheckedBatch&) = delete;
  // About as much memory as it takes: the body, the values read from it, the texts and records made of it.
  [[nodiscard]] std::size_t weight() const {
    return sizeof(CheckedBatch) + 3 * batch.body.size() + texts.bytes() + read.size() * sizeof(ReadChange);
  }
};
using BatchPtr = std::shared_ptr<const CheckedBatch>;
[[nodiscard]] Result<BatchPtr> check_batch(const StoreKey& from, std::string_view bytes, std::string_view content_encoding);

struct OfficeNow {
  HoEpoch ho_epoch;
  Timestamp now;
};

// A gap may close by itself when another instance commits what is missing, so the first look records nothing about it.
enum class Look : std::uint8_t { first, last };

// Together is fast. If PostgreSQL refuses a value (Errc::invalid) it does not say whose: then each by itself, and the change that is
// refused is parked instead of stopping all that come after it.
enum class Pass : std::uint8_t { together, one_by_one };

struct Tally {
  std::int64_t applied = 0, known_ids = 0, parked = 0;
  std::int64_t discarded = 0;  // of erased records
  Tally& operator+=(const Tally& more) {
    applied += more.applied;
    known_ids += more.known_ids;
    parked += more.parked;
    discarded += more.discarded;
    return *this;
  }
};
struct Receipt : Tally {
  Verdict verdict{};
  std::string why;
  Ack ack;  // to be sent when the verdict is final

  [[nodiscard]] bool moved_the_cursor() const {
    return verdict == Verdict::apply || verdict == Verdict::open || verdict == Verdict::branch;
  }
  // Something is missing before it.
  [[nodiscard]] bool must_wait() const { return verdict == Verdict::gap || verdict == Verdict::unknown_epoch; }
};
[[nodiscard]] Result<Receipt> receive(Transaction& tx, const CheckedBatch& in, const OfficeNow& office, Look look,
                                      Pass pass = Pass::together);

// What came on a store's topic and cannot even be checked.
void record_bad_batch(Transaction& tx, const StoreKey& from, std::string_view why, Timestamp now);

}  // namespace tillgate
