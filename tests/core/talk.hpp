// A conversation with a sender: a store's file with one row per seq, what happens, and word for word what the sender does about it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "core/sender.hpp"

namespace tillgate::sender::conversation {

inline Epoch epoch(char name) {
  Epoch out;
  out.bytes[15] = static_cast<std::uint8_t>(name);
  return out;
}
inline HoEpoch office(int n) {
  HoEpoch out;
  out.bytes[15] = static_cast<std::uint8_t>(n);
  return out;
}
// The digest of a row: of the chain `name` up to `seq`.
inline Digest digest(Seq seq, char name = 'm') {
  Digest out;
  if (seq == 0) return out;
  out.bytes[0] = static_cast<std::uint8_t>(name);
  for (int i = 0; i < 8; ++i) out.bytes[static_cast<std::size_t>(31 - i)] = static_cast<std::uint8_t>(seq >> (8 * i));
  return out;
}
inline Position at(Seq seq, char name = 'm') {
  return {seq, digest(seq, name)};
}
inline EpochRoot root(char name, char replaces, Seq seq) {
  return {epoch(name), replaces ? std::optional(epoch(replaces)) : std::nullopt, at(seq)};
}

// A store's file with one row per seq, and the sender over it. Answers are given as text, one action after the other.
class Talk {
 public:
  struct Options {
    std::vector<EpochRoot> path{root('a', 0, 0)};
    Seq head = 0, cursor = 0;
    int known_office = 0;  // 0: never heard of one
    std::int64_t window = 4;
    std::size_t changes = 3;
  };
  explicit Talk(Options options) : path_(options.path), head_(options.head), sender_(start(options), limits(options)) {}

  std::string up() { return tell(SessionUp{}); }
  std::string down() { return tell(SessionDown{}); }
  std::string tick() { return tell(Tick{}); }
  std::string write(Seq head) {
    head_ = head;
    return tell(HeadMoved{at(head)});
  }
  // Answers the outstanding Read from the file, as the store does.
  std::string read() {
    EXPECT_TRUE(asked_) << "nothing was asked";
    return answer(asked_.value_or(0));
  }
  std::string answer(Seq after) {
    asked_.reset();
    const EpochRoot in = *path_.epoch_at(after + 1);
    const auto next = path_.successor_of(in.epoch);
    UpBatch batch;
    batch.header.epoch = in.epoch;
    batch.header.first = after + 1;
    batch.header.last = std::min({after + static_cast<Seq>(changes_), head_, next ? next->after.seq : head_});
    batch.header.prev = digest(after);
    batch.header.digest = digest(batch.header.last);
    if (in.after.seq == after) batch.header.root = in;
    return tell(BatchRead{batch});
  }
  std::string read_failed() {
    asked_.reset();
    return tell(ReadFailed{});
  }
  struct Said {
    bool gap = false;
    char chain = 'm';  // whose digest head office holds there
    int of = 1;        // its ho_epoch
  };
  std::string ack(char name, Seq seq) { return ack(name, seq, Said{}); }
  std::string ack(char name, Seq seq, Said said) {
    AckArrived event;
    event.ack = {StoreId{"s"}, epoch(name), office(said.of), at(seq, said.chain), said.gap, Timestamp{}};
    if (seq <= head_) event.own_digest = digest(seq);
    return tell(event);
  }
  std::string gap(char name, Seq seq) { return ack(name, seq, Said{.gap = true}); }
  std::string unknown(char name) { return unknown(name, Said{.gap = true}); }
  std::string unknown(char name, Said said) {
    return tell(AckArrived{{StoreId{"s"}, epoch(name), office(said.of), std::nullopt, said.gap, Timestamp{}}, std::nullopt});
  }
  std::string saved() { return tell(AckSaved{saving_.upto, saving_.ho_epoch}); }
  std::string rechained(char name, char replaces, Seq seq) {
    path_.rechain(root(name, replaces, seq));
    return tell(Rechained{root(name, replaces, seq), at(head_)});
  }
  std::string tell(const Event& event) {
    std::string said;
    for (const auto& action : sender_.step(now, event)) {
      const std::string one = text(action);
      if (!one.empty()) said += (said.empty() ? "" : ", ") + one;
    }
    return said;
  }

  Time now{seconds(1'000)};
  [[nodiscard]] const Sender& machine() const { return sender_; }
  [[nodiscard]] Sender::Snapshot shown() const { return sender_.snapshot(); }

 private:
  static SenderStart start(const Options& options) {
    SenderStart out{Path(options.path), at(options.head), at(options.cursor), std::nullopt};
    if (options.known_office) out.ho_epoch = office(options.known_office);
    return out;
  }
  SenderLimits limits(const Options& options) {
    changes_ = options.changes;
    SenderLimits out;
    out.window_max = options.window;
    out.batch_changes_max = options.changes;
    return out;
  }
  std::string text(const Action& action) {
    if (const auto* read = std::get_if<Read>(&action)) {
      EXPECT_FALSE(asked_) << "one Read at a time";
      asked_ = read->after;
      return "read " + std::to_string(read->after);
    }
    if (const auto* publish = std::get_if<Publish>(&action)) {
      const auto& header = publish->batch.header;
      const std::string where = std::string(1, static_cast<char>(header.epoch.bytes[15])) + " " + std::to_string(header.first);
      return "publish " + where + ".." + std::to_string(header.last);
    }
    if (const auto* save = std::get_if<Save>(&action)) {
      saving_ = *save;
      return "save " + std::to_string(save->upto.seq) + " of " + std::to_string(save->ho_epoch.bytes[15]) +
             (save->may_go_back ? " even back" : "");
    }
    if (const auto* fork = std::get_if<Fork>(&action)) return "fork " + std::to_string(fork->root.seq);
    if (std::holds_alternative<EndSession>(action)) return "end";
    if (std::holds_alternative<UsefulSession>(action)) return "useful";
    return "";  // notes are for people
  }

  std::size_t changes_ = 3;
  Path path_;
  Seq head_;
  std::optional<Seq> asked_;
  Save saving_{};
  Sender sender_;
};

// A store whose cursor stands at `cursor` under head office 1, and a session in which that was just confirmed.
inline Talk settled(Talk::Options options) {
  options.known_office = 1;
  return Talk(std::move(options));
}

}  // namespace tillgate::sender::conversation
