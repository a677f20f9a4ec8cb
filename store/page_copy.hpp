// A consistent copy of the running database into another file, some pages at a time, on the connection that writes.
// SQLite's backup API takes the changes that its own connection commits over into the copy as they are made, so the copy never begins
// anew however much is written, ends as the database is at that moment, and between two steps holds no snapshot: the WAL is started
// anew as always. Over a reader each commit would begin it anew, and one long read would let the WAL grow past its ceiling.
// Thread: the connection's. Outlived by the connection.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "store/sqlite.hpp"

struct sqlite3_backup;

namespace tillgate {

class PageCopy {
 public:
  // What is at `into` is replaced. The copy is as readable as the database: it belongs where that lies, and is to be removed soon.
  [[nodiscard]] static Result<std::unique_ptr<PageCopy>> begin(Connection& source, const std::string& into);
  ~PageCopy();
  PageCopy(const PageCopy&) = delete;
  PageCopy& operator=(const PageCopy&) = delete;

  // True: it is whole, and its file is closed. Not inside a transaction. An error concerns the copy alone: the source is as it was.
  [[nodiscard]] Result<bool> step(int pages);
  [[nodiscard]] std::int64_t pages_done() const { return done_; }
  [[nodiscard]] std::int64_t pages_total() const { return total_; }

 private:
  PageCopy() = default;
  void close();
  sqlite3* target_ = nullptr;
  sqlite3_backup* copy_ = nullptr;
  std::int64_t done_ = 0, total_ = 0;
};

// The file of a copy, with what SQLite lays beside it.
void remove_copy(const std::string& file);

}  // namespace tillgate
