#include "sim/world/memory_disk.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "core/customer_state.hpp"

namespace tillgate::sim {
namespace {

constexpr Timestamp kNotBefore = timestamp_from_ms(1'767'225'600'000);  // as the real store: lags, cannot lead
constexpr milliseconds kSkewMax = std::chrono::minutes(5);

std::string name_of(const CommandKey& key) {
  return key.scope + "\n" + key.key;
}

Error nowhere(Seq seq) {
  return Error{Errc::not_found, "the ledger has no row " + std::to_string(seq), ""};
}

}  // namespace

template <std::size_t N>
std::array<std::uint8_t, N> MemoryDisk::draw() const {
  std::array<std::uint8_t, N> bytes{};
  around_.fill_random(bytes);
  return bytes;
}

Position MemoryDisk::at(Seq seq) const {
  return seq == 0 ? Position{} : Position{seq, now_.rows[static_cast<std::size_t>(seq - 1)].digest};
}

Path MemoryDisk::path() const {
  std::vector<EpochRoot> roots = now_.roots;
  if (roots.empty() || roots.back().epoch != now_.current.epoch) roots.push_back(now_.current);
  return Path(std::move(roots));
}

std::optional<Epoch> MemoryDisk::epoch_of(Seq seq) const {
  const auto found =
      std::find_if(now_.roots.rbegin(), now_.roots.rend(), [&](const auto& root) { return root.after.seq < seq; });
  return seq == 0 || found == now_.roots.rend() ? std::nullopt : std::optional(found->epoch);
}

Result<Opened> MemoryDisk::open(std::optional<Epoch> epoch) {
  const auto reading = around_.read_clock();
  now_.hlc = std::max(now_.hlc, Hlc::from_time(kNotBefore));
  clock_.emplace(now_.hlc, reading.mono, kSkewMax);
  if (!epoch || *epoch != now_.current.epoch)
    now_.current = EpochRoot{epoch.value_or(Epoch(uuid_v4(draw<16>()))), epoch_of(now_.head()), at(now_.head())};
  return Opened{path(), head(), now_.cursor, now_.ho_epoch};
}

void MemoryDisk::stop() {
  while (drain()) {
  }
  clock_.reset();
}

void MemoryDisk::cut() {
  queue_.clear();
  clock_.reset();
  if (flushed_) now_ = *flushed_;
}

ImagePtr MemoryDisk::image() {
  auto copy = std::make_shared<Image>();
  copy->content = flushed_.value_or(now_);
  return copy;
}

void MemoryDisk::load(const ImagePtr& image) {
  CHECK(!is_open());
  now_ = dynamic_cast<const Image&>(*image).content;
  if (flushed_) flushed_ = now_;
}

void MemoryDisk::lie(bool does_lie) {
  if (does_lie && !flushed_) flushed_ = now_;
  if (!does_lie) flushed_.reset();
  is_lying_ = does_lie;
}

bool MemoryDisk::drain() {
  if (queue_.empty()) return false;
  auto group = std::exchange(queue_, {});
  std::vector<Outcome> outcomes;
  for (const auto& [command, done] : group) {
    if (is_full_) {
      outcomes.emplace_back(fail(Errc::full, "the disk is full"));
    } else {
      outcomes.push_back(std::visit(
          [this](const auto& each) -> Outcome {
            if constexpr (requires { apply(each); }) return apply(each);
            return fail(Errc::unsupported, "this disk knows records alone");
          },
          command));
    }
  }
  now_.hlc = clock_->last();
  for (std::size_t i = 0; i < group.size(); ++i) group[i].second(std::move(outcomes[i]));
  return true;
}

Result<UpBatch> MemoryDisk::read(Seq after, std::size_t changes_max, std::size_t bytes_max) {
  if (after < 0 || after > now_.head()) return fail(nowhere(after));
  UpBatch batch;
  auto& header = batch.header;
  header.first = after + 1;
  header.last = after;
  header.prev = header.digest = at(after).digest;
  const auto root = after < now_.head() ? Path(now_.roots).epoch_at(after + 1) : std::optional(now_.current);
  header.epoch = root->epoch;
  if (header.first == root->after.seq + 1) header.root = *root;
  while (header.last < now_.head() && header.count() < static_cast<std::int64_t>(changes_max)) {
    const Place& place = now_.rows[static_cast<std::size_t>(header.last)];
    const std::size_t bytes = place.envelope->size() + place.row->payload.size() + 2;
    if (epoch_of(header.last + 1) != root->epoch) break;  // a batch ends where an epoch ends
    if (header.count() > 0 && batch.body.size() + bytes > bytes_max) break;
    batch.body.append(*place.envelope).append("\n").append(place.row->payload).append("\n");
    ++header.last;
    header.digest = place.digest;
  }
  return batch;
}

std::optional<Digest> MemoryDisk::digest_at(Seq seq) {
  if (seq < 0 || seq > now_.head()) return std::nullopt;
  return at(seq).digest;
}

std::vector<Customer> MemoryDisk::customers() {
  std::vector<Customer> all;
  for (const auto& [id, kept] : now_.customers) all.push_back(*kept.state);
  return all;
}

std::map<ChangeId, Seq> MemoryDisk::changes() {
  std::map<ChangeId, Seq> all;
  for (std::size_t i = 0; i < now_.rows.size(); ++i) all[now_.rows[i].row->change_id] = static_cast<Seq>(i) + 1;
  return all;
}

// ---- commands: the rules of store/apply_customer.cpp

CommandOutcome MemoryDisk::answer_again(const CustomerId& id, Seq seq) const {
  Committed again;
  again.seq = seq;
  again.customer.id = id;
  again.is_replay = true;
  again.recorded_at = now_.rows[static_cast<std::size_t>(seq - 1)].row->recorded_at;
  for (Seq each = seq; each > 0;) {
    const Row& row = *now_.rows[static_cast<std::size_t>(each - 1)].row;
    merge(again.customer, row.changes);
    each = row.prior;
  }
  again.etag = hash_of(encode_state(again.customer));
  return again;
}

std::optional<CommandOutcome> MemoryDisk::known_outcome(const std::optional<CommandKey>& key) const {
  if (!key) return std::nullopt;
  if (const auto kept = now_.answers.find(name_of(*key)); kept != now_.answers.end()) {
    if (kept->second.request != key->request) return KeyReused{};
    return answer_again(kept->second.customer, kept->second.seq);
  }
  const ChangeId id = change_id_of(*key);
  for (std::size_t i = 0; i < now_.rows.size(); ++i)
    if (now_.rows[i].row->change_id == id) return answer_again(now_.rows[i].row->key, static_cast<Seq>(i) + 1);
  return std::nullopt;
}

template <class CommandType>
CommandOutcome MemoryDisk::write(const CommandType& command, Customer record, Seq last_seq, const Patch& patch,
                                 const char* kind) {
  const auto reading = around_.read_clock();
  const Version version{clock_->next(reading, record.newest().hlc), now_.current.epoch.text()};
  const ChangeSet changes = versioned(record, patch, version);
  const auto keep = [&](Seq seq) {
    if (command.key) now_.answers[name_of(*command.key)] = Answer{command.key->request, record.id, seq};
  };
  if (changes.is_empty()) {
    keep(last_seq);
    const Digest etag = hash_of(encode_state(record));
    return Committed{last_seq, std::move(record), {}, etag, false, clock_->wall(reading)};
  }
  Row row;
  row.change_id = command.key ? change_id_of(*command.key) : ChangeId(uuid_v7(clock_->wall(reading), draw<10>()));
  row.key = record.id;
  row.prior = last_seq;
  row.recorded_at = clock_->wall(reading);
  row.changes = changes;
  row.payload = encode(Payload{changes, draw<16>()}, version);
  row.payload_hash = hash_of(row.payload);
  Envelope envelope;
  envelope.epoch = now_.current.epoch;
  envelope.seq = now_.head() + 1;
  envelope.version = version;
  envelope.change_id = row.change_id;
  envelope.recorded_at = row.recorded_at;
  envelope.clock_confirmed = clock_->is_confirmed();
  envelope.entity = "customer";
  envelope.key = record.id;
  envelope.kind = kind;
  envelope.source = "local";
  envelope.terminal = command.actor.terminal;
  envelope.role = command.actor.role;
  Place place;
  place.envelope = std::make_shared<const std::string>(encode(envelope));
  place.digest = chain(at(now_.head()).digest, *place.envelope, row.payload_hash);
  place.row = std::make_shared<const Row>(std::move(row));
  if (now_.roots.empty() || now_.roots.back().epoch != now_.current.epoch) now_.roots.push_back(now_.current);
  now_.rows.push_back(std::move(place));
  merge(record, changes);
  const Digest etag = hash_of(encode_state(record));
  now_.customers[record.id] = Kept{std::make_shared<const Customer>(record), etag, now_.head()};
  keep(now_.head());
  return Committed{now_.head(), std::move(record), {}, etag, false, envelope.recorded_at};
}

MemoryDisk::Outcome MemoryDisk::apply(const CreateCustomer& command) {
  if (auto known = known_outcome(command.key)) return std::move(*known);
  Customer record;
  record.id = command.key ? customer_id_of(*command.key) : CustomerId(uuid_v7(around_.read_clock().system, draw<10>()));
  Patch patch = command.patch;
  patch.fields.emplace_back(Field::home_store, store_.value);
  patch.fields.emplace_back(Field::status, "active");
  return write(command, std::move(record), 0, patch, "create");
}

MemoryDisk::Outcome MemoryDisk::apply(const UpdateCustomer& command) {
  if (auto known = known_outcome(command.key)) return std::move(*known);
  const auto found = now_.customers.find(command.id);
  if (found == now_.customers.end()) return fail(Errc::not_found, "there is no such customer");
  const Kept& kept = found->second;
  if (command.if_match && *command.if_match != kept.etag) return CommandOutcome(StaleWrite{*kept.state, {}, kept.etag});
  return write(command, *kept.state, kept.last_seq, command.patch, "update");
}

MemoryDisk::Outcome MemoryDisk::apply(const SaveAck& command) {
  if (digest_at(command.upto.seq) != command.upto.digest)
    return fail(Errc::conflict, "the position acknowledged is not one of this ledger");
  if (command.may_go_back || !now_.ho_epoch || now_.cursor.seq <= command.upto.seq) {
    now_.cursor = command.upto;
    now_.ho_epoch = command.ho_epoch;
  }
  return CommandOutcome(tillgate::Done{});
}

MemoryDisk::Outcome MemoryDisk::apply(const Rechain& command) {
  if (digest_at(command.root.seq) != command.root.digest)
    return fail(Errc::conflict, "the row to re-chain from is not one of this ledger");
  const EpochRoot root{Epoch(uuid_v4(draw<16>())), epoch_of(command.root.seq), command.root};
  std::erase_if(now_.roots, [&](const EpochRoot& each) { return each.after.seq >= root.after.seq; });
  now_.current = root;
  if (root.after.seq < now_.head()) now_.roots.push_back(root);
  Digest previous = root.after.digest;
  for (auto seq = static_cast<std::size_t>(root.after.seq); seq < now_.rows.size(); ++seq) {
    Place& place = now_.rows[seq];
    auto envelope = decode_envelope(*place.envelope);
    CHECK(envelope.has_value());
    envelope->epoch = root.epoch;
    place.envelope = std::make_shared<const std::string>(encode(*envelope));
    previous = place.digest = chain(previous, *place.envelope, place.row->payload_hash);
  }
  if (now_.cursor.seq > root.after.seq) now_.cursor = root.after;
  return CommandOutcome(tillgate::Rechained{root});
}

}  // namespace tillgate::sim
