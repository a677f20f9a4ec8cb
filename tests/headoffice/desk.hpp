// A desk at head office: a fresh database with the schema, and the calls that the database thread makes, one at a time.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "headoffice/database.hpp"
#include "headoffice/migrate.hpp"
#include "headoffice/presence.hpp"
#include "headoffice/receive.hpp"
#include "tests/headoffice/postgres.hpp"
#include "tests/headoffice/virtual_store.hpp"

namespace tillgate::test {

inline BatchPtr checked(const StoreKey& from, const UpBatch& batch) {
  const Encoded encoded = encode(batch);
  auto result = check_batch(from, encoded.bytes, encoded.content_encoding);
  EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().what);
  return result ? *result : nullptr;
}

class Desk {
 public:
  Desk() : Desk(Postgres::instance().create_database()) {}
  explicit Desk(std::string name) : name_(std::move(name)), database_(Postgres::instance().conninfo(name_)) { open(); }

  void open() {
    auto opened = database_.connect();
    if (opened) opened = migrate(database_);
    if (opened) {
      Random random(7);
      opened = database_.run([&](Transaction& tx) -> Result<> {
        office_.ho_epoch = learn_ho_epoch(tx, HoEpoch(random_uuid(random)));
        return {};
      });
    }
    ASSERT_TRUE(opened.has_value()) << opened.error().what << ": " << opened.error().detail;
    office_.now = kNow;
  }

  Result<Receipt> try_take(const VirtualStore& store, const UpBatch& batch, Look look = Look::last,
                           Pass pass = Pass::together) {
    const BatchPtr in = checked(store.key(), batch);
    std::optional<Receipt> receipt;
    auto done = database_.run([&](Transaction& tx) -> Result<> {
      auto received = receive(tx, *in, office_, look, pass);
      if (!received) return fail(received.error());
      receipt = std::move(*received);
      return {};
    });
    if (!done) return fail(done.error());
    return std::move(*receipt);
  }
  Receipt take(const VirtualStore& store, const UpBatch& batch, Look look = Look::last, Pass pass = Pass::together) {
    auto receipt = try_take(store, batch, look, pass);
    EXPECT_TRUE(receipt.has_value()) << receipt.error().what << ": " << receipt.error().detail;
    return receipt.value_or(Receipt{});
  }
  Heard hear(const Status& status, bool is_retained = false) {
    Heard heard;
    auto done = database_.run([&](Transaction& tx) -> Result<> {
      auto result = tillgate::hear(tx, status, is_retained, office_);
      if (!result) return fail(result.error());
      heard = std::move(*result);
      return {};
    });
    EXPECT_TRUE(done.has_value()) << done.error().what << ": " << done.error().detail;
    return heard;
  }

  [[nodiscard]] std::string value(const std::string& sql) const { return Postgres::instance().value(name_, sql); }
  [[nodiscard]] Postgres::Lines sql(const std::string& text) const { return Postgres::instance().sql(name_, text); }
  [[nodiscard]] std::string incidents(const std::string& kind) const {
    return value("SELECT coalesce(sum(count), 0) FROM hq.incidents WHERE kind = '" + kind + "'");
  }

  Database& database() { return database_; }
  OfficeNow& office() { return office_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::string name_;
  Database database_;
  OfficeNow office_;
};

}  // namespace tillgate::test
