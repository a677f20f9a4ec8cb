// The commit bench, one program per variant so that they can be interleaved from outside:
//   bench_commit ours   --folder F --rows N --seed S --waiting W   validation and the whole Store, W commands under way at once
//   bench_commit raw    --folder F --source D --group G --seconds S       the rows of D again, by the statements that write, G a commit
// `raw` reads the rows of the database that an earlier `ours` left in D before the clock starts: same schema, indexes, pragmas,
// checkpoint sizes and bytes, without look-ups, hashing, JSON, sealing or threads.
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "bench/figures.hpp"
#include "bench/people.hpp"
#include "daemon/customer_json.hpp"
#include "daemon/json_body.hpp"
#include "service/clock.hpp"
#include "store/migrate.hpp"
#include "store/store.hpp"
#include "store/transaction.hpp"

namespace tillgate::bench {
namespace {

template <class T>
T must(Result<T> result) {
  if (!result) give_up(result.error().what + " | " + result.error().detail);
  return std::move(*result);
}
void must(const Result<>& result) {
  if (!result) give_up(result.error().what + " | " + result.error().detail);
}

std::vector<CreateCustomer> commands_of(std::int64_t rows, std::uint64_t seed) {
  People people(seed);
  std::vector<CreateCustomer> commands;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::string body = people.next_body();
    CreateCustomer create;
    create.actor = Actor{"till-1", "", "staff"};
    create.key = CommandKey{people.next_key(static_cast<std::uint64_t>(ms_of(utc_now()))), "terminal:till-1 POST /customers",
                            hash_of(body)};
    create.patch = patch_from(must(parse_object(body))).patch;
    create.correlation_id = people.next_key(static_cast<std::uint64_t>(ms_of(utc_now())));
    commands.push_back(std::move(create));
  }
  return commands;
}

int ours(const Arguments& given) {
  StoreOptions options;
  options.file = std::filesystem::path(given.text("folder")) / "tillgate.db";
  options.store = StoreId{"store-001"};
  options.keys.id = "k1";
  options.keys.pii.fill(0x11);
  options.keys.index.fill(0x22);
  options.read_clock = [] { return clock_now(); };
  options.fill_random = [](std::span<std::uint8_t> out) { fill_random(out); };
  options.on_fault = [](const Error& error) { give_up(error.what + " | " + error.detail); };
  auto store = must(Store::open(options));
  auto commands = commands_of(given.number("rows"), static_cast<std::uint64_t>(given.number("seed")));
  const std::int64_t waiting_max = given.number("waiting");

  std::mutex mutex;
  std::condition_variable moved;
  std::int64_t waiting = 0;
  std::vector<std::int64_t> times(commands.size());
  const std::int64_t began = now_us();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    {
      std::unique_lock lock(mutex);
      moved.wait(lock, [&] { return waiting < waiting_max; });
      ++waiting;
    }
    const std::int64_t since = now_us();
    if (!normalise(commands[i].patch, WriteKind::create).empty()) give_up("an invented customer was refused");
    const bool is_taken = store->submit(std::move(commands[i]), [&, i, since](Result<CommandOutcome> outcome) {
      if (!outcome || !std::holds_alternative<Committed>(*outcome)) give_up("a create was not committed");
      times[i] = now_us() - since;
      std::lock_guard lock(mutex);
      --waiting;
      moved.notify_one();
    });
    if (!is_taken) give_up("the store's queue is full");
  }
  {
    std::unique_lock lock(mutex);
    moved.wait(lock, [&] { return waiting == 0; });
  }
  const std::int64_t took = now_us() - began;
  store.reset();
  print_figures(static_cast<std::int64_t>(times.size()), took, times);
  return 0;
}

struct Row {
  // ledger
  std::int64_t seq, epoch, prior, customers, recorded_at;
  Uuid change_id;
  Digest payload_hash, digest;
  std::string envelope, payload;
  // customers
  Uuid id;
  std::int64_t created_at, updated_at;
  std::optional<std::vector<std::uint8_t>> licence_index;
  std::vector<std::uint8_t> row_check;
  std::string state;
};

std::vector<std::uint8_t> bytes_in(Statement& row, int column) {
  const auto bytes = row.blob(column);
  return {bytes.begin(), bytes.end()};
}

std::vector<Row> rows_of(Connection& db) {
  auto read = db.prepare(
      "SELECT l.seq, l.epoch, l.prior, l.customers, l.recorded_at, l.change_id, l.payload_hash, l.digest, l.envelope, "
      "l.payload,"
      " c.id, c.created_at, c.updated_at, c.licence_index, c.row_check, c.state FROM ledger l JOIN customers c ON c.n = l.seq"
      " ORDER BY l.seq");
  std::vector<Row> rows;
  while (must(read.step())) {
    Row row{read.integer(0),
            read.integer(1),
            read.integer(2),
            read.integer(3),
            read.integer(4),
            read.id<Uuid>(5),
            read.digest(6),
            read.digest(7),
            std::string(read.text(8)),
            std::string(read.text(9)),
            read.id<Uuid>(10),
            read.integer(11),
            read.integer(12),
            std::nullopt,
            bytes_in(read, 14),
            std::string(read.text(15))};
    if (!read.is_null(13)) row.licence_index = bytes_in(read, 13);
    must(read.check());
    rows.push_back(std::move(row));
  }
  return rows;
}

using Bytes = std::span<const std::uint8_t>;

void insert(Connection& db, const Row& row) {
  must(db.prepare("INSERT INTO ledger (seq, epoch, prior, customers, recorded_at, change_id, payload_hash, digest, envelope,"
                  " payload) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
           .with(row.seq, row.epoch, row.prior, row.customers, row.recorded_at, row.change_id, row.payload_hash, row.digest,
                 row.envelope, row.payload)
           .run());
  for (const Uuid& id : {row.change_id, row.id})
    must(db.prepare("INSERT INTO ids (id, seq) VALUES (?, ?)").with(id, row.seq).run());
  const auto licence = row.licence_index ? std::optional<Bytes>(*row.licence_index) : std::nullopt;
  must(db.prepare(
             "INSERT INTO customers (n, id, created_at, updated_at, last_seq, licence_index, medical_index, row_check, state)"
             " VALUES (?, ?, ?, ?, ?, ?, NULL, ?, ?)")
           .with(row.seq, row.id, row.created_at, row.updated_at, row.seq, licence, Bytes(row.row_check), row.state)
           .run());
}

int raw(const Arguments& given) {
  const std::int64_t restart_pages = StoreOptions{}.wal_pages_max / 14;  // as the writer does
  const auto source = must(Connection::open({given.text("source") + "/tillgate.db", "", true, 0}));
  const auto rows = rows_of(*source);
  const auto db = must(Connection::open({given.text("folder") + "/raw.db", "", false, kApplicationId}));
  must(migrate(*db, store_schema(), utc_now()));
  must(
      db->execute("INSERT INTO epochs (id, epoch, root_seq, root_digest, opened_at, row_check)"
                  " VALUES (1, zeroblob(16), 0, zeroblob(32), 0, zeroblob(16))"));
  const auto group = static_cast<std::size_t>(given.number("group"));
  std::vector<std::int64_t> times;
  const std::int64_t began = now_us();
  std::size_t done = 0;
  // One commit a row is slow where a flush is: it may end early, a rate is a rate.
  while (done < rows.size() && now_us() - began < given.number("seconds") * 1'000'000) {
    const std::int64_t since = now_us();
    auto transaction = must(Transaction::begin(*db));
    const std::size_t end = std::min(done + group, rows.size());
    for (; done < end; ++done) insert(*db, rows[done]);
    must(transaction.commit());
    times.push_back(now_us() - since);
    if (db->wal_pages() >= restart_pages) (void)must(db->checkpoint(CheckpointMode::restart));
  }
  print_figures(static_cast<std::int64_t>(done), now_us() - began, times);
  return 0;
}

}  // namespace
}  // namespace tillgate::bench

int main(int count, char** values) {
  const std::string what = count > 1 ? values[1] : "";
  const tillgate::bench::Arguments given(count, values, 2);
  if (what == "ours") return tillgate::bench::ours(given);
  if (what == "raw") return tillgate::bench::raw(given);
  tillgate::bench::give_up("usage: bench_commit ours|raw --name value ...");
}
