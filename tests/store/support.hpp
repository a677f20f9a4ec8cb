// Builders for store tests: a scratch folder, a store on a clock of our own, commands, and waiting for answers.
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "store/ledger.hpp"
#include "store/store.hpp"

namespace tillgate::testing {

class TempDir {
 public:
  TempDir() {
    const char* base = std::getenv("TMPDIR");
    std::string name = std::string(base ? base : "/tmp") + "/tillgate-store-XXXXXX";
    if (!mkdtemp(name.data())) std::abort();
    path_ = name;
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path file() const { return path_ / "data" / "tillgate.db"; }

 private:
  std::filesystem::path path_;
};

// Time that moves when told to. 2026-11-22 or so.
struct FakeClock {
  std::atomic<std::int64_t> system_ms{1'795'390'000'000};
  std::atomic<std::int64_t> mono_ms{1000};
  void advance(milliseconds by) {
    system_ms += by.count();
    mono_ms += by.count();
  }
  [[nodiscard]] HlcClock::Reading read() const { return {timestamp_from_ms(system_ms), Time(milliseconds(mono_ms))}; }
};

struct World {
  TempDir dir;
  FakeClock clock;
  std::mutex random_mutex;
  std::mt19937_64 random{20261122};
  std::atomic<int> faults{0};
  StoreOptions options;

  World() {
    options.file = dir.file();
    options.store = StoreId{"store-7"};
    options.keys.id = "k1";
    options.keys.pii.fill(0x11);
    options.keys.index.fill(0x22);
    options.read_clock = [this] { return clock.read(); };
    options.fill_random = [this](std::span<std::uint8_t> out) {
      std::lock_guard lock(random_mutex);
      for (auto& byte : out) byte = static_cast<std::uint8_t>(random());
    };
    options.on_fault = [this](const Error&) { ++faults; };
  }

  std::unique_ptr<Store> open() {
    auto store = Store::open(options);
    EXPECT_TRUE(store.has_value()) << (store ? "" : store.error().what + " | " + store.error().detail);
    if (!store) return nullptr;
    (*store)->confirm_clock(timestamp_from_ms(clock.system_ms), Time(milliseconds(clock.mono_ms)));
    return std::move(*store);
  }
  Error refusal() {
    auto store = Store::open(options);
    EXPECT_FALSE(store.has_value());
    return store ? Error{} : store.error();
  }
  // The database as any program would see it, for planting damage and looking underneath.
  std::unique_ptr<Connection> raw() {
    auto db = Connection::open({options.file.string(), options.vfs, false, 0});
    EXPECT_TRUE(db.has_value());
    return std::move(*db);
  }
};

constexpr std::chrono::seconds kPatience{60};

inline Result<CommandOutcome> run(Store& store, Command command) {
  auto promise = std::make_shared<std::promise<Result<CommandOutcome>>>();
  auto future = promise->get_future();
  if (!store.submit(std::move(command),
                    [promise](Result<CommandOutcome> outcome) { promise->set_value(std::move(outcome)); })) {
    return fail(Errc::busy, "queue full");
  }
  if (future.wait_for(kPatience) != std::future_status::ready) {
    ADD_FAILURE() << "no answer";
    return fail(Errc::unavailable, "no answer");
  }
  return future.get();
}

template <class Query>
Result<typename Query::Answer> ask(Store& store, Query query) {
  auto promise = std::make_shared<std::promise<Result<typename Query::Answer>>>();
  auto future = promise->get_future();
  if (!store.ask(std::move(query),
                 std::function<void(Result<typename Query::Answer>)>(
                     [promise](Result<typename Query::Answer> answer) { promise->set_value(std::move(answer)); }))) {
    return fail(Errc::busy, "queue full");
  }
  if (future.wait_for(kPatience) != std::future_status::ready) {
    ADD_FAILURE() << "no answer";
    return fail(Errc::unavailable, "no answer");
  }
  return future.get();
}

inline CommandKey key_of(const std::string& key, const std::string& request = "body",
                         const std::string& scope = "till-1 POST") {
  return CommandKey{key, scope, hash_of(request)};
}

inline CreateCustomer create(const std::string& first, std::optional<CommandKey> key = {}) {
  CreateCustomer command;
  command.actor = Actor{"till-1", "", "cashier"};
  command.key = std::move(key);
  command.patch.fields = {{Field::first_name, first}, {Field::last_name, "Example"}};
  return command;
}

inline UpdateCustomer update(const CustomerId& id, Field field, std::optional<std::string> value,
                             std::optional<CommandKey> key = {}) {
  UpdateCustomer command;
  command.actor = Actor{"till-1", "", "cashier"};
  command.key = std::move(key);
  command.id = id;
  command.patch.fields = {{field, std::move(value)}};
  return command;
}

inline MergeCustomers merging(const CustomerId& one, const CustomerId& other, std::optional<CommandKey> key = {}) {
  MergeCustomers command;
  command.actor = Actor{"till-1", "p-1", "manager"};
  command.key = std::move(key);
  command.one = one;
  command.other = other;
  command.reason = "same_licence";
  return command;
}

inline EraseCustomer erasing(const CustomerId& id, std::optional<CommandKey> key = {}) {
  EraseCustomer command;
  command.actor = Actor{"till-1", "p-1", "manager"};
  command.key = std::move(key);
  command.id = id;
  command.reason = "asked";
  return command;
}

// The Committed of a command that must succeed.
inline Committed commit(Store& store, Command command) {
  auto outcome = run(store, std::move(command));
  EXPECT_TRUE(outcome.has_value()) << (outcome ? "" : outcome.error().what + " | " + outcome.error().detail);
  if (!outcome) return {};
  EXPECT_TRUE(std::holds_alternative<Committed>(*outcome));
  return std::get<Committed>(*outcome);
}

inline UpBatch read_batch(Store& store, Seq after, std::size_t changes_max = kBatchChangesMax,
                          std::size_t bytes_max = kBatchBytesMax) {
  ReadBatch query;
  query.org = OrgId{"acme"};
  query.store = StoreId{"store-7"};
  query.after = after;
  query.changes_max = changes_max;
  query.bytes_max = bytes_max;
  auto batch = ask(store, query);
  EXPECT_TRUE(batch.has_value()) << (batch ? "" : batch.error().what + " | " + batch.error().detail);
  return batch ? *batch : UpBatch{};
}

inline StoreFigures figures(Store& store) {
  auto answer = ask(store, ReadFigures{});
  EXPECT_TRUE(answer.has_value());
  return answer ? *answer : StoreFigures{};
}

inline std::string bytes_of_folder(const std::filesystem::path& folder) {
  std::string all;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    all.append(std::istreambuf_iterator<char>(in), {});
  }
  return all;
}

inline Result<CommandOutcome> ack(Store& store, Position upto, bool may_go_back = false) {
  SaveAck command;
  command.feed = "head_office";
  command.ho_epoch = HoEpoch(uuid_v4({9}));
  command.upto = upto;
  command.may_go_back = may_go_back;
  return run(store, command);
}

inline Position position(Store& store, Seq seq) {
  return {seq, **ask(store, DigestAt{seq})};
}

}  // namespace tillgate::testing
