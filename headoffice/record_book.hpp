// The records of one entity that one transaction touches: locked in key order, merged in memory, written back once. The same rules
// for every entity; what differs is a Kind: its values, its texts, its table.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "core/change.hpp"
#include "core/check.hpp"
#include "headoffice/database.hpp"

namespace tillgate {

// A record as it is written.
struct RecordRow {
  std::string state, fields;
  Digest digest;
  Timestamp updated_at;
};

template <class Kind>
class RecordBook {
 public:
  using Id = typename Kind::Id;
  using State = typename Kind::State;
  // What the changes of one batch make of records whom nobody has entered before: most are, and this needs no database.
  using Fresh = std::map<Id, RecordRow>;

  // Reads and locks what is held of these keys, in key order, so that two instances cannot wait for each other in a ring.
  RecordBook(Transaction& tx, std::string org, std::vector<Id> keys) : tx_(tx), org_(std::move(org)) {
    std::sort(keys.begin(), keys.end());
    keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
    if (keys.empty()) return;
    SqlArray ids;
    for (const Id& id : keys) {
      ids.add(id);
      entries_[id].state.id = id;
    }
    for (const Row& row : tx_.ask(Kind::kLock, Params().add(org_).add(ids))) {
      Entry& entry = entries_[Id(row.uuid(0))];
      entry.is_held = true;
      auto held = Kind::decode(row.text(1));
      entry.is_sound = held && hash_of(row.text(1)) == row.digest(2) && held->id == entry.state.id;
      if (entry.is_sound) entry.state = std::move(*held);
    }
  }

  // False: the record that we hold fails its checksum or cannot be read. Nothing may be merged into it.
  [[nodiscard]] bool is_sound(const Id& id) const {
    const auto found = entries_.find(id);
    CHECK(found != entries_.end());
    return found->second.is_sound;
  }
  // For those that are not held, what every merge to come would make of them. `fresh` must outlive the book.
  void take_ready(const Fresh& fresh) {
    for (auto& [id, entry] : entries_) {
      if (entry.is_held) continue;
      if (const auto found = fresh.find(id); found != fresh.end()) entry.ready = &found->second;
    }
  }
  // An erased record: nothing of it is written.
  void forget(const Id& id) { entries_.erase(id); }
  void merge(const Id& id, const typename Kind::Body& changes) {
    Entry& entry = entries_.at(id);
    CHECK(entry.is_sound);
    if (entry.ready) return;
    if (tillgate::merge(entry.state, changes).has_changed) entry.has_changed = true;
  }

  // Writes every record that a merge has moved. Errc::conflict: somebody else has just entered one of the new keys; the
  // transaction must be run again.
  [[nodiscard]] Result<> save(const std::string& store, Timestamp now) {
    Columns fresh, moved;
    for (const auto& [id, entry] : entries_) {  // a map: in key order
      if (entry.ready) {
        fresh.add(id, *entry.ready);
      } else if (entry.has_changed) {
        (entry.is_held ? moved : fresh).add(id, Kind::row_of(entry.state));
      }
    }
    if (moved.size() > 0) {
      auto params = Params().add(org_).add(now).add(moved.ids).add(moved.states).add(moved.digests);
      tx_.tell(Kind::kUpdate, params.add(moved.fields).add(moved.updated));
    }
    if (fresh.size() > 0) {
      auto params = Params().add(org_).add(store).add(now).add(fresh.ids).add(fresh.states).add(fresh.digests);
      const auto entered = tx_.tell(Kind::kInsert, params.add(fresh.fields).add(fresh.updated));
      if (entered != fresh.size()) return fail(Errc::conflict, "another instance entered one of these records");
    }
    return {};
  }

 private:
  struct Entry {
    State state;
    bool is_held = false;  // a row exists
    bool is_sound = true;
    bool has_changed = false;
    const RecordRow* ready = nullptr;
  };
  struct Columns {
    SqlArray ids, states, digests, fields, updated;
    void add(const Id& id, const RecordRow& row) {
      ids.add(id);
      states.add(std::string_view(row.state));
      digests.add(row.digest);
      fields.add(std::string_view(row.fields));
      updated.add(row.updated_at);
    }
    [[nodiscard]] std::int64_t size() const { return static_cast<std::int64_t>(ids.size()); }
  };
  Transaction& tx_;
  std::string org_;
  std::map<Id, Entry> entries_;
};

}  // namespace tillgate
