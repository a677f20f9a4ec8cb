#include "daemon/live_events.hpp"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <deque>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "daemon/api_common.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace {

constexpr auto kTuple = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t kPieceBytes = 64 * 1024;  // service/http_stream.hpp
constexpr std::size_t kRunsKept = 8;            // for streams that are a moment behind
constexpr Duration kReadAgain = seconds(1);     // after a read that was refused: the store is busy
constexpr std::string_view kRetry = "retry: 2000\n";

// A run of rows, as text.
struct Run {
  Seq after = 0;
  Position end;
  std::vector<std::pair<Seq, std::string>> events;

  [[nodiscard]] bool goes_on_from(Seq seq) const { return after <= seq && seq < end.seq; }
  // What comes behind `at`, in a piece that a slow reader has time for; moves `at` to where it ends.
  [[nodiscard]] std::string text_after(Seq& at) const {
    std::string text;
    for (const auto& [seq, event] : events) {
      if (seq <= at) continue;
      if (!text.empty() && text.size() + event.size() > kPieceBytes) return text;
      text += event;
      at = seq;
    }
    at = end.seq;
    return text;
  }
};

Run run_of(Seq after, const ReadEvents::Answer& answer) {
  Run run{after, answer.end, {}};
  for (const auto& event : answer.events) run.events.emplace_back(event.at.seq, event_text(event));
  return run;
}

}  // namespace

// What the streams share. They hold it, so that one whose connection ends last finds it still.
class LiveEvents::Room : public std::enable_shared_from_this<Room> {
 public:
  Room(asio::io_context& its_io, Gateway& its_gateway, EventLimits its_limits)
      : io(its_io), gateway(its_gateway), limits(its_limits), gather_(its_io) {
    head_ = told_ = gateway.store.opened().head;
  }

  void open() {
    gateway.store.on_head_moved([weak = weak_from_this(), executor = io.get_executor()](Position moved) {
      asio::post(executor, [weak, moved] {
        if (auto room = weak.lock()) room->on_head(moved);
      });
    });
    gateway.notices.on_news([weak = weak_from_this()] {
      if (auto room = weak.lock()) room->wake();
    });
  }

  void enter(Stream& stream, const std::string& caller) {
    streams_.insert(&stream);
    ++per_caller_[caller];
  }
  void leave(Stream& stream, const std::string& caller) {
    streams_.erase(&stream);
    if (auto count = per_caller_.find(caller); --count->second == 0) per_caller_.erase(count);
  }
  [[nodiscard]] std::size_t streams() const { return streams_.size(); }
  [[nodiscard]] bool has_room(const std::string& caller) const {
    const auto own = per_caller_.find(caller);
    return streams_.size() < limits.streams && (own == per_caller_.end() || own->second < limits.streams_per_caller);
  }

  [[nodiscard]] const Run* run_after(Seq seq) const {
    const auto found = std::find_if(runs_.begin(), runs_.end(), [&](const Run& run) { return run.goes_on_from(seq); });
    return found == runs_.end() ? nullptr : &*found;
  }

  // Up to where the rows were read for all. Whoever is behind that reads on for itself where no run is left.
  [[nodiscard]] const Position& told() const { return told_; }

  asio::io_context& io;
  Gateway& gateway;
  const EventLimits limits;

 private:
  void wake();

  void on_head(Position moved) {
    head_ = moved;
    if (streams_.empty()) {
      told_ = head_;
      runs_.clear();
    } else {
      read_soon();
    }
  }
  void read_soon() {
    if (is_reading_) return;
    is_reading_ = true;
    gather_.expires_after(limits.gather);
    gather_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
      if (auto room = weak.lock(); room && !error) room->read();
    });
  }
  void read() {
    ReadEvents query;
    query.after = told_.seq;
    const Seq after = query.after;
    auto done = [weak = weak_from_this(), executor = io.get_executor(), after](Result<ReadEvents::Answer> answer) {
      asio::post(executor, [weak, after, answer = std::move(answer)] {
        if (auto room = weak.lock()) room->on_read(after, answer);
      });
    };
    if (!gateway.store.ask(query, std::move(done))) on_read(after, fail(Errc::busy, "the readers' queue is full"));
  }
  // What was not read for all is read by each stream for itself.
  void on_read(Seq after, const Result<ReadEvents::Answer>& answer) {
    is_reading_ = false;
    if (after != told_.seq) {
      // Nobody listened any more meanwhile, and what was read then is not asked for.
    } else if (answer) {
      runs_.push_back(run_of(after, *answer));
      if (runs_.size() > kRunsKept) runs_.pop_front();
      told_ = answer->end;
    } else {
      log::warn_limited("events-read", seconds(60), "events", "changes cannot be read for live events",
                        {{"error", std::string_view(answer.error().what)}});
      told_ = head_;
    }
    wake();
    if (told_.seq < head_.seq) read_soon();
  }

  std::set<Stream*> streams_;
  std::map<std::string, std::size_t> per_caller_;
  std::deque<Run> runs_;  // each goes on where the one before ends
  Position head_, told_;
  bool is_reading_ = false;
  asio::steady_timer gather_;
};

class LiveEvents::Stream : public HttpStream {
 public:
  Stream(std::shared_ptr<Room> room, std::string caller, std::optional<std::string> last)
      : room_(std::move(room)), caller_(std::move(caller)), last_(std::move(last)), woken_(room_->io) {
    room_->enter(*this, caller_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;
  ~Stream() override { room_->leave(*this, caller_); }

  asio::awaitable<std::string> next() override {
    while (!is_closed_) {
      std::string text;
      if (!has_begun_)
        text = co_await begin();
      else
        text = notices();
      const bool is_behind = has_begun_ && at_ < room_->told().seq;
      if (text.empty() && is_behind) text = co_await read_on();
      if (!text.empty()) co_return text;
      if (!has_begun_ || is_behind) continue;
      const bool is_silent = co_await is_time_over(room_->limits.ping);
      if (is_silent && !is_closed_) co_return std::string(kPingText);
    }
    co_return std::string();
  }
  void close() override {
    is_closed_ = true;
    wake();
  }
  void wake() { woken_.cancel(); }

 private:
  // False: something has happened meanwhile. Nothing is missed: whoever waits has looked at everything without a pause in between.
  asio::awaitable<bool> is_time_over(Duration wait) {
    woken_.expires_after(std::chrono::duration_cast<std::chrono::steady_clock::duration>(wait));
    const auto [error] = co_await woken_.async_wait(kTuple);
    co_return !error;
  }

  // The first event: from where on. Empty: the store is too busy to say; we were patient already.
  asio::awaitable<std::string> begin() {
    const ReadFigures figures_query;
    auto figures = co_await ask(room_->gateway.store, figures_query);
    const auto wanted = last_ ? event_id_from(*last_) : std::nullopt;
    DigestAt digest_query;
    digest_query.seq = wanted ? wanted->seq : 0;
    auto held = co_await ask(room_->gateway.store, digest_query);
    if (!figures || !held) {
      co_await is_time_over(kReadAgain);
      co_return std::string();
    }
    has_begun_ = true;
    std::string text(kRetry);
    const Position now = figures->head;
    at_ = now.seq;
    if (!last_) co_return text + start(now);
    if (!wanted || !*held || !names(*wanted, **held)) co_return text + reset_text(now, "unknown_position");
    if (now.seq - wanted->seq > room_->limits.resume_rows) co_return text + reset_text(now, "too_old");
    at_ = wanted->seq;
    co_return text + start(Position{wanted->seq, **held});
  }
  std::string start(const Position& from) const {
    JsonWriter json;
    const auto& link = room_->gateway.link;
    json.begin_object().key("seq").number(from.seq).key("head_office");
    json.text(!link.is_configured ? "unconfigured" : link.is_online ? "online" : "offline").end_object();
    return start_text(from, json.take());
  }

  std::string notices() {
    std::string text;
    for (const auto& notice : room_->gateway.notices.after(noticed_)) {
      noticed_ = notice.number;
      text += event_text(notice);
    }
    return text;
  }

  // Empty: there was nothing to tell, or it could not be read now.
  asio::awaitable<std::string> read_on() {
    if (const Run* run = room_->run_after(at_)) {
      co_return run->text_after(at_);
    }
    ReadEvents query;
    query.after = at_;
    auto answer = co_await ask(room_->gateway.store, query);
    if (!answer || answer->end.seq == at_) {
      co_await is_time_over(kReadAgain);
      co_return std::string();
    }
    const Run run = run_of(at_, *answer);
    co_return run.text_after(at_);
  }

  std::shared_ptr<Room> room_;
  std::string caller_;
  std::optional<std::string> last_;
  asio::steady_timer woken_;
  Seq at_ = 0;  // told up to here
  std::uint64_t noticed_ = 0;
  bool has_begun_ = false, is_closed_ = false;
};

void LiveEvents::Room::wake() {
  for (auto* stream : streams_) stream->wake();
}

LiveEvents::LiveEvents(asio::io_context& io, Gateway& gateway, EventLimits limits)
    : room_(std::make_shared<Room>(io, gateway, limits)) {
  room_->open();
}

Result<std::shared_ptr<HttpStream>> LiveEvents::listen(const std::string& caller, std::optional<std::string> last) {
  if (!room_->has_room(caller)) return fail(Errc::busy, "Too many are listening to events; try again later.");
  return std::make_shared<Stream>(room_, caller, std::move(last));
}

std::size_t LiveEvents::streams() const {
  return room_->streams();
}

}  // namespace tillgate
