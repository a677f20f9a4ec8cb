// Of a scrub: that a record, whatever its entity, is what its changes make of it, and that a record leads to each change.
#include <utility>

#include "store/scrub.hpp"
#include "store/scrub_reads.hpp"

namespace tillgate {
namespace {

constexpr int kBusyMax = 5;  // then a record with too many changes to be read in one step is passed over

}  // namespace

Result<> Scrub::check_records(Connection& db, const std::vector<std::int64_t>& next, std::int64_t& last, std::int64_t& count,
                              Result<> (Scrub::*check)(Connection&, std::int64_t)) {
  for (const std::int64_t n : next) {
    if (busy_ >= kBusyMax) {
      ++report_.skipped;
      is_record_unread_ = true;
      busy_ = 0;
    } else if (auto done = (this->*check)(db, n); !done) {
      return done;
    }
    last = n;
    ++count;
    settle();
  }
  return {};
}

void Scrub::find_unnamed() {
  if (is_record_unread_) return;
  for (Seq seq = 1; seq < static_cast<Seq>(is_named_.size()); ++seq) {
    const auto at = static_cast<std::size_t>(seq);
    if (!is_named_[at] && !is_blanked_[at]) find("ledger", seq, "is a change that no record leads to");
  }
}

// The record is what its changes make of it, and its times are theirs.
Result<> Scrub::check_history(Connection& db, const Held& held, const std::function<void(const Payload&)>& add,
                              const std::function<Digest()>& etag) {
  std::optional<Seq> newest_read;  // the newest of its changes that was there when the ledger was read
  Seq oldest = 0;
  Timestamp first, last;
  for (Seq seq = held.last_seq; seq > 0;) {
    auto blanked = blanked_at(db, seq);
    if (!blanked && !is_of_the_row(blanked.error())) return fail(blanked.error());
    if (blanked && *blanked && (*blanked)->envelope.key == held.id) {  // what counts of it was said again
      first = (*blanked)->envelope.recorded_at;
      oldest = seq;
      seq = (*blanked)->prior;
      continue;
    }
    auto change = change_at(db, seq);
    if (!change && !is_of_the_row(change.error())) return fail(change.error());
    if (!change || !*change || (*change)->envelope.key != held.id || (*change)->envelope.entity != held.entity ||
        (*change)->prior >= seq) {
      is_record_unread_ = true;
      find(held.table, held.n, "has changes that cannot be read");
      return {};
    }
    if (!newest_read && seq < static_cast<Seq>(is_named_.size())) newest_read = seq;
    first = (*change)->envelope.recorded_at;
    if (seq == held.last_seq) last = first;
    add((*change)->payload);
    oldest = seq;
    seq = (*change)->prior;
  }
  if (etag() != held.etag) find(held.table, held.n, "is not what its changes make of it");
  if (last != held.updated_at || first != held.created_at || oldest != held.n)
    find(held.table, held.n, "has another number or other times than its changes");
  if (newest_read) {
    auto named = is_named_[static_cast<std::size_t>(*newest_read)];
    if (named) find(held.table, held.n, "does not lead to its last change");
    is_named_[static_cast<std::size_t>(*newest_read)] = true;
  }
  return {};
}

}  // namespace tillgate
