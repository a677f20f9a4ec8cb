// What the changes of one transaction mean, whatever they are about: each is entered in its turn, then everything is saved, then the
// rows of the erased are scrubbed. Whoever receives changes, or takes parked ones up again, goes through here.
#pragma once

#include <string>
#include <vector>

#include "headoffice/held_records.hpp"
#include "headoffice/judge.hpp"
#include "headoffice/persons.hpp"

namespace tillgate {

enum class Entered : std::uint8_t {
  applied,
  discarded,  // of an erased record: acknowledged and counted, nothing of it is kept
  damaged,    // our own copy of the record fails its checksum: nothing can be merged into it
};

class Entries {
 public:
  // `changes`: those that will be entered, with their payloads. Locks the records that they are about.
  Entries(Transaction& tx, const std::string& org, const std::vector<const ReadChange*>& changes);
  void take_ready(const FreshRecords& fresh) { records_.take_ready(fresh); }
  // What entering it would come to; nothing is done yet.
  [[nodiscard]] Entered look(const ReadChange& change) const;
  Entered enter(const ReadChange& change, const std::string& store, Timestamp now);
  // Its payload stayed behind. True: no loss, since the record is erased; otherwise it is to be parked.
  [[nodiscard]] bool is_of_the_erased(const Envelope& envelope) const;
  // Before the rows are in, and after.
  [[nodiscard]] Result<> save(const std::string& store, Timestamp now) { return records_.save(store, now); }
  void finish() { persons_.finish(); }

 private:
  PersonBook persons_;
  HeldRecords records_;
};

}  // namespace tillgate
