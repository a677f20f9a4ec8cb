// The values behind tests/golden: three changes of one customer, written once and for ever. Also seeds for the decoder tests.
#pragma once

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/codec.hpp"
#include "tests/source_dir.hpp"

namespace tillgate::golden {

struct LedgerRow {
  Envelope envelope;
  Payload payload;
};

inline const Epoch kEpoch = *Epoch::from_text("3f6c2b1a-9d47-4c8e-a1b2-0c3d4e5f6a7b");
inline const HoEpoch kHoEpoch = *HoEpoch::from_text("8e1d0c9b-7a65-4f43-b210-fedcba987654");
inline const CustomerId kCustomer = *CustomerId::from_text("01997a3e-5c10-8d2f-9a4b-6c7d8e9fa0b1");
inline constexpr std::int64_t kStartMs = 1'790'000'000'000;

inline std::array<std::uint8_t, 16> salt(std::uint8_t first) {
  std::array<std::uint8_t, 16> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

// A create, a correction with consent and tags, and a change read from a POS.
inline std::vector<LedgerRow> ledger() {
  const auto version = [](std::int64_t ms, std::uint64_t counter, std::string origin) {
    return Version{Hlc{Hlc::from_time(timestamp_from_ms(ms)).value + counter}, std::move(origin)};
  };
  const auto change_id = [](std::uint32_t n) { return ChangeId(derive_uuid("pos-1", "golden", hash_of("golden"), n)); };
  const Version first = version(kStartMs, 1, kEpoch.text()), second = version(kStartMs + 60'000, 1, kEpoch.text()),
                third = version(kStartMs + 120'000, 1, kEpoch.text()),
                from_pos = version(kStartMs + 90'000, 0, "pos:treez-main");

  LedgerRow create;
  create.envelope = {kEpoch,  1,          first,     change_id(0), timestamp_from_ms(kStartMs),
                     false,   "customer", kCustomer, "create",     "local",
                     "pos-1", "p-17",     "cashier", "",           "req-1"};
  create.payload.salt = salt(0x10);
  changes_in(create.payload).fields = {{Field::first_name, "Ren\u00e9e", first, {}},
                                       {Field::last_name, "O\"Neil \\ S\u00f8n", first, {}},
                                       {Field::birthday, "1990-02-28", first, {}},
                                       {Field::phone, "+1 (415) 555-0101", first, {}},
                                       {Field::licence_number, "s1.k1.AAECAwQFBgcICQoL", first, {}},
                                       {Field::notes, "one\ntwo\t\U0001f33f", first, {}},
                                       {Field::home_store, "store-7", first, {}}};
  changes_in(create.payload).consent = {{Purpose::email, false, first, {}}};

  LedgerRow update;
  update.envelope = {kEpoch,  2,          second,    change_id(1), timestamp_from_ms(kStartMs + 60'000),
                     true,    "customer", kCustomer, "update",     "local",
                     "pos-2", "p-18",     "manager", "asked",      "req-2"};
  update.payload.salt = salt(0x20);
  changes_in(update.payload).fields = {{Field::phone, "+1 (415) 555-0199", second, first},
                                       {Field::notes, std::nullopt, second, first}};
  changes_in(update.payload).consent = {{Purpose::email, true, second, {first}}, {Purpose::sms, false, second, {}}};
  changes_in(update.payload).tags = {{"vip", true, second}, {"\u00e4rzte", true, second}};

  LedgerRow pulled;
  pulled.envelope = {kEpoch, 3,          third,     change_id(2), timestamp_from_ms(kStartMs + 120'123),
                     true,   "customer", kCustomer, "update",     "pos:treez-main",
                     "",     "",         "",        "",           ""};
  pulled.payload.salt = salt(0x30);
  changes_in(pulled.payload).fields = {{Field::email, "renee@example.com", from_pos, {}}, {Field::status, "active", third, {}}};
  changes_in(pulled.payload).tags = {{"vip", false, third}};
  changes_in(pulled.payload).pos_links = {{"treez-main", "T-1001", from_pos, {}}};
  return {create, update, pulled};
}

inline UpBatch batch() {
  UpBatch batch;
  batch.header.org.value = "acme";
  batch.header.store.value = "store-7";
  batch.header.epoch = kEpoch;
  batch.header.root = EpochRoot{kEpoch, std::nullopt, Position{}};
  batch.header.first = 1;
  batch.header.now = timestamp_from_ms(kStartMs + 180'000);
  Digest digest;
  for (const auto& [envelope, payload] : ledger()) {
    const std::string envelope_line = encode(envelope), payload_line = encode(payload, envelope.version);
    digest = chain(digest, envelope_line, hash_of(payload_line));
    batch.body += envelope_line + "\n" + payload_line + "\n";
    ++batch.header.last;
  }
  batch.header.digest = digest;
  return batch;
}

// What a fresh session sends first when there is nothing to send: it only opens the epoch. Small, so never compressed.
inline UpBatch opening() {
  const UpBatch full = batch();
  UpBatch empty;
  empty.header = full.header;
  empty.header.epoch = *Epoch::from_text("5a5b5c5d-0001-4002-8003-000405060708");
  empty.header.root = EpochRoot{empty.header.epoch, kEpoch, Position{3, full.header.digest}};
  empty.header.first = 4;
  empty.header.last = 3;
  empty.header.prev = empty.header.digest;
  return empty;
}

inline Customer customer() {
  Customer customer;
  customer.id = kCustomer;
  for (const auto& row : ledger()) merge(customer, changes_in(row.payload));
  return customer;
}

inline Ack ack() {
  const UpBatch full = batch();
  return Ack{
      full.header.store, kEpoch, kHoEpoch, Position{3, full.header.digest}, false, timestamp_from_ms(kStartMs + 181'000)};
}
inline Ack gap() {
  return Ack{batch().header.store, kEpoch, kHoEpoch, std::nullopt, true, timestamp_from_ms(kStartMs + 181'000)};
}

inline Status status() {
  Status status;
  status.is_online = true;
  status.n = 4;
  status.epoch = kEpoch;
  status.software = "0.1.0";
  status.root = EpochRoot{kEpoch, std::nullopt, Position{}};
  status.head = 3;
  status.clock = ClockState::confirmed;
  status.config_hash = "9f86d081884c7d65";
  status.now = timestamp_from_ms(kStartMs + 180'000);
  return status;
}
inline Status will() {
  Status will;
  will.n = 4;
  will.epoch = kEpoch;
  return will;
}

inline std::string file(const std::string& name) {
  std::ifstream in(source_dir() + "/tests/golden/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace tillgate::golden
