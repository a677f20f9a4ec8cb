// Sender: our ledger -> the peer. Decides what to read, publish, resend and when to give a session up.
// Pure: no I/O, no clock. Driven by level ("is there anything beyond the cursor?"), never by an edge, so that a lost
// event can delay but not stall it. Progress comes from the peer's ack after commit alone; a PUBACK is not a receipt.
//
// Rules (docs/protocol.md, "Sending"):
//  * an ack counts when its epoch lies on our path and its digest equals ours at that seq;
//  * an ack beyond the row at which we left an older epoch means "go on from there";
//  * an ack with a digest not ours, or beyond our head in the current epoch, is a fork: new epoch, re-chain from the
//    last ack taken;
//  * an ack without gap never rewinds; one with gap rewinds once per value of the cursor, then only the timer does;
//  * an ack that does not know the epoch sends us back to the epoch before it on our path;
//  * under a ho_epoch not seen before the first ack's cursor counts, however low; acks of an earlier one are dropped.
#pragma once

#include <deque>
#include <optional>
#include <set>
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
    Seq head = 0;
    std::int64_t in_flight = 0, window = 0;
    bool is_session_up = false;
    std::int64_t batches_sent = 0, changes_sent = 0, rewinds = 0, timeouts = 0, forks = 0;
  };
  [[nodiscard]] Snapshot snapshot() const;

 private:
  // State is the implementer's; see sender.cpp.
  struct InFlight { Seq first, last; Epoch epoch; Time sent_at; };
  // ...
};

}  // namespace tillgate
