// bench_store: makes what the benches begin with, through the store's own doors.
//   bench_store fill <database> <store> <pii-key> <index-key> <customers> <seed> <queued|acked>
//       creates customers as terminals do; "acked" then moves head office's cursor to the head, as if all had been sent
//   bench_store batches <database> <org> <store> <changes> <file>
//       writes the ledger as the batches that would travel: length (4 bytes, big-endian), bytes, for each
//   bench_store bodies <count> <seed> <file>
//       that many customers as terminals send them, one a line
//   bench_store sizes <database>
//       bytes of every table and index
// One line of JSON on stdout.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <future>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/backlog.hpp"
#include "bench/people.hpp"
#include "core/codec.hpp"
#include "service/clock.hpp"
#include "store/feeds.hpp"
#include "store/sqlite.hpp"
#include "store/store.hpp"
#include "store/transaction.hpp"

namespace tillgate::bench {
namespace {

[[noreturn]] void die(const Error& error) {
  throw std::runtime_error(error.what + " " + error.detail);
}

std::array<std::uint8_t, 32> key_in(const char* file) {
  std::ifstream in(file);
  std::string hex;
  in >> hex;
  std::array<std::uint8_t, 32> key{};
  if (!from_hex(hex, key)) throw std::runtime_error(std::string("no key in ") + file);
  return key;
}

StoreOptions options_for(const char* file, const char* store, const char* pii, const char* index, Random& random) {
  StoreOptions options;
  options.file = file;
  options.store = StoreId{store};
  options.keys = SealKeys{"k1", key_in(pii), key_in(index)};
  options.bytes_max = std::int64_t{64} << 30;
  options.group_max = 4096;
  options.write_queue_max = 8192;
  options.readers = 1;
  options.read_clock = [] { return clock_now(); };
  options.fill_random = [&random](std::span<std::uint8_t> out) {  // called on the writer's thread alone
    for (auto& byte : out) byte = static_cast<std::uint8_t>(random.next());
  };
  return options;
}

CommandOutcome done_by(Store& store, Command command) {
  std::promise<Result<CommandOutcome>> promise;
  auto answer = promise.get_future();
  if (!store.submit(std::move(command), [&](Result<CommandOutcome> outcome) { promise.set_value(std::move(outcome)); }))
    throw std::runtime_error("the store's queue is full");
  auto outcome = answer.get();
  if (!outcome) die(outcome.error());
  return std::move(*outcome);
}

template <class Query>
typename Query::Answer asked(Store& store, Query query) {
  std::promise<Result<typename Query::Answer>> promise;
  auto future = promise.get_future();
  if (!store.ask(std::move(query), [&](Result<typename Query::Answer> answer) { promise.set_value(std::move(answer)); }))
    throw std::runtime_error("the store's queue is full");
  auto answer = future.get();
  if (!answer) die(answer.error());
  return std::move(*answer);
}

CreateCustomer create(Random& random, std::int64_t number) {
  CreateCustomer command;
  command.actor = Actor{"till-" + std::to_string(1 + random.below(8)), "", "staff"};
  command.patch = invent_person(random, number);
  if (!normalise(command.patch, WriteKind::create).empty()) throw std::runtime_error("an invented person is refused");
  std::array<std::uint8_t, 10> bits{};
  for (auto& bit : bits) bit = static_cast<std::uint8_t>(random.next());
  command.key = CommandKey{uuid_v7(utc_now(), bits).text(), "bench", hash_of(std::to_string(number))};
  return command;
}

// As if every record had been compared and nobody were like another: over a million of them that takes most of an hour of idle time.
void pass_likenesses(const char* file, const Position& head) {
  auto db = Connection::open(ConnectionOptions{file, "", false, 0});
  if (!db) die(db.error());
  auto transaction = Transaction::begin(**db);
  if (!transaction) die(transaction.error());
  if (auto done = save_feed(*transaction, FeedRow{std::string(kLikenessFeed), head, {}, {}, utc_now()}); !done) die(done.error());
  if (auto done = transaction->commit(); !done) die(done.error());
}

int fill(char** args) {
  const std::int64_t customers = std::atoll(args[4]);
  const std::uint64_t seed = std::strtoull(args[5], nullptr, 10);
  Random people(seed), entropy(seed + 1);
  auto opened = Store::open(options_for(args[0], args[1], args[2], args[3], entropy));
  if (!opened) die(opened.error());
  Store& store = **opened;
  std::atomic<std::int64_t> answered{0}, failed{0};
  for (std::int64_t n = 0; n < customers; ++n) {
    Command command = create(people, n);
    const auto done = [&](const Result<CommandOutcome>& outcome) {
      if (!outcome || !std::holds_alternative<Committed>(*outcome)) ++failed;
      ++answered;
    };
    while (n - answered >= 8000) std::this_thread::sleep_for(std::chrono::milliseconds(1));  // the queue takes 8192
    if (!store.submit(std::move(command), done)) throw std::runtime_error("the store's queue is full");
  }
  while (answered < customers) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  if (failed > 0) throw std::runtime_error(std::to_string(failed) + " creates failed");
  const auto figures = asked(store, ReadFigures{});
  if (std::string(args[6]) == "acked") {
    SaveAck ack;
    ack.feed = "head_office";
    ack.ho_epoch = HoEpoch(uuid_v4({1, 2, 3}));
    ack.upto = figures.head;
    (void)done_by(store, Command(ack));
  }
  // Settled, as a store is after its first night: the index has them all, and the review queue has been through.
  while (store.counters().search_behind > 0 && !store.counters().is_search_halted) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  opened->reset();
  pass_likenesses(args[0], figures.head);
  std::printf("{\"customers\":%lld,\"head\":%lld,\"databaseBytes\":%lld}\n", static_cast<long long>(figures.customers),
              static_cast<long long>(figures.head.seq), static_cast<long long>(figures.database_bytes));
  return 0;
}

std::unique_ptr<Connection> reading(const char* file) {
  ConnectionOptions options;
  options.file = file;
  options.is_reader = true;
  auto db = Connection::open(options);
  if (!db) die(db.error());
  return std::move(*db);
}

int batches(char** args) {
  const auto db = reading(args[0]);
  Queries queries(*db);
  std::ofstream out(args[4], std::ios::binary);
  std::int64_t count = 0, changes = 0, packed_bytes = 0, plain_bytes = 0;
  for (Seq after = 0;;) {
    ReadBatch query;
    query.org = OrgId{args[1]};
    query.store = StoreId{args[2]};
    query.after = after;
    query.changes_max = std::strtoull(args[3], nullptr, 10);
    query.now = utc_now();
    auto batch = queries.run(query);
    if (!batch) die(batch.error());
    if (batch->header.count() == 0) break;
    after = batch->header.last;
    const Encoded encoded = encode(*batch);
    const auto size = static_cast<std::uint32_t>(encoded.bytes.size());
    for (int shift = 24; shift >= 0; shift -= 8) out.put(static_cast<char>(size >> shift & 0xff));
    out.write(encoded.bytes.data(), static_cast<std::streamsize>(encoded.bytes.size()));
    ++count;
    changes += batch->header.count();
    packed_bytes += size;
    plain_bytes += static_cast<std::int64_t>(batch->body.size());
  }
  out.close();
  if (!out) throw std::runtime_error("the file of batches cannot be written");
  std::printf("{\"batches\":%lld,\"changes\":%lld,\"packedBytes\":%lld,\"plainBytes\":%lld}\n", static_cast<long long>(count),
              static_cast<long long>(changes), static_cast<long long>(packed_bytes), static_cast<long long>(plain_bytes));
  return 0;
}

int sizes(char** args) {
  const auto db = reading(args[0]);
  std::string line = "{";
  auto rows = db->prepare("SELECT name, sum(pgsize) FROM dbstat WHERE aggregate = 1 GROUP BY name ORDER BY name");
  for (;;) {
    auto has = rows.step();
    if (!has) die(has.error());
    if (!*has) break;
    if (line.size() > 1) line += ',';
    line += '"' + std::string(rows.text(0)) + "\":" + std::to_string(rows.integer(1));
  }
  std::puts((line + "}").c_str());
  return 0;
}

int bodies(char** args) {
  People people(std::strtoull(args[1], nullptr, 10));
  std::ofstream out(args[2], std::ios::binary);
  const std::int64_t count = std::atoll(args[0]);
  for (std::int64_t n = 0; n < count; ++n) out << people.next_body() << '\n';
  out.close();
  if (!out) throw std::runtime_error("the file of customers cannot be written");
  std::printf("{\"customers\":%lld}\n", static_cast<long long>(count));
  return 0;
}

}  // namespace
}  // namespace tillgate::bench

int main(int count, char** args) {
  const std::string what = count > 1 ? args[1] : "";
  try {
    if (what == "fill" && count == 9) return tillgate::bench::fill(args + 2);
    if (what == "batches" && count == 7) return tillgate::bench::batches(args + 2);
    if (what == "bodies" && count == 5) return tillgate::bench::bodies(args + 2);
    if (what == "sizes" && count == 3) return tillgate::bench::sizes(args + 2);
    std::fputs("bench_store fill|batches|bodies|sizes ...; see the source\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_store: %s\n", error.what());
    return 1;
  }
}
