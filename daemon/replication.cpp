#include "daemon/replication.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>

#include "core/check.hpp"
#include "core/codec.hpp"
#include "core/sender.hpp"
#include "daemon/broker_session.hpp"
#include "drivers/mqtt/link.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace asio = boost::asio;

namespace {

constexpr seconds kExpiry{600};            // batches and acks are worthless after this: the ledger is the queue
constexpr milliseconds kTurn{1'000};       // supervision and rate figures
constexpr milliseconds kSaveRetry{1'000};  // a full disk may have room again
constexpr milliseconds kSaveEvery{25};     // between two savings of the acknowledged position
constexpr std::size_t kRateWindow = 10;    // seconds over which the drain rate is averaged
constexpr seconds kStuckAlert{60}, kStuckExit{180};
constexpr int kExitLink = 71;

SenderStart sender_start(const OpenReport& opened) {
  SenderStart start;
  start.path = opened.path;
  start.head = opened.head;
  return start;
}

SenderLimits sender_limits(const Config& config) {
  SenderLimits limits;
  limits.window_max = config.replication.window;
  limits.ack_timeout = config.replication.ack_timeout;
  return limits;
}

// A batch as the reader's thread hands it over.
struct Packed {
  BatchHeader header;
  Encoded bytes;
};

}  // namespace

// Shared, so that an answer posted from a foreign thread after stop() finds either the parts or nothing, never a dangling pointer.
struct Replication::Parts : std::enable_shared_from_this<Replication::Parts> {
  Parts(asio::io_context& io_context, Gateway& shared_gateway, const OpenReport& report,
        std::function<void(int, std::string)> exit)
      : io(io_context),
        gateway(shared_gateway),
        opened(report),
        die(std::move(exit)),
        tick_timer(io_context),
        turn_timer(io_context) {
    topic.root = gateway.config.uplink.topic_root;
    topic.org = gateway.config.store.org;
    topic.store = gateway.config.store.id;
    head = opened.head;
  }

  // A callback for a foreign thread: brings `work` to the logic thread, if we are still there then.
  template <class Work>
  auto posting(Work work) {
    return [weak = weak_from_this(), executor = io.get_executor(), work = std::move(work)](auto value) mutable {
      asio::post(executor, [weak, work, value = std::move(value)]() mutable {
        if (auto self = weak.lock(); self && !self->is_stopped) work(*self, std::move(value));
      });
    };
  }

  void start() {
    ReadFeed query;
    const bool accepted =
        gateway.store.ask(query, posting([](Parts& self, Result<FeedState> feed) { self.begin(std::move(feed)); }));
    if (!accepted) die(kExitLink, "the store refused the first read");
  }

  void begin(Result<FeedState> feed) {
    if (!feed) return die(70, "the replication cursor cannot be read: " + feed.error().detail);
    SenderStart start = sender_start(opened);
    start.head = head;
    start.cursor = feed->cursor;
    start.ho_epoch = feed->ho_epoch;
    gateway.link.acked = feed->cursor.seq;
    sender.emplace(std::move(start), sender_limits(gateway.config));
    open_session();
    // The head may have moved between open and now.
    step(sender::HeadMoved{head});
    session->start();
    turn();
  }

  void open_session() {
    BrokerSession::Events events;
    const auto weak = weak_from_this();
    const auto tell = [weak](auto work) {
      if (auto self = weak.lock(); self && !self->is_stopped) work(*self);
    };
    events.up = [tell] { tell([](Parts& self) { self.step(sender::SessionUp{}); }); };
    events.down = [tell] { tell([](Parts& self) { self.step(sender::SessionDown{}); }); };
    events.received = [tell](link::Message message) { tell([&](Parts& self) { self.on_message(std::move(message)); }); };
    // The session lives no longer than the parts.
    events.place = [this] { return BrokerSession::Place{current_root ? *current_root : opened.path.current(), head.seq}; };
    session = std::make_shared<BrokerSession>(io, gateway, topic, std::move(events));
  }

  // ---- what head office says

  void on_message(link::Message message) {
    if (message.topic != topic.down_ack()) return;
    auto ack = decode_ack(message.payload, topic.store);
    if (!ack) {
      log::warn_limited("bad-ack", seconds(60), "link", "an acknowledgement from head office cannot be read",
                        {{"error", std::string_view(ack.error().what)}});
      return;
    }
    gateway.store.confirm_clock(ack->now, mono_now());
    gateway.link.is_clock_confirmed = true;
    DigestAt query;
    query.seq = ack->upto ? ack->upto->seq : 0;
    auto answered = posting([ack = *ack](Parts& self, Result<std::optional<Digest>> digest) {
      if (!digest) return;  // busy: the ack comes again with the next batch or the timer
      sender::AckArrived event;
      event.ack = ack;
      event.own_digest = *digest;
      self.gateway.link.last_ack_at = utc_now();
      self.step(event);
    });
    if (!gateway.store.ask(query, std::move(answered)))
      log::warn_limited("ack-busy", seconds(60), "link", "too busy to look at an acknowledgement; it comes again");
  }

  // ---- the machine

  void step(const sender::Event& event) {
    if (!sender) return;
    auto actions = sender->step(mono_now(), event);
    for (auto& action : actions) std::visit([this](auto& each) { perform(each); }, action);
    show();
    schedule_tick();
  }

  void perform(sender::Read& read) {
    ReadBatch query;
    query.org = topic.org;
    query.store = topic.store;
    query.after = read.after;
    query.changes_max = read.changes_max;
    query.bytes_max = read.bytes_max;
    query.now = utc_now();
    // Packed on the reader's thread: a terminal should not wait for its turn here while a batch is compressed.
    auto deliver = posting([](Parts& self, Result<Packed> answer) { self.on_read(std::move(answer)); });
    auto pack = [deliver](Result<UpBatch> batch) mutable {
      if (!batch) return deliver(Result<Packed>(fail(batch.error())));
      Packed bytes{batch->header, encode(*batch)};
      deliver(Result<Packed>(std::move(bytes)));
    };
    if (!gateway.store.ask(query, std::move(pack))) retry_read();
  }
  void on_read(Result<Packed> read) {
    if (!read) {
      log::warn_limited("read-failed", seconds(60), "replication", "a batch cannot be read",
                        {{"error", std::string_view(read.error().what)}});
      return retry_read();
    }
    UpBatch batch;  // the machine needs no more of it
    batch.header = read->header;
    packed = std::move(read->bytes);
    step(sender::BatchRead{std::move(batch)});
    packed.reset();
  }
  // Not at once: a store that is too busy to read must not be asked in a tight loop.
  void retry_read() {
    after(kSaveRetry, [](Parts& self) { self.step(sender::ReadFailed{}); });
  }

  void perform(sender::Publish& publish) {
    CHECK(packed);  // what is published is what has just been read
    Encoded encoded = std::move(*packed);
    link::Publish out;
    out.message.topic = topic.up_batch();
    out.message.payload = std::move(encoded.bytes);
    out.message.content_type = std::move(encoded.content_type);
    out.message.content_encoding = std::move(encoded.content_encoding);
    out.message.expiry = kExpiry;
    out.token = static_cast<std::uint64_t>(publish.batch.header.last);
    if (!session->post(std::move(out)))
      log::warn_limited("link-full", seconds(60), "link", "the send queue is full; the batch is sent again later");
  }

  // A flush per acknowledgement would cost more than sending does; what is saved late is at worst sent again.
  void perform(sender::Save& save) {
    const Duration wait = saved_at + kSaveEvery - mono_now();
    if (wait <= Duration{0}) return save_now(save);
    after(wait, [save](Parts& self) { self.save_now(save); });
  }
  void save_now(const sender::Save& save) {
    SaveAck command;
    command.feed = "head_office";
    command.upto = save.upto;
    command.ho_epoch = save.ho_epoch;
    command.may_go_back = save.may_go_back;
    auto done = posting([save](Parts& self, Result<CommandOutcome> outcome) {
      if (outcome) {
        self.saved_at = mono_now();
        self.gateway.link.acked = save.upto.seq;
        return self.step(sender::AckSaved{save.upto, save.ho_epoch});
      }
      log::warn_limited("save-ack", seconds(60), "replication", "head office's receipt cannot be saved yet",
                        {{"error", std::string_view(outcome.error().what)}});
      self.after(kSaveRetry, [save](Parts& again) { again.save_now(save); });
    });
    if (!gateway.store.submit(Command(std::move(command)), std::move(done)))
      after(kSaveRetry, [save](Parts& again) { again.save_now(save); });
  }

  void perform(sender::Fork& fork) {
    log::error(
        "replication",
        "head office holds other changes under our numbers: a copy of this machine is or was running; starting a new epoch",
        {{"after_seq", fork.root.seq}});
    Rechain command;
    command.root = fork.root;
    auto done = posting([fork](Parts& self, Result<CommandOutcome> outcome) mutable {
      if (!outcome) {
        self.after(kSaveRetry, [fork](Parts& again) mutable { again.perform(fork); });
        return;
      }
      self.rechained(std::get<Rechained>(*outcome).root);
    });
    if (!gateway.store.submit(Command(std::move(command)), std::move(done)))
      after(kSaveRetry, [fork](Parts& again) mutable { again.perform(fork); });
  }
  void rechained(const EpochRoot& root) {
    current_root = root;
    ReadFigures query;
    auto done = posting([root](Parts& self, Result<StoreFigures> figures) mutable {
      if (!figures) return self.after(kSaveRetry, [root](Parts& again) { again.rechained(root); });
      self.head = figures->head;
      self.step(sender::Rechained{root, self.head});
      // A fresh session says the new epoch in its status and its Will.
      self.session->leave();
    });
    if (!gateway.store.ask(query, std::move(done))) after(kSaveRetry, [root](Parts& again) { again.rechained(root); });
  }

  void perform(sender::EndSession& end) {
    if (!gateway.link.is_silent)
      log::warn("link", "head office is silent; trying a fresh session from time to time, changes wait here",
                {{"reason", std::string_view(end.reason)}});
    gateway.link.is_silent = true;
    session->leave();
  }
  void perform(sender::UsefulSession&) {
    session->was_useful();
    if (gateway.link.is_silent) log::info("link", "head office acknowledges again");
    gateway.link.is_silent = false;
  }
  void perform(sender::Note& note) { log::info("replication", note.what); }

  void schedule_tick() {
    const auto due = sender->next_tick();
    if (!due) {
      tick_timer.cancel();
      return;
    }
    tick_timer.expires_after(std::max<Duration>(*due - mono_now(), Duration{0}));
    tick_timer.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      if (error) return;
      if (auto self = weak.lock(); self && !self->is_stopped) self->step(sender::Tick{});
    });
  }

  // ---- supervision, once a second

  void turn() {
    const auto now = mono_now();
    const Duration stuck = session->stuck_for();
    if (stuck >= kStuckExit) return die(kExitLink, "the link thread has been stuck for 3 minutes");
    if (stuck >= kStuckAlert)
      log::warn_limited("link-stuck", seconds(60), "link",
                        "the link thread does not come round; the process is restarted if it stays so",
                        {{"stuck_s", std::chrono::duration_cast<seconds>(stuck).count()}});
    if (!gateway.link.is_clock_confirmed && is_clock_synchronised()) {
      gateway.store.confirm_clock(utc_now(), now);
      gateway.link.is_clock_confirmed = true;
    }
    acked_history.push_back(gateway.link.acked);
    if (acked_history.size() > kRateWindow + 1) acked_history.pop_front();
    const auto spanned = static_cast<double>(acked_history.size() - 1);
    gateway.link.acked_per_second =
        spanned > 0 ? static_cast<double>(acked_history.back() - acked_history.front()) / spanned : 0;
    after(turn_timer, kTurn, [](Parts& self) { self.turn(); });
  }

  void show() {
    const auto snapshot = sender->snapshot();
    gateway.link.head = snapshot.head;
    gateway.link.in_flight = snapshot.in_flight;
    gateway.link.window = snapshot.window;
    gateway.link.rewinds = snapshot.rewinds;
    gateway.link.timeouts = snapshot.timeouts;
    gateway.link.forks = snapshot.forks;
    gateway.link.batches_sent = snapshot.batches_sent;
  }

  template <class Work>
  void after(asio::steady_timer& timer, Duration wait, Work work) {
    timer.expires_after(wait);
    timer.async_wait([weak = weak_from_this(), work = std::move(work)](boost::system::error_code error) mutable {
      if (error) return;
      if (auto self = weak.lock(); self && !self->is_stopped) work(*self);
    });
  }
  template <class Work>
  void after(Duration wait, Work work) {
    auto timer = std::make_shared<asio::steady_timer>(io, wait);
    timer->async_wait([timer, weak = weak_from_this(), work = std::move(work)](boost::system::error_code error) mutable {
      if (error) return;
      if (auto self = weak.lock(); self && !self->is_stopped) work(*self);
    });
  }

  void stop() {
    if (is_stopped) return;
    is_stopped = true;
    tick_timer.cancel();
    turn_timer.cancel();
    if (session) session->stop();
  }

  asio::io_context& io;
  Gateway& gateway;
  OpenReport opened;
  std::function<void(int, std::string)> die;
  Topic topic;
  asio::steady_timer tick_timer, turn_timer;
  std::optional<Sender> sender;
  std::shared_ptr<BrokerSession> session;
  std::optional<EpochRoot> current_root;  // after a re-chain
  Position head;
  Time saved_at{};
  bool is_stopped = false;
  std::optional<Encoded> packed;  // while the machine looks at the batch that it is
  std::deque<Seq> acked_history;
};

Replication::Replication(asio::io_context& io, Gateway& gateway, const OpenReport& opened,
                         std::function<void(int, std::string)> die)
    : parts_(std::make_shared<Parts>(io, gateway, opened, std::move(die))) {
  gateway.store.on_head_moved([weak = std::weak_ptr<Parts>(parts_), executor = io.get_executor()](Position head) {
    asio::post(executor, [weak, head] {
      auto self = weak.lock();
      if (!self || self->is_stopped) return;
      self->head = head;
      self->step(sender::HeadMoved{head});
    });
  });
}

Replication::~Replication() {
  stop();
}
void Replication::start() {
  parts_->start();
}
void Replication::stop() {
  parts_->stop();
}

}  // namespace tillgate
