// A store's ledger in memory, written with core's own encoders: just enough to send head office what a real store would. A value:
// copying it is cloning the disk, keeping an old copy is a backup.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/change.hpp"
#include "core/codec.hpp"
#include "core/person_text.hpp"
#include "core/random.hpp"
#include "headoffice/receive.hpp"

namespace tillgate::test {

inline constexpr std::int64_t kStartMs = 1'790'000'000'000;
inline const Timestamp kNow = timestamp_from_ms(kStartMs + 3'600'000);

inline Uuid random_uuid(Random& random) {
  std::array<std::uint8_t, 16> bytes{};
  for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random.next());
  return uuid_v4(bytes);
}

class VirtualStore {
 public:
  struct Row {
    Epoch epoch;
    std::string envelope, payload;  // payload: as it travels
    Digest digest;
    ChangeId change_id;
  };
  // What a test wants to be different from everyday life.
  struct Oddity {
    std::optional<ChangeId> change_id;
    std::optional<Hlc> hlc;
    std::optional<std::string> payload_line;  // instead of the encoded one
    std::optional<std::string> envelope_line;
    std::pair<std::string, std::string> replace;  // in the encoded payload
    std::string source = "local";
  };
  using Fields = std::vector<std::pair<Field, std::optional<std::string>>>;

  VirtualStore(std::string org, std::string store, std::uint64_t seed)
      : key_{OrgId{std::move(org)}, StoreId{std::move(store)}},
        random_(seed),
        clock_(Hlc::from_time(timestamp_from_ms(kStartMs))) {
    open();
  }

  // A restart: a new epoch, rooted at the last row. An epoch without rows is never replaced.
  void open() {
    EpochRoot root;
    root.epoch = Epoch(random_uuid(random_));
    if (!rows_.empty()) {
      root.replaces = rows_.back().epoch;
      root.after = head();
    }
    roots_.push_back(root);
    n_ = 0;
  }
  // The tail is lost, as after a power cut with a lying disk, or a restored backup.
  void lose_tail(Seq keep) { rows_.resize(static_cast<std::size_t>(keep)); }
  void reseed(std::uint64_t seed) { random_ = Random(seed); }

  CustomerId new_customer() { return CustomerId(random_uuid(random_)); }
  void skew(milliseconds by) { clock_.value += static_cast<std::uint64_t>(by.count()) << 16; }

  Seq write(const CustomerId& id, const Fields& fields) { return write(id, fields, Oddity{}); }
  Seq write(const CustomerId& id, const Fields& fields, const Oddity& odd) {
    return append(kCustomerEntity, id, odd, [&](const Version& version) {
      ChangeSet changes;
      for (const auto& [field, value] : fields) changes.fields.push_back({field, value, version, {}});
      return changes;
    });
  }
  using OrderFields = std::vector<std::pair<OrderField, std::optional<std::string>>>;
  OrderId new_order() { return OrderId(random_uuid(random_)); }
  Seq write_order(const OrderId& id, const OrderFields& fields, const std::vector<std::pair<LineKey, OrderLine>>& lines = {}) {
    return append(kOrderEntity, id, Oddity{}, [&](const Version& version) {
      OrderChange changes;
      for (const auto& [field, value] : fields) changes.fields.push_back({field, value, version, {}});
      for (const auto& [key, line] : lines) changes.lines.push_back({key, line, version, {}});
      return changes;
    });
  }
  // What a person says of persons; a version in it is set to that of the row.
  Seq say(PersonChange change) {
    ++clock_.value;
    const Version version{clock_, epoch().text()};
    if (auto* merge = std::get_if<Merge>(&change)) merge->add.version = version;
    if (auto* choose = std::get_if<Choose>(&change)) choose->version = version;
    Envelope envelope;
    envelope.epoch = epoch();
    envelope.seq = head().seq + 1;
    envelope.version = version;
    envelope.change_id = ChangeId(random_uuid(random_));
    envelope.recorded_at = clock_.time();
    envelope.entity = kPersonEntity;
    envelope.key = key_of(change);
    envelope.kind = kind_of(change);
    envelope.source = "local";
    Row row;
    row.epoch = epoch();
    row.change_id = envelope.change_id;
    row.envelope = encode(envelope);
    row.payload = encode(Payload{std::move(change), {}}, version);
    row.digest = chain(head().digest, row.envelope, hash_of(row.payload));
    rows_.push_back(std::move(row));
    return head().seq;
  }
  // As after an erasure here: the payload is gone, its hash stands for it.
  void blank(Seq seq) {
    Row& row = rows_.at(static_cast<std::size_t>(seq - 1));
    row.payload = R"({"payload_hash":")" + hash_of(row.payload).text() + R"("})";
  }
  [[nodiscard]] Version version_at(Seq seq) const { return decode_envelope(row(seq).envelope)->version; }
  // As a row that came from head office: its payload stays behind.
  Seq write_hash_only(const CustomerId& id, const std::string& source) {
    Oddity odd;
    odd.source = source;
    const Seq seq = write(id, {{Field::notes, "from head office"}}, odd);
    Row& row = rows_.back();
    row.payload = R"({"payload_hash":")" + hash_of(row.payload).text() + R"("})";
    return seq;
  }

  // A run of rows of one epoch. `last` == `first` - 1: empty.
  [[nodiscard]] UpBatch batch(Seq first, Seq last) const {
    UpBatch batch;
    BatchHeader& header = batch.header;
    header.org = key_.org;
    header.store = key_.store;
    header.epoch = last >= first ? row(first).epoch : epoch();
    header.first = first;
    header.last = last;
    header.prev = digest_at(first - 1);
    header.digest = digest_at(last);
    header.now = kNow;
    if (const auto root = root_of(header.epoch); root && root->after.seq + 1 == first) header.root = root;
    for (Seq seq = first; seq <= last; ++seq) batch.body += row(seq).envelope + "\n" + row(seq).payload + "\n";
    return batch;
  }
  [[nodiscard]] UpBatch all() const { return batch(1, head().seq); }

  [[nodiscard]] Status status(bool is_online = true) const {
    Status status;
    status.org = key_.org;
    status.store = key_.store;
    status.is_online = is_online;
    status.n = n_;
    status.epoch = epoch();
    if (!is_online) return status;
    status.software = "0.1.0";
    status.root = roots_.back();
    status.head = head().seq;
    status.clock = ClockState::confirmed;
    status.config_hash = "cafe";
    status.now = kNow;
    return status;
  }
  Status connect() {
    ++n_;
    return status();
  }

  [[nodiscard]] const StoreKey& key() const { return key_; }
  [[nodiscard]] Epoch epoch() const { return roots_.back().epoch; }
  [[nodiscard]] const EpochRoot& root() const { return roots_.back(); }
  [[nodiscard]] Position head() const {
    return rows_.empty() ? Position{} : Position{static_cast<Seq>(rows_.size()), rows_.back().digest};
  }
  [[nodiscard]] const Row& row(Seq seq) const { return rows_.at(static_cast<std::size_t>(seq - 1)); }
  [[nodiscard]] Digest digest_at(Seq seq) const { return seq == 0 ? Digest{} : row(seq).digest; }
  [[nodiscard]] Position position(Seq seq) const { return {seq, digest_at(seq)}; }
  [[nodiscard]] const std::vector<Row>& rows() const { return rows_; }

 private:
  template <class BodyOf>
  Seq append(std::string_view entity, const Uuid& key, const Oddity& odd, const BodyOf& body_of) {
    ++clock_.value;
    const Version version{odd.hlc.value_or(clock_), epoch().text()};
    Envelope envelope;
    envelope.epoch = epoch();
    envelope.seq = head().seq + 1;
    envelope.version = version;
    envelope.change_id = odd.change_id.value_or(ChangeId(random_uuid(random_)));
    envelope.recorded_at = clock_.time();
    envelope.entity = entity;
    envelope.key = key;
    envelope.kind = "update";
    envelope.source = odd.source;
    envelope.terminal = "till-1";
    envelope.role = "staff";
    Payload payload{body_of(version), {}};
    for (auto& byte : payload.salt) byte = static_cast<std::uint8_t>(random_.next());
    Row row;
    row.epoch = epoch();
    row.change_id = envelope.change_id;
    row.envelope = odd.envelope_line.value_or(encode(envelope));
    row.payload = odd.payload_line.value_or(encode(payload, version));
    if (!odd.replace.first.empty())
      row.payload.replace(row.payload.find(odd.replace.first), odd.replace.first.size(), odd.replace.second);
    row.digest = chain(head().digest, row.envelope, hash_of(row.payload));
    rows_.push_back(std::move(row));
    return head().seq;
  }
  [[nodiscard]] std::optional<EpochRoot> root_of(const Epoch& epoch) const {
    for (const auto& root : roots_)
      if (root.epoch == epoch) return root;
    return std::nullopt;
  }

  StoreKey key_;
  Random random_;
  Hlc clock_;
  std::int64_t n_ = 0;
  std::vector<EpochRoot> roots_;
  std::vector<Row> rows_;
};

}  // namespace tillgate::test
