// Sender: our ledger -> the peer. Decides what to read, publish, resend and when to give a session up.
// Pure: no I/O, no clock. Driven by level ("is there anything beyond the cursor?"), never by an edge, so that a lost
// event can delay but not stall it. Progress comes from the peer's ack after commit alone; a PUBACK is not a receipt.
//
// Rules (docs/protocol.md, "Sending"):
//  * an ack counts when its epoch lies on our path and its digest equals ours at that seq;
//  * an ack beyond the row at which we left an older epoch means "go on from there", but proves nothing: a copy of this
//    machine may have written the rows behind ours, and theirs cannot be compared with ours. So sending jumps, the cursor
//    waits until the epoch that follows is acknowledged; if that one is unknown there, no jump, batch by batch: where the
//    rows differ head office answers with the row it compared, and that is the fork;
//  * an ack with a digest not ours, or beyond our head in the current epoch, is a fork: new epoch, re-chain from the
//    last ack taken (under a new ho_epoch from the root of the forked epoch, which is the last row surely shared);
//  * an ack without gap never rewinds; one with gap rewinds once per value of the cursor, then only the timer does;
//    one below our cursor is a straggler, unless the present connection has not yet confirmed our cursor;
//  * an ack with gap that does not know the epoch sends us back to the epoch before it on our path (to our cursor, where
//    that lies inside of it), one batch at a time until an ack is taken;
//  * under a ho_epoch not seen before the first ack's cursor counts, however low; acks of an earlier one are dropped. But a
//    straggler of a dead head office looks new after a restart of ours, and the living one then earlier: so what is in
//    flight must be acknowledged anew under the new one, an ack that was dropped asks for a sign of life of the latest,
//    and where a session ends in silence although an "earlier" one spoke, which came earlier is forgotten;
//  * a session begins with one batch, so that a peer which holds more than we know can say so before eight are wasted;
//  * ack_timeout runs from the sending of the oldest batch in flight or from the last ack that freed one.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/message.hpp"
#include "core/path.hpp"
#include "core/time.hpp"

namespace tillgate {

struct SenderLimits {
  std::int64_t window_max = 8;  // batches in flight
  std::size_t batch_changes_max = kBatchChangesMax;
  std::size_t batch_bytes_max = kBatchBytesMax;
  Duration ack_timeout = seconds(30);  // the oldest unacknowledged batch is older: force a fresh session
};

// What the feed's row says when the process starts.
struct SenderStart {
  Path path;
  Position head;                    // last row in the file
  Position cursor;                  // last ack taken
  std::optional<HoEpoch> ho_epoch;  // under which it was taken
};

namespace sender {
struct SessionUp {};                // connected and subscribed
struct SessionDown {};
struct HeadMoved { Position head; };
struct BatchRead { UpBatch batch; };  // answer to Read
struct ReadFailed {};
struct AckArrived {
  Ack ack;
  std::optional<Digest> own_digest;  // ours at ack.upto->seq, looked up by the shell; none: we have no such row
};
struct AckSaved { Position upto; HoEpoch ho_epoch; };
struct Rechained { EpochRoot root; Position head; };  // answer to Fork
struct Tick {};
using Event = std::variant<SessionUp, SessionDown, HeadMoved, BatchRead, ReadFailed, AckArrived, AckSaved, Rechained, Tick>;

struct Read { Seq after; std::size_t changes_max, bytes_max; };  // may come back empty: then it opens the epoch
struct Publish { UpBatch batch; };
struct Save { Position upto; HoEpoch ho_epoch; bool may_go_back; };
struct Fork { Position root; };            // re-chain everything after the last ack taken
struct EndSession { std::string reason; };  // drop the connection; the shell reconnects by its policy
struct UsefulSession {};                   // an ack was taken: the reconnect policy may reset
struct Note { std::string what; };         // one line for the log: state changed
using Action = std::variant<Read, Publish, Save, Fork, EndSession, UsefulSession, Note>;
}  // namespace sender

class Sender {
 public:
  Sender(SenderStart start, SenderLimits limits);
  [[nodiscard]] std::vector<sender::Action> step(Time now, const sender::Event& event);
  // When a Tick is due at the latest; nullopt: nothing to wait for.
  [[nodiscard]] std::optional<Time> next_tick() const;

  struct Snapshot {
    Position cursor;      // committed at the peer
    std::optional<HoEpoch> ho_epoch;  // in this life of its ledger
    Seq head = 0;
    std::int64_t in_flight = 0, window = 0;
    bool is_session_up = false;
    std::int64_t batches_sent = 0, changes_sent = 0, rewinds = 0, timeouts = 0, forks = 0;
  };
  [[nodiscard]] Snapshot snapshot() const;

 private:
  using Actions = std::vector<sender::Action>;
  struct InFlight {
    Seq first, last;
    Epoch epoch;
    Time sent_at;
  };
  struct Reading {
    Seq after;
    Time since;
    bool is_stale = false;  // we want something else by now; its answer is dropped
  };
  struct Rewind {  // what an ack asked for, and where our cursor stood: the same again is not obeyed
    Epoch epoch;
    std::optional<Seq> upto;
    Seq cursor;
    bool operator==(const Rewind&) const = default;
  };
  struct Placed {
    enum class Fit : std::uint8_t { ours, beyond, fork, elsewhere } fit;
    Position at;
  };
  enum class ForkState : std::uint8_t { none, due, asked };

  void on(Time now, const sender::SessionUp& event, Actions& out);
  void on(Time now, const sender::SessionDown& event, Actions& out);
  void on(Time now, const sender::HeadMoved& event, Actions& out);
  void on(Time now, const sender::BatchRead& event, Actions& out);
  void on(Time now, const sender::ReadFailed& event, Actions& out);
  void on(Time now, const sender::AckArrived& event, Actions& out);
  void on(Time now, const sender::AckSaved& event, Actions& out);
  void on(Time now, const sender::Rechained& event, Actions& out);
  void on(Time now, const sender::Tick& event, Actions& out);

  [[nodiscard]] Placed place(const EpochRoot& root, const Position& upto, const std::optional<Digest>& own_digest) const;
  [[nodiscard]] std::int64_t window() const { return is_probing_ ? 1 : window_; }
  [[nodiscard]] std::optional<Time> timeout_at() const;
  [[nodiscard]] bool is_free_to_read() const;
  void adopt(HoEpoch ho_epoch, Position cursor, Actions& out);
  void take(Time now, Position at, Actions& out);
  void go_on_from(Time now, Epoch left, Position root, Actions& out);
  void rewind_to(Seq after);
  void go_back_before(Epoch epoch, Actions& out);
  void begin_fork(Actions& out);
  void move_to(Seq after);
  void end_session();
  void request_save(bool may_go_back);
  void mark_useful(Actions& out);
  void pump(Time now, Actions& out);

  Path path_;
  Position head_, cursor_;
  std::optional<HoEpoch> ho_epoch_;
  std::deque<HoEpoch> earlier_ho_epochs_;  // bounded
  SenderLimits limits_;

  // Of one connection. Forgotten when it ends: sending restarts behind the cursor.
  bool is_up_ = false;
  bool is_opened_ = false;     // a batch has gone out
  bool is_probing_ = true;     // no ack taken since the session began or since we went back an epoch
  bool is_confirmed_ = false;  // an ack at or beyond our cursor was taken
  bool is_useful_ = false;
  bool has_noted_earlier_ = false;
  bool is_doubtful_ = false;  // an "earlier" head office has spoken since the latest one last did
  Seq sent_ = 0;  // the last row handed to the link; the next batch starts behind it
  std::deque<InFlight> in_flight_;
  Time progress_at_{};  // when an ack last freed a batch
  std::optional<Reading> reading_;
  std::optional<Time> retry_read_at_;
  std::optional<Rewind> rewound_;
  std::optional<Epoch> crawling_;  // a jump over the rest of this epoch proved wrong

  std::int64_t window_;
  std::optional<sender::Save> save_due_;
  bool is_saving_ = false;
  ForkState fork_ = ForkState::none;
  std::int64_t batches_sent_ = 0, changes_sent_ = 0, rewinds_ = 0, timeouts_ = 0, forks_ = 0;
};

}  // namespace tillgate
