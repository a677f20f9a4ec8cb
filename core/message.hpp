// Everything that crosses the link, as values. docs/protocol.md is the contract; codec.cpp turns them into bytes.
#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/change.hpp"
#include "core/ids.hpp"

namespace tillgate {

inline constexpr int kProtocolVersion = 1;
inline constexpr std::size_t kBatchChangesMax = 500;
inline constexpr std::size_t kBatchBytesMax = 256 * 1024;        // before compression; at least one change goes
inline constexpr std::size_t kUnpackedBytesMax = 1024 * 1024;    // receivers refuse to unpack more
inline constexpr std::size_t kCompressFrom = 1024;               // bytes

enum class ClockState : std::uint8_t { unconfirmed, confirmed };

// store -> head office, retained. The Will carries only online=false, epoch, n.
struct Status {
  OrgId org;
  StoreId store;
  bool is_online = false;
  std::int64_t n = 0;  // counts up per epoch; older ones are dropped
  Epoch epoch;
  std::string software;
  std::optional<EpochRoot> root;
  Seq head = 0;
  ClockState clock = ClockState::unconfirmed;
  std::string config_hash;
  std::optional<Timestamp> now;
  bool operator==(const Status&) const = default;
};

struct BatchHeader {
  OrgId org;
  StoreId store;
  Epoch epoch;
  std::optional<EpochRoot> root;  // whenever first == root.seq + 1
  Seq first = 0, last = 0;        // last == first - 1: empty, it only opens the epoch
  Digest prev, digest;            // of the row before `first`, and of `last`
  Timestamp now;
  [[nodiscard]] std::int64_t count() const { return last - first + 1; }
  bool operator==(const BatchHeader&) const = default;
};
// A gap-free run of one epoch. `body` is the concatenation, per change, of envelope line and payload line (each ended by
// '\n'), byte for byte as committed. A change that travels without its payload has {"payload_hash":"<hex>"} there.
struct UpBatch {
  BatchHeader header;
  std::string body;
  bool operator==(const UpBatch&) const = default;
};

// How far the far side has committed. Cumulative.
struct Ack {
  StoreId store;
  Epoch epoch;
  HoEpoch ho_epoch;
  std::optional<Position> upto;  // none: this epoch is unknown there
  bool has_gap = false;
  Timestamp now;
  bool operator==(const Ack&) const = default;
};

// One change of a batch, split but not re-serialised. Views into the body.
struct ChangeLines {
  std::string_view envelope;
  std::optional<std::string_view> payload;
  Digest payload_hash;  // computed, or as given when the payload stayed behind
};

struct Topic {
  std::string root = "tillgate/v1";
  OrgId org;
  StoreId store;
  [[nodiscard]] std::string status() const { return base() + "/status"; }
  [[nodiscard]] std::string up_batch() const { return base() + "/up/batch"; }
  [[nodiscard]] std::string down_ack() const { return base() + "/down/ack"; }
  [[nodiscard]] std::string base() const { return root + "/" + org.value + "/" + store.value; }
  // Splits "<root>/<org>/<store>/<rest>"; nullopt when it is not ours or the ids are not name ids.
  struct Parsed;
  [[nodiscard]] static std::optional<Parsed> parse(std::string_view root, std::string_view topic);
};
struct Topic::Parsed {
  OrgId org;
  StoreId store;
  std::string rest;  // "up/batch"
};

}  // namespace tillgate
