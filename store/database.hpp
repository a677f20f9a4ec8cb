// StoreDatabase: one database file, opened, migrated, checked and in a new epoch, with the writer on it. No thread: Store runs
// its threads on one of these; a simulation drives one by hand:
//   database.writer()->submit(command, done); while (database.writer()->drain()) {}
//   database.ask(GetCustomer{id});
// Destroying it without finish() is what a crash leaves: nothing more is written.
#pragma once

#include <memory>
#include <optional>

#include "store/files.hpp"
#include "store/queries.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "store/writer.hpp"

namespace tillgate {

// Structure and indexes up to 64 MiB, structure up to 256 MiB, nothing above: nobody can wait for it.
[[nodiscard]] Result<> check_structure(Connection& db, std::int64_t bytes);

class StoreDatabase {
 public:
  // Creates, migrates and checks as need be, and draws a new epoch, all of it durable. With `is_read_only`: no writer, and not a
  // byte is written.
  [[nodiscard]] static Result<std::unique_ptr<StoreDatabase>> open(StoreOptions options);
  StoreDatabase(const StoreDatabase&) = delete;
  StoreDatabase& operator=(const StoreDatabase&) = delete;

  [[nodiscard]] const StoreOptions& options() const { return options_; }
  [[nodiscard]] const OpenReport& opened() const { return report_; }
  [[nodiscard]] const Sealer& sealer() const { return sealer_; }
  [[nodiscard]] Writer* writer() { return writer_.get(); }  // null: opened for reading only
  // How a reader opens this file.
  [[nodiscard]] ConnectionOptions reader_options() const;
  // A read on the caller's thread, over a read-only connection of its own.
  template <class Query>
  [[nodiscard]] Result<typename Query::Answer> ask(const Query& query) {
    if (!reader_) {
      auto opened = Connection::open(reader_options());
      if (!opened) return fail(opened.error());
      reader_ = std::move(*opened);
    }
    return Queries(*reader_).run(query);
  }
  // The write connection: the writer's, and nobody else's while it has work.
  [[nodiscard]] Connection& connection() { return *db_; }

 private:
  explicit StoreDatabase(StoreOptions options) : options_(std::move(options)), sealer_(options_.keys) {}
  [[nodiscard]] Result<> open_for_writing();
  [[nodiscard]] Result<> open_for_reading();

  const StoreOptions options_;
  const Sealer sealer_;
  OpenReport report_;
  std::optional<FileLock> lock_;
  std::unique_ptr<Connection> db_, reader_;
  std::unique_ptr<Writer> writer_;
};

}  // namespace tillgate
