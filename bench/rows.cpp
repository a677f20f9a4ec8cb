// bench_rows: what PostgreSQL alone can take, and a competent receiver without a ledger behind it.
//   bench_rows insert <conninfo> <batches>     the rows of each batch in one transaction, every value ready before the clock starts
//   bench_rows receive <conninfo> <org> <store> <batches>   head office's own receiving code, fed from the file, without MQTT
//   bench_rows subscribe <conninfo> <port> <ca> <cert> <key> <client id> <topic> <changes>
//       what a bridge brings, one change a message, written by 500 (what has come, if less)
// Same tables, columns and indexes as head office in all three. The database gets head office's schema first. "ready" on
// stderr, then one line of JSON on stdout: {startMs, endMs, changes}.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>

#include "bench/batch_file.hpp"
#include "core/check.hpp"
#include "core/codec.hpp"
#include "core/customer_state.hpp"
#include "core/mailbox.hpp"
#include "drivers/mqtt/link.hpp"
#include "headoffice/customers.hpp"
#include "headoffice/migrate.hpp"
#include "headoffice/receive.hpp"
#include "service/clock.hpp"

namespace tillgate::bench {
namespace {

constexpr std::size_t kRowsMax = 500;
constexpr seconds kPatience{300};

constexpr Statement kChanges{
    "bench_changes",
    "INSERT INTO hq.change_log (epoch_id, org, received_at, state, seq, change_id, key, entity, kind, version, source, "
    "recorded_at, envelope, payload, payload_hash, digest) SELECT 1, 'demo', $1::timestamptz, 'applied', u.* FROM "
    "unnest($2::bigint[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], "
    "$10::text[], $11::text[], $12::bytea[], $13::bytea[]) AS u"};
constexpr Statement kCustomers{
    "bench_customers",
    "INSERT INTO hq.customer_state (org, first_store, first_received_at, last_received_at, id, state, digest, fields, "
    "updated_at) "
    "SELECT 'demo', 'store-001', $1::timestamptz, $1::timestamptz, u.* FROM unnest($2::uuid[], $3::text[], $4::bytea[], "
    "$5::jsonb[], $6::timestamptz[]) AS u ON CONFLICT (org, id) DO UPDATE SET state = excluded.state, digest = "
    "excluded.digest, "
    "fields = excluded.fields, updated_at = excluded.updated_at, last_received_at = excluded.last_received_at"};

// The rows of one transaction, as parameters.
class RowSet {
 public:
  void add(Seq at, std::string_view envelope_line, std::string_view payload_line) {
    const auto envelope = decode_envelope(envelope_line);
    if (!envelope) throw std::runtime_error(envelope.error().what);
    const auto payload = decode_payload(payload_line, *envelope);
    if (!payload) throw std::runtime_error(payload.error().what);
    const Digest payload_hash = hash_of(payload_line);
    seq_.add(at);
    change_id_.add(envelope->change_id);
    key_.add(envelope->key);
    entity_.add(std::string_view(envelope->entity));
    kind_.add(std::string_view(envelope->kind));
    version_.add(std::string_view(envelope->version.text()));
    source_.add(std::string_view(envelope->source));
    recorded_at_.add(envelope->recorded_at);
    envelope_.add(envelope_line);
    payload_.add(payload_line);
    payload_hash_.add(payload_hash);
    digest_.add(payload_hash);  // as long as a chained one
    Customer customer;
    customer.id = CustomerId(envelope->key);
    merge(customer, changes_in(*payload));
    const std::string state = encode_state(customer);
    state_.add(std::string_view(state));
    state_digest_.add(hash_of(state));
    fields_.add(std::string_view(plain_fields(customer)));
    updated_.add(customer.newest().hlc.time());
  }
  [[nodiscard]] std::size_t size() const { return seq_.size(); }
  void prepare() {
    const Timestamp now = utc_now();
    changes_.add(now);
    for (const SqlArray* column : {&seq_, &change_id_, &key_, &entity_, &kind_, &version_, &source_, &recorded_at_, &envelope_,
                                   &payload_, &payload_hash_, &digest_})
      changes_.add(*column);
    customers_.add(now);
    for (const SqlArray* column : {&key_, &state_, &state_digest_, &fields_, &updated_}) customers_.add(*column);
  }
  void write(Database& database) const {
    auto done = database.run([this](Transaction& tx) -> Result<> {
      tx.tell(kChanges, changes_);
      tx.tell(kCustomers, customers_);
      return {};
    });
    if (!done) throw std::runtime_error(done.error().what + " " + done.error().detail);
  }

 private:
  SqlArray seq_, change_id_, key_, entity_, kind_, version_, source_, recorded_at_, envelope_, payload_, payload_hash_, digest_,
      state_, state_digest_, fields_, updated_;
  Params changes_, customers_;
};

std::unique_ptr<Database> connect(const char* conninfo) {
  auto database = std::make_unique<Database>(conninfo);
  auto ready = database->connect();
  if (ready) ready = migrate(*database);
  if (!ready) throw std::runtime_error(ready.error().what + " " + ready.error().detail);
  return database;
}

void print(Timestamp start, std::int64_t changes) {
  std::printf("{\"startMs\":%lld,\"endMs\":%lld,\"changes\":%lld}\n", static_cast<long long>(ms_of(start)),
              static_cast<long long>(ms_of(utc_now())), static_cast<long long>(changes));
}

void insert(char** args) {
  const auto database = connect(args[0]);
  std::vector<RowSet> sets;
  Seq seq = 0;
  for (const auto& bytes : batches_in(args[1])) {
    auto batch = decode_up_batch(bytes, "zstd");
    auto changes = batch ? split(*batch) : Result<std::vector<ChangeLines>>(fail(batch.error()));
    if (!changes) throw std::runtime_error(changes.error().what);
    RowSet set;
    for (const auto& change : *changes) set.add(++seq, change.envelope, *change.payload);
    set.prepare();
    sets.push_back(std::move(set));
  }
  std::fputs("ready\n", stderr);
  const Timestamp start = utc_now();
  for (const auto& set : sets) set.write(*database);
  print(start, seq);
}

void receive_all(char** args) {
  const auto database = connect(args[0]);
  const StoreKey from{OrgId{args[1]}, StoreId{args[2]}};
  const auto batches = batches_in(args[3]);
  OfficeNow office;
  auto learned = database->run([&](Transaction& tx) -> Result<> {
    office.ho_epoch = learn_ho_epoch(tx, HoEpoch(uuid_v4({1})));
    return {};
  });
  if (!learned) throw std::runtime_error(learned.error().what);
  std::fputs("ready\n", stderr);
  const Timestamp start = utc_now();
  std::int64_t applied = 0;
  for (const auto& bytes : batches) {
    const auto checked = check_batch(from, bytes, "zstd");
    if (!checked) throw std::runtime_error(checked.error().what);
    auto done = database->run([&](Transaction& tx) -> Result<> {
      office.now = utc_now();
      auto receipt = receive(tx, **checked, office, Look::first);
      if (!receipt) return fail(receipt.error());
      applied += receipt->applied;
      return {};
    });
    if (!done) throw std::runtime_error(done.error().what + " " + done.error().detail);
  }
  print(start, applied);
}

void subscribe(char** args) {
  const auto database = connect(args[0]);
  const auto wanted = std::strtoull(args[7], nullptr, 10);
  LinkOptions options;
  options.host = "127.0.0.1";
  options.port = std::atoi(args[1]);
  options.tls = LinkTls{args[2], args[3], args[4]};
  options.client_id = args[5];
  Mailbox<std::string> arrived(2'000'000);  // all of them: the bridge must not lose for want of room here
  Mailbox<bool> up(1);
  Link link(std::move(options), [&](link::Event event) {
    if (auto* received = std::get_if<link::Received>(&event)) CHECK(arrived.push(std::move(received->message.payload)));
    if (std::holds_alternative<link::Up>(event)) CHECK(up.push(true));
  });
  link::Connect order;
  order.subscribe = {args[6]};
  if (!link.post(order) || up.take(1, Duration(kPatience)).empty()) throw std::runtime_error("no connection to the broker");
  std::fputs("ready\n", stderr);
  Timestamp start{};
  for (std::size_t count = 0; count < wanted;) {
    RowSet set;
    for (const auto& message : arrived.take(kRowsMax, Duration(kPatience))) {
      const auto end = message.find('\n');
      set.add(static_cast<Seq>(++count), std::string_view(message).substr(0, end), std::string_view(message).substr(end + 1));
    }
    if (set.size() == 0) throw std::runtime_error("nothing came for five minutes");
    if (start == Timestamp{}) start = utc_now();
    set.prepare();
    set.write(*database);
  }
  print(start, static_cast<std::int64_t>(wanted));
}

}  // namespace
}  // namespace tillgate::bench

int main(int argc, char** args) {
  const std::string what = argc > 1 ? args[1] : "";
  try {
    using namespace tillgate::bench;
    if (what == "insert" && argc == 4) return insert(args + 2), 0;
    if (what == "receive" && argc == 6) return receive_all(args + 2), 0;
    if (what == "subscribe" && argc == 10) return subscribe(args + 2), 0;
    std::fputs("bench_rows insert|receive|subscribe ...; see the source\n", stderr);
    return 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_rows: %s\n", error.what());
    return 1;
  }
}
