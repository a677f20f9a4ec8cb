// A small world in memory: stores with ledgers, a network that loses, doubles, delays and reorders, and a head office with
// two receivers over one table. Sender and decide() are the real ones; everything else is pretended, on a virtual clock, from
// one seed, so that a failing seed replays exactly. The world is also the judge: it knows every write ever answered.
#pragma once

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstring>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <queue>
#include <set>
#include <tuple>
#include <unordered_set>

#include "core/random.hpp"
#include "core/receiver.hpp"
#include "core/sender.hpp"

namespace tillgate::world {

// Canaries: mistakes that the world must notice. All off: the rules as they are.
struct Policy {
  bool acks_before_commit = false;     // head office acknowledges what it is only about to commit
  bool applies_across_a_gap = false;   // what comes early is appended as if it were next
  bool ignores_digests = false;        // same numbers, other rows: taken for known
  bool opens_anywhere = false;         // an unknown epoch starts wherever its first batch happens to start
  bool keeps_ho_epoch = false;         // a restored head office says that it is still the same
  bool trusts_puback = false;          // the broker's receipt is taken for head office's
  bool gap_on_every_ack = false;       // loses nothing, only wastes: every ack asks for a rewind
  bool applies_what_it_knows = false;  // a duplicate is applied again
};

struct Options {
  std::uint64_t seed = 1;
  Policy policy{};
  bool is_traced = false;
};

struct Outcome {
  std::string violation;  // empty: all rules held
  bool is_calm = false;   // few faults: frugality is judged
  std::int64_t written = 0, sent = 0, events = 0, crashes = 0, lost_tails = 0, restores = 0, clones = 0, office_restores = 0,
               forks = 0, rewinds = 0, timeouts = 0;
};

struct Row {
  Epoch epoch;
  std::int64_t id = 0;  // of the change: it survives a re-chain
  Digest digest;
};

inline Digest chained(const Digest& previous, const Epoch& epoch, Seq seq, std::int64_t id) {
  std::uint64_t mixed = 0;
  std::memcpy(&mixed, previous.bytes.data(), sizeof mixed);
  for (const std::uint64_t each : {std::uint64_t{epoch.bytes[14]} << 8 | epoch.bytes[15], static_cast<std::uint64_t>(seq),
                                   static_cast<std::uint64_t>(id)}) {
    mixed = (mixed ^ each) * 0x9e3779b97f4a7c15U;
    mixed ^= mixed >> 29;
  }
  Digest out;
  std::memcpy(out.bytes.data(), &mixed, sizeof mixed);
  return out;
}
inline std::uint64_t key_of(const Digest& digest) {
  std::uint64_t key = 0;
  std::memcpy(&key, digest.bytes.data(), sizeof key);
  return key;
}

// What a store has on disk.
struct Disk {
  std::vector<Row> rows;  // seq = index + 1
  Path path;
  Position cursor;
  std::optional<HoEpoch> ho_epoch;
  [[nodiscard]] Seq head() const { return static_cast<Seq>(rows.size()); }
  [[nodiscard]] Position at(Seq seq) const {
    return seq == 0 ? Position{} : Position{seq, rows[static_cast<std::size_t>(seq - 1)].digest};
  }
};

struct Machine {
  Disk disk;
  std::deque<Disk> copies;  // backups and what a lying flush falls back to, oldest first
  std::optional<Sender> sender;
  std::int64_t life = 0, session = 0, n = 0;
  bool is_up = false;
  std::optional<Time> tick_at;
  Time status_at{};                                    // when its last status arrives at head office
  std::optional<std::pair<HoEpoch, Seq>> cursor_seen;  // of this sender; for "never back"
};

// What head office has committed.
struct Held {
  EpochRoot root;
  std::vector<Digest> digests;
  std::vector<std::int64_t> ids;
  [[nodiscard]] Seq head() const { return root.after.seq + static_cast<Seq>(digests.size()); }
  [[nodiscard]] Position upto() const { return digests.empty() ? root.after : Position{head(), digests.back()}; }
  [[nodiscard]] std::optional<Digest> digest_at(Seq seq) const {
    if (seq <= root.after.seq || seq > head()) return std::nullopt;
    return digests[static_cast<std::size_t>(seq - root.after.seq - 1)];
  }
  [[nodiscard]] EpochCursor cursor() const { return {root, upto()}; }
};
struct Table {
  std::map<Epoch, Held> epochs;
  std::map<std::int64_t, int> applied;  // change -> rows it came in
  std::optional<Epoch> current;
  std::map<Epoch, EpochRoot> announced;  // roots that came by status
  std::map<Epoch, std::int64_t> n_seen;
  std::set<Epoch> succeeded;
};

class World {
 public:
  explicit World(Options options) : options_(options), random_(options.seed * 0x9e3779b97f4a7c15U + 1) {}
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  Outcome run() {
    draw_faults();
    new_office(HoEpoch{});
    machines_.emplace_back();
    start(0);
    chaos_ends_ = now_ + seconds(20);
    after(spread(milliseconds(500)), [this] { mischief(); });
    while (!queue_.empty() && outcome_.violation.empty() && now_ < chaos_ends_) next();
    if (outcome_.violation.empty()) calm_down();
    judge();
    return outcome_;
  }

 private:
  // ---- time and chance

  struct Event {
    Time at;
    std::uint64_t order;
    std::shared_ptr<std::function<void()>> work;
    bool operator<(const Event& other) const { return std::tie(other.at, other.order) < std::tie(at, order); }
  };
  template <class Work>
  void after(Duration wait, Work work) {
    queue_.push({now_ + wait, order_++, std::make_shared<std::function<void()>>(std::move(work))});
  }
  void next() {
    const Event event = queue_.top();
    queue_.pop();
    now_ = event.at;
    ++outcome_.events;
    (*event.work)();
    if (outcome_.events > 200'000) violate("the world does not come to rest");
  }
  Duration spread(Duration max) { return random_.uniform(max) + Duration{1}; }
  bool chance(int per_mille) { return static_cast<int>(random_.below(1'000)) < per_mille; }
  void violate(const std::string& what) {
    if (outcome_.violation.empty()) outcome_.violation = what;
    trace("VIOLATION " + what);
  }
  void trace(const std::string& what) const {
    if (options_.is_traced) std::printf("%9.3f %s\n", static_cast<double>(now_.time_since_epoch().count()) / 1e9, what.c_str());
  }
  static std::string name(const Uuid& id) { return std::to_string(id.bytes[14] * 256 + id.bytes[15]); }

  template <class Id>
  Id fresh() {
    ++ids_drawn_;
    Id id;
    id.bytes[14] = static_cast<std::uint8_t>(ids_drawn_ >> 8);
    id.bytes[15] = static_cast<std::uint8_t>(ids_drawn_);
    return id;
  }

  struct Faults {
    int loss = 0, doubled = 0, straggler = 0, read_failure = 0;                 // per mille
    int link = 0, crash = 0, restore = 0, clone = 0, receiver = 0, office = 0;  // weights against 1000 of writing
    Duration delay_max = milliseconds(20);
    bool lies_about_flush = false;
  };
  void draw_faults() {
    outcome_.is_calm = random_.below(4) == 0;
    limits_.window_max = 1 + static_cast<std::int64_t>(random_.below(6));
    limits_.batch_changes_max = 1 + random_.below(5);
    limits_.ack_timeout = seconds(4);
    if (outcome_.is_calm) {
      faults_.loss = static_cast<int>(random_.below(3));
      faults_.link = 20;
      faults_.crash = 10;
      return;
    }
    faults_.loss = static_cast<int>(random_.below(150));
    faults_.doubled = static_cast<int>(random_.below(150));
    faults_.straggler = static_cast<int>(random_.below(50));
    faults_.read_failure = static_cast<int>(random_.below(30));
    faults_.link = static_cast<int>(random_.below(250));
    faults_.crash = static_cast<int>(random_.below(200));
    faults_.receiver = static_cast<int>(random_.below(250));
    faults_.lies_about_flush = random_.below(3) == 0;
    if (random_.below(3) == 0) faults_.restore = static_cast<int>(random_.below(80));
    if (random_.below(4) == 0) faults_.clone = static_cast<int>(random_.below(80));
    if (random_.below(3) == 0) faults_.office = static_cast<int>(random_.below(80));
    faults_.delay_max = milliseconds(5 + random_.below(400));
  }

  void mischief() {
    if (now_ >= chaos_ends_) return;
    const std::size_t m = random_.below(machines_.size());
    const int total =
        1'000 + faults_.link + faults_.crash + faults_.restore + faults_.clone + faults_.receiver + faults_.office;
    int drawn = static_cast<int>(random_.below(static_cast<std::uint64_t>(total)));
    const auto is = [&](int weight) { return (drawn -= weight) < 0; };
    if (is(1'000)) {
      for (std::uint64_t i = 1 + random_.below(6); i > 0; --i) write(m);
    } else if (is(faults_.link)) {
      link_down(m);
    } else if (is(faults_.crash)) {
      crash(m, faults_.lies_about_flush && chance(300));
    } else if (is(faults_.restore)) {
      restore(m);
    } else if (is(faults_.clone)) {
      clone(m);
    } else if (is(faults_.receiver)) {
      ++receiver_life_[random_.below(2)];  // what it had put aside or not yet acknowledged is gone
    } else {
      office_mischief();
    }
    after(spread(milliseconds(400)), [this] { mischief(); });
  }

  // ---- the stores

  void start(std::size_t m) {
    Machine& machine = machines_[m];
    Disk& disk = machine.disk;
    std::vector<EpochRoot> roots = disk.path.roots();
    while (!roots.empty() && roots.back().after.seq >= disk.head()) roots.pop_back();  // wrote no row: never replaced
    EpochRoot root{fresh<Epoch>(), std::nullopt, disk.at(disk.head())};
    if (!disk.rows.empty()) root.replaces = disk.rows.back().epoch;
    roots.push_back(root);
    disk.path = Path(std::move(roots));
    trace("store " + std::to_string(m) + " starts epoch " + name(root.epoch) + " after " + std::to_string(root.after.seq));
    machine.n = 0;
    begin(m);
  }
  void begin(std::size_t m) {
    Machine& machine = machines_[m];
    machine.sender.emplace(
        SenderStart{machine.disk.path, machine.disk.at(machine.disk.head()), machine.disk.cursor, machine.disk.ho_epoch},
        limits_);
    machine.cursor_seen.reset();
    machine.tick_at.reset();
    const auto life = machine.life;
    after(spread(seconds(1)), [this, m, life] { link_up(m, life); });
  }
  void stop(std::size_t m) {
    Machine& machine = machines_[m];
    count(machine);
    machine.sender.reset();
    machine.is_up = false;
    ++machine.life;
    ++machine.session;
  }
  void count(const Machine& machine) {
    if (!machine.sender) return;
    const auto shown = machine.sender->snapshot();
    outcome_.sent += shown.changes_sent;
    outcome_.forks += shown.forks;
    outcome_.rewinds += shown.rewinds;
    outcome_.timeouts += shown.timeouts;
  }
  void crash(std::size_t m, bool loses_tail) {
    ++outcome_.crashes;
    stop(m);
    Machine& machine = machines_[m];
    if (loses_tail && !machine.copies.empty()) {
      ++outcome_.lost_tails;
      machine.disk = machine.copies.back();
      trace("store " + std::to_string(m) + " lost its tail; head " + std::to_string(machine.disk.head()));
    }
    after(spread(seconds(1)), [this, m, life = machine.life] {
      if (machines_[m].life == life && !machines_[m].sender) start(m);
    });
  }
  void restore(std::size_t m) {
    Machine& machine = machines_[m];
    if (machine.copies.empty()) return;
    ++outcome_.restores;
    stop(m);
    machine.disk = machine.copies[random_.below(machine.copies.size())];
    trace("store " + std::to_string(m) + " restored; head " + std::to_string(machine.disk.head()));
    start(m);
  }
  // A running machine is copied, and both run on: same epoch, same numbers, other rows.
  void clone(std::size_t m) {
    if (machines_.size() >= 3 || !machines_[m].sender) return;
    ++outcome_.clones;
    trace("store " + std::to_string(m) + " is cloned at head " + std::to_string(machines_[m].disk.head()));
    Machine twin;
    twin.disk = machines_[m].disk;
    twin.n = machines_[m].n + 1'000;
    machines_.push_back(std::move(twin));
    begin(machines_.size() - 1);
  }
  void write(std::size_t m) {
    Machine& machine = machines_[m];
    if (!machine.sender) return;
    Disk& disk = machine.disk;
    const std::int64_t id = ++outcome_.written;
    const Epoch epoch = disk.path.current().epoch;
    disk.rows.push_back({epoch, id, chained(disk.at(disk.head()).digest, epoch, disk.head() + 1, id)});
    keep_copy(machine);
    step(m, sender::HeadMoved{disk.at(disk.head())});
  }
  void keep_copy(Machine& machine) {
    if (!chance(150)) return;
    machine.copies.push_back(machine.disk);
    if (machine.copies.size() > 4) machine.copies.pop_front();
  }

  // Runs later, unless the process has died meanwhile.
  template <class Work>
  void later(std::size_t m, Duration wait, Work work) {
    after(wait, [this, m, life = machines_[m].life, work = std::move(work)] {
      if (machines_[m].life == life) work();
    });
  }

  void step(std::size_t m, const sender::Event& event) {
    if (!machines_[m].sender) return;
    for (const auto& action : machines_[m].sender->step(now_, event))
      std::visit([&](const auto& each) { perform(m, each); }, action);
    check_cursor(m);
    const auto due = machines_[m].sender->next_tick();
    if (due == machines_[m].tick_at) return;
    machines_[m].tick_at = due;
    if (due) later(m, std::max(*due - now_, Duration{0}), [this, m] { step(m, sender::Tick{}); });
  }
  void check_cursor(std::size_t m) {
    Machine& machine = machines_[m];
    const auto shown = machine.sender->snapshot();
    if (shown.in_flight > limits_.window_max) violate("more in flight than the window allows");
    if (machine.cursor_seen && machine.cursor_seen->first == shown.ho_epoch && shown.cursor.seq < machine.cursor_seen->second)
      violate("a sender's cursor went back under one ho_epoch");
    if (shown.ho_epoch) machine.cursor_seen = {{*shown.ho_epoch, shown.cursor.seq}};
  }

  void perform(std::size_t m, const sender::Read& read) {
    later(m, spread(milliseconds(5)), [this, m, read] {
      if (chance(faults_.read_failure)) return step(m, sender::ReadFailed{});
      step(m, sender::BatchRead{batch_after(machines_[m].disk, read)});
    });
  }
  static UpBatch batch_after(const Disk& disk, const sender::Read& read) {
    UpBatch batch;
    auto& header = batch.header;
    const EpochRoot root = *disk.path.epoch_at(read.after + 1);
    header.epoch = root.epoch;
    header.first = read.after + 1;
    header.last = read.after;
    header.prev = disk.at(read.after).digest;
    if (root.after.seq == read.after) header.root = root;
    while (header.last < disk.head() && header.count() < static_cast<std::int64_t>(read.changes_max)) {
      const Row& row = disk.rows[static_cast<std::size_t>(header.last)];
      if (row.epoch != root.epoch) break;
      batch.body.append(reinterpret_cast<const char*>(&row.id), sizeof row.id);
      ++header.last;
    }
    header.digest = disk.at(header.last).digest;
    return batch;
  }
  void perform(std::size_t m, const sender::Publish& publish) {
    const auto& header = publish.batch.header;
    trace("store " + std::to_string(m) + " sends " + name(header.epoch) + " " + std::to_string(header.first) + ".." +
          std::to_string(header.last));
    const int copies = chance(faults_.loss) ? 0 : chance(faults_.doubled) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
      const std::size_t receiver = random_.below(2);
      after(spread(faults_.delay_max), [this, receiver, batch = publish.batch] { receive(receiver, batch); });
    }
    if (!options_.policy.trusts_puback) return;
    Ack ack{StoreId{}, header.epoch, ho_epoch_, Position{header.last, header.digest}, false, Timestamp{}};
    later(m, spread(milliseconds(5)), [this, m, ack] { hear(m, ack); });
  }
  void perform(std::size_t m, const sender::Save& save) {
    later(m, spread(milliseconds(10)), [this, m, save] {
      Machine& machine = machines_[m];
      Disk& disk = machine.disk;
      trace("store " + std::to_string(m) + " saves cursor " + std::to_string(save.upto.seq) + " under " + name(save.ho_epoch));
      if (disk.ho_epoch != save.ho_epoch && !save.may_go_back) return violate("a new ho_epoch without leave to go back");
      if (disk.ho_epoch == save.ho_epoch && !save.may_go_back && save.upto.seq < disk.cursor.seq)
        return violate("a saved cursor went back");
      if (save.upto.seq > disk.head() || disk.at(save.upto.seq) != save.upto)
        return violate("a saved cursor that is not a row of ours");
      if (save.upto.seq > 0 && !committed_[save.ho_epoch].contains(key_of(save.upto.digest)))
        return violate("cursor saved at " + std::to_string(save.upto.seq) + ", which head office has never committed");
      disk.cursor = save.upto;
      disk.ho_epoch = save.ho_epoch;
      keep_copy(machine);
      step(m, sender::AckSaved{save.upto, save.ho_epoch});
    });
  }
  void perform(std::size_t m, const sender::Fork& fork) {
    later(m, spread(milliseconds(10)), [this, m, fork] {
      Disk& disk = machines_[m].disk;
      if (fork.root.seq > disk.head() || disk.at(fork.root.seq) != fork.root) return violate("a fork rooted off our own chain");
      EpochRoot root{fresh<Epoch>(), std::nullopt, fork.root};
      if (fork.root.seq > 0) root.replaces = disk.rows[static_cast<std::size_t>(fork.root.seq - 1)].epoch;
      Digest previous = fork.root.digest;
      for (Seq seq = fork.root.seq + 1; seq <= disk.head(); ++seq) {
        Row& row = disk.rows[static_cast<std::size_t>(seq - 1)];
        row.epoch = root.epoch;
        previous = row.digest = chained(previous, root.epoch, seq, row.id);
      }
      disk.path.rechain(root);
      machines_[m].n = 0;
      trace("store " + std::to_string(m) + " re-chains after " + std::to_string(fork.root.seq) + " as " + name(root.epoch));
      step(m, sender::Rechained{root, disk.at(disk.head())});
    });
  }
  void perform(std::size_t m, const sender::EndSession&) {
    later(m, Duration{1}, [this, m] { link_down(m); });
  }
  void perform(std::size_t, const sender::UsefulSession&) {}
  void perform(std::size_t m, const sender::Note& note) { trace("store " + std::to_string(m) + ": " + note.what); }

  // ---- the network

  void link_up(std::size_t m, std::int64_t life) {
    Machine& machine = machines_[m];
    if (machine.life != life || machine.is_up) return;
    machine.is_up = true;
    ++machine.session;
    ++machine.n;
    trace("store " + std::to_string(m) + " is online");
    step(m, sender::SessionUp{});
    Status status;
    status.is_online = true;
    status.n = machine.n;
    status.epoch = machine.disk.path.current().epoch;
    status.root = machine.disk.path.current();
    // One topic from one publisher: in order, whatever happens to the batches.
    machine.status_at = std::max(machine.status_at, now_ + spread(faults_.delay_max));
    after(machine.status_at - now_, [this, m, status] {
      retained_[m] = status;
      greet(status);
    });
  }
  void link_down(std::size_t m) {
    Machine& machine = machines_[m];
    if (!machine.is_up) return;
    machine.is_up = false;
    ++machine.session;
    trace("store " + std::to_string(m) + " is offline");
    step(m, sender::SessionDown{});
    later(m, spread(seconds(1)), [this, m, life = machine.life] { link_up(m, life); });
  }
  void hear(std::size_t m, const Ack& ack) {
    sender::AckArrived event{ack, std::nullopt};
    const Disk& disk = machines_[m].disk;
    if (ack.upto && ack.upto->seq <= disk.head()) event.own_digest = disk.at(ack.upto->seq).digest;
    later(m, spread(milliseconds(5)), [this, m, event] { step(m, event); });
  }
  void send_ack(Ack ack) {
    if (options_.policy.gap_on_every_ack) ack.has_gap = true;
    for (std::size_t m = 0; m < machines_.size(); ++m) {
      if (!machines_[m].is_up) continue;
      const int copies = chance(faults_.loss) ? 0 : chance(faults_.doubled) ? 2 : 1;
      for (int i = 0; i < copies; ++i) {
        const auto session = machines_[m].session;
        const bool is_straggler = chance(faults_.straggler);  // waited somewhere and comes into a later session
        after(spread(faults_.delay_max) + (is_straggler ? spread(seconds(5)) : Duration{0}),
              [this, m, session, ack, is_straggler] {
                if (machines_[m].is_up && (is_straggler || machines_[m].session == session)) hear(m, ack);
              });
      }
    }
  }

  // ---- head office

  void new_office(HoEpoch) {
    ho_epoch_ = fresh<HoEpoch>();
    auto& digests = committed_[ho_epoch_];
    for (const auto& [epoch, held] : table_.epochs)
      for (const auto& digest : held.digests) digests.insert(key_of(digest));
    for (auto& life : receiver_life_) ++life;
  }
  void office_mischief() {
    if (chance(500)) {
      backup_ = table_;
      return;
    }
    ++outcome_.office_restores;
    table_ = backup_;
    if (options_.policy.keeps_ho_epoch) {
      for (auto& life : receiver_life_) ++life;
    } else {
      new_office(ho_epoch_);
    }
    trace("head office is restored; ho_epoch " + name(ho_epoch_));
    for (const auto& retained : retained_) greet(retained.second);
  }
  template <class Work>
  void as_receiver(std::size_t receiver, Duration wait, Work work) {
    after(wait, [this, receiver, life = receiver_life_[receiver], work = std::move(work)] {
      if (receiver_life_[receiver] == life) work();
    });
  }
  void receive(std::size_t receiver, UpBatch batch) {
    as_receiver(receiver, spread(milliseconds(10)),
                [this, receiver, batch = std::move(batch), since = now_] { judge_batch(receiver, batch, since); });
  }
  // The digest after each row, as verify() computes it.
  static std::vector<Digest> digests_of(const UpBatch& batch, const std::vector<std::int64_t>& ids) {
    std::vector<Digest> out;
    Digest previous = batch.header.prev;
    for (std::size_t i = 0; i < ids.size(); ++i)
      out.push_back(previous = chained(previous, batch.header.epoch, batch.header.first + static_cast<Seq>(i), ids[i]));
    return out;
  }
  ReceiverFacts facts_for(const BatchHeader& header, const std::vector<Digest>& digests) const {
    ReceiverFacts facts;
    if (const auto found = table_.epochs.find(header.epoch); found != table_.epochs.end()) {
      const Held& held = found->second;
      facts.cursor = held.cursor();
      facts.digest_at_overlap = held.digest_at(std::min(header.last, held.head()));
      if (header.first <= held.head() && held.head() < header.last)
        facts.batch_digest_at_cursor = digests[static_cast<std::size_t>(held.head() - header.first)];
    } else if (header.root && header.root->replaces) {
      if (const auto before = table_.epochs.find(*header.root->replaces); before != table_.epochs.end()) {
        facts.replaced = before->second.cursor();
        facts.digest_at_root = before->second.digest_at(header.root->after.seq);
      }
    }
    return facts;
  }
  Decision decision_for(const BatchHeader& header, const ReceiverFacts& facts) const {
    Decision decision = decide(header, facts);
    const auto& policy = options_.policy;
    const auto is = [&](Verdict verdict) { return decision.verdict == verdict; };
    if (policy.applies_across_a_gap && is(Verdict::gap)) decision.verdict = Verdict::apply;
    if (policy.opens_anywhere && is(Verdict::unknown_epoch)) decision.verdict = Verdict::open;
    if (policy.ignores_digests && is(Verdict::fork))
      decision = header.last <= facts.cursor->upto.seq
                     ? Decision{Verdict::known, 0, "", {}}
                     : Decision{Verdict::apply, facts.cursor->upto.seq - header.first + 1, "", {}};
    if (policy.applies_what_it_knows && is(Verdict::known) && header.count() > 0) decision.verdict = Verdict::apply;
    return decision;
  }
  void judge_batch(std::size_t receiver, const UpBatch& batch, Time since) {
    const auto& header = batch.header;
    std::vector<std::int64_t> ids(batch.body.size() / sizeof(std::int64_t));
    if (!ids.empty()) std::memcpy(ids.data(), batch.body.data(), batch.body.size());
    const auto digests = digests_of(batch, ids);
    const Decision decision = decision_for(header, facts_for(header, digests));
    const bool is_early = decision.verdict == Verdict::gap || decision.verdict == Verdict::unknown_epoch;
    if (is_early && now_ < since + seconds(2))
      return as_receiver(receiver, milliseconds(250) + spread(milliseconds(250)),
                         [this, receiver, batch, since] { judge_batch(receiver, batch, since); });
    trace("head office: " + name(header.epoch) + " " + std::to_string(header.first) + ".." + std::to_string(header.last) + " " +
          std::string(name_of(decision.verdict)) + ", " + decision.why);
    const bool has_news =
        decision.verdict == Verdict::apply || decision.verdict == Verdict::open || decision.verdict == Verdict::branch;
    if (has_news && options_.policy.acks_before_commit) {
      Ack early{StoreId{}, header.epoch, ho_epoch_, Position{header.last, header.digest}, false, Timestamp{}};
      send_ack(early);
      return as_receiver(receiver, spread(milliseconds(200)),
                         [this, batch, decision, ids, digests] { commit(batch, decision, ids, digests); });
    }
    if (has_news) commit(batch, decision, ids, digests);
    Ack ack{StoreId{}, header.epoch, ho_epoch_, std::nullopt, is_early, Timestamp{}};
    if (const auto held = table_.epochs.find(header.epoch); held != table_.epochs.end()) ack.upto = held->second.upto();
    if (decision.verdict == Verdict::fork) ack.upto = decision.compared;
    as_receiver(receiver, spread(milliseconds(10)), [this, ack] { send_ack(ack); });
  }
  void commit(const UpBatch& batch, const Decision& decision, const std::vector<std::int64_t>& ids,
              const std::vector<Digest>& digests) {
    const auto& header = batch.header;
    auto found = table_.epochs.find(header.epoch);
    const bool is_new = found == table_.epochs.end();
    if (is_new) {
      EpochRoot root{header.epoch, std::nullopt, {header.first - 1, header.prev}};
      found = table_.epochs.emplace(header.epoch, Held{header.root.value_or(root), {}, {}}).first;
    }
    Held& held = found->second;
    for (std::size_t i = static_cast<std::size_t>(std::max<Seq>(0, decision.skip)); i < ids.size(); ++i) {
      held.digests.push_back(digests[i]);
      held.ids.push_back(ids[i]);
      ++table_.applied[ids[i]];
      committed_[ho_epoch_].insert(key_of(digests[i]));
    }
    if (!is_new) return;
    for (const auto& [m, status] : retained_) follow(status);  // one that could not be judged may be judged now
  }

  StatusFacts status_facts(const Status& status) const {
    StatusFacts facts;
    for (const auto& [epoch, held] : table_.epochs) facts.known.push_back(held.cursor());
    if (table_.current) {
      const auto held = table_.epochs.find(*table_.current);
      const EpochRoot& announced = table_.announced.at(*table_.current);
      facts.current = held != table_.epochs.end() ? held->second.cursor() : EpochCursor{announced, announced.after};
    }
    if (const auto seen = table_.n_seen.find(status.epoch); seen != table_.n_seen.end()) facts.n_seen = seen->second;
    facts.was_succeeded = table_.succeeded.contains(status.epoch);
    facts.succeeded.assign(table_.succeeded.begin(), table_.succeeded.end());
    return facts;
  }
  void follow(const Status& status) {
    const Succession verdict = succession(status, status_facts(status));
    if (verdict == Succession::stale) return;
    table_.n_seen[status.epoch] = status.n;
    if (verdict == Succession::clone) {
      trace("head office sees a clone in epoch " + name(status.epoch));
      has_clone_alert_ = true;
    }
    if (verdict != Succession::first && verdict != Succession::succeeds) return;
    if (table_.current) table_.succeeded.insert(*table_.current);
    table_.current = status.epoch;
    table_.announced[status.epoch] = *status.root;
  }
  void greet(const Status& status) {
    follow(status);
    Ack ack{StoreId{}, status.epoch, ho_epoch_, std::nullopt, false, Timestamp{}};
    auto held = table_.epochs.find(status.epoch);
    if (held == table_.epochs.end() && status.root->replaces) held = table_.epochs.find(*status.root->replaces);
    if (held != table_.epochs.end()) {
      ack.epoch = held->first;
      ack.upto = held->second.upto();
    } else {
      ack.has_gap = true;
    }
    send_ack(ack);
  }

  // ---- the end

  void calm_down() {
    trace("quiet");
    faults_ = Faults{};
    for (std::size_t m = 0; m < machines_.size(); ++m) {
      if (!machines_[m].sender) start(m);
      link_down(m);
    }
    const Time earliest = now_ + seconds(3);  // every link has come up again and its session has begun
    const Time deadline = now_ + seconds(300);
    while (!queue_.empty() && outcome_.violation.empty() && now_ < deadline && (now_ < earliest || !is_settled())) next();
    if (outcome_.violation.empty() && !is_settled()) violate("not settled five minutes after the last fault");
  }
  [[nodiscard]] bool is_settled() const {
    return std::all_of(machines_.begin(), machines_.end(), [&](const Machine& machine) {
      return machine.is_up && machine.disk.cursor == machine.disk.at(machine.disk.head()) &&
             machine.disk.ho_epoch == ho_epoch_ && machine.sender->snapshot().in_flight == 0;
    });
  }
  void judge() {
    for (const auto& machine : machines_) count(machine);
    if (!outcome_.violation.empty()) return;
    for (const auto& machine : machines_)
      for (const auto& row : machine.disk.rows)
        if (!table_.applied.contains(row.id)) return violate("change " + std::to_string(row.id) + " is lost");
    for (const auto& [epoch, held] : table_.epochs) {
      Digest previous = held.root.after.digest;
      for (std::size_t i = 0; i < held.ids.size(); ++i) {
        if (chained(previous, epoch, held.root.after.seq + static_cast<Seq>(i) + 1, held.ids[i]) != held.digests[i])
          return violate("head office holds rows that do not chain");
        previous = held.digests[i];
      }
    }
    // Only a re-chain sends a change under a second number.
    if (outcome_.forks == 0 || outcome_.clones == 0)
      for (const auto& [id, times] : table_.applied)
        if (times != 1) return violate("change " + std::to_string(id) + " was applied " + std::to_string(times) + " times");
    if (outcome_.forks > 0 && outcome_.clones == 0) return violate("a fork without a clone");
    if (outcome_.clones == 0 && outcome_.restores == 0 && outcome_.lost_tails == 0) {
      if (has_clone_alert_) return violate("a clone alert without a clone");
      if (table_.current != machines_[0].disk.path.current().epoch) return violate("head office follows another epoch");
    }
  }

  Options options_;
  Random random_;
  Time now_{};
  Time chaos_ends_{};
  std::uint64_t order_ = 0, ids_drawn_ = 0;
  std::priority_queue<Event> queue_;
  Outcome outcome_;
  Faults faults_;
  SenderLimits limits_;

  std::deque<Machine> machines_;
  std::map<std::size_t, Status> retained_;

  HoEpoch ho_epoch_;
  Table table_, backup_;
  std::array<std::int64_t, 2> receiver_life_{};
  std::map<HoEpoch, std::unordered_set<std::uint64_t>> committed_;  // what was ever durable under each ho_epoch
  bool has_clone_alert_ = false;
};

}  // namespace tillgate::world
