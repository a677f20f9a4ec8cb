#include "sim/flip_lab.hpp"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "core/check.hpp"
#include "core/customer_state.hpp"
#include "core/order_text.hpp"
#include "store/scrub.hpp"

namespace tillgate::sim {
namespace {

constexpr std::size_t kPage = kPageBytes, kLogHeader = 32, kFrameHeader = 24, kFrame = kFrameHeader + kPage;
constexpr std::size_t kComplaintsMax = 5;
constexpr int kRequests = 100;          // enough for indexes of two levels
constexpr int kInLog = 8;               // of them, behind the checkpoint
constexpr std::size_t kAskedAgain = 3;  // one in so many; what lies between is read in the list and in the ledger
const std::string kDatabase = "tillgate.db", kLog = "tillgate.db-wal";
constexpr std::array kPlaceNames{"file header", "inner table page", "leaf table page", "inner index page", "leaf index page",
                                 "other page",  "log header",       "log frame",       "log page"};

std::uint32_t number_at(const Bytes& bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 | std::uint32_t{bytes[at + 2]} << 8 |
         bytes[at + 3];
}

Place place_of_page(const Bytes& database, std::size_t page) {
  switch (database[page * kPage + (page == 0 ? 100 : 0)]) {
    case 2: return Place::inner_index;
    case 5: return Place::inner_table;
    case 10: return Place::leaf_index;
    case 13: return Place::leaf_table;
    default: return Place::other_page;
  }
}

void put(std::string& text, const StoredCustomer& stored) {
  text += encode_state(stored.customer) + " " + stored.etag.text() + " " + std::to_string(ms_of(stored.created_at)) + " " +
          std::to_string(ms_of(stored.updated_at)) + " " + std::to_string(stored.last_seq) + "\n";
}

void put(std::string& text, const StoredOrder& stored) {
  text += encode_order_state(stored.order) + " " + stored.etag.text() + " " + std::to_string(ms_of(stored.created_at)) + " " +
          std::to_string(ms_of(stored.updated_at)) + " " + std::to_string(stored.last_seq) + "\n";
}

bool has_findings(Connection& db) {
  Scrub scrub;
  for (int i = 0; i < 1000; ++i) {
    auto done = scrub.step(db);
    if (done && *done) break;
  }
  return scrub.report().found > 0;
}

}  // namespace

const char* name_of(Place place) {
  return kPlaceNames[static_cast<std::size_t>(place)];
}

std::string FlipReport::text() const {
  char line[400];
  std::snprintf(
      line, sizeof line,
      "%lld bits flipped: %lld harmless, %lld refused at start, %lld errors on reading, %lld found by the scrub alone, "
      "%lld like a torn last transaction, %lld WRONG; of %lld refused in the database the scrub alone finds %lld",
      static_cast<long long>(flips), static_cast<long long>(harmless), static_cast<long long>(refused),
      static_cast<long long>(errors), static_cast<long long>(scrubbed), static_cast<long long>(tail),
      static_cast<long long>(wrong), static_cast<long long>(refused_database), static_cast<long long>(found_running));
  std::string text = line;
  for (std::size_t i = 0; i < kPlaces; ++i)
    text += "\n  " + std::string(kPlaceNames[i]) + ": " + std::to_string(at[i]) + " of " + std::to_string(bits[i]) + " bits";
  for (const auto& complaint : complaints) text += "\n  " + complaint;
  return text;
}

FlipLab::FlipLab(FlipOptions options) : options_(options), random_(options.seed), machine_(options.seed) {}

FlipReport FlipLab::run() {
  live();
  map_database();
  map_log();
  for (Subject* subject : {&database_, &log_}) {
    subject->sound = read(subject->image);
    CHECK(!subject->sound.is_refused && !subject->sound.has_error && !subject->sound.has_findings);
  }
  for (const std::size_t end : {tail_, before_tail_}) {
    Image shorter = log_.image;
    shorter[kLog].resize(end);
    without_last_.push_back(read(shorter).text);
  }
  for (std::size_t turn = 0; report_.flips < options_.flips_max; ++turn) {
    // Each place has its turn; within it every bit is as likely as any other.
    const std::size_t place = turn % kPlaces;
    if (report_.bits[place] == 0) continue;
    auto at = random_.below(static_cast<std::uint64_t>(report_.bits[place]));
    for (const auto& piece : pieces_[place]) {
      if (at < piece.size * 8) {
        judge(static_cast<Place>(place), piece.file, piece.begin + at / 8, static_cast<unsigned>(at % 8));
        break;
      }
      at -= piece.size * 8;
    }
    if (options_.stops_at_first && report_.wrong > 0) break;
  }
  return report_;
}

void FlipLab::ask(StoreDatabase& database, Command command) {
  auto outcome = run_on(database, command);
  CHECK(outcome);
  if (const auto* committed = std::get_if<Committed>(&*outcome)) customers_.push_back(committed->customer.id);
  if (const auto* placed = std::get_if<OrderCommitted>(&*outcome); placed && placed->is_new)
    orders_.push_back(placed->order.id);
  asked_.push_back(std::move(command));
}

// An order is placed, gone on with, or moved; some are of nobody.
Command FlipLab::about_an_order(int i, const CommandKey& key) {
  const Actor actor{"till-1", "", "staff"};
  if (i % 3 == 1 && !orders_.empty()) {
    UpdateOrder update;
    update.actor = actor;
    update.key = key;
    update.id = orders_.back();
    update.patch.set(OrderField::notes, "note " + std::to_string(i));
    return update;
  }
  CreateOrder create;
  create.actor = actor;
  create.key = key;
  if (i % 2 == 0)
    create.patch.set(OrderField::customer, customers_[random_.below(std::min<std::size_t>(customers_.size(), 4))].text());
  create.patch.set(OrderField::age_check, "document");
  LinePatch line;
  line.quantity = 1 + i % 3;
  create.patch.lines.emplace_back(LineKey{"p" + std::to_string(i % 5), ""}, line);
  return create;
}

// Several epochs, long and short records, an acknowledgement, a re-chain, kept answers that come and go; a checkpoint, and
// behind it some transactions that are in the log alone.
void FlipLab::live() {
  machine_.options.wal_pages_max = 100'000;  // checkpoints are made here, at known moments
  auto database = [&] {
    auto opened = StoreDatabase::open(machine_.options);
    CHECK(opened);
    return std::move(*opened);
  }();
  const auto reopen = [&] {
    database.reset();
    auto opened = StoreDatabase::open(machine_.options);
    CHECK(opened);
    database = std::move(*opened);
  };
  for (int i = 0; i < kRequests; ++i) {
    const Actor actor{"till-1", "", "cashier"};
    const CommandKey key{"key-" + std::to_string(i), "till-1 POST", hash_of("request " + std::to_string(i))};
    if (i % 7 == 6) {
      ask(*database, about_an_order(i, key));
    } else if (i % 4 != 3 && i < kRequests - kInLog + 2) {
      CreateCustomer create;
      create.actor = actor;
      create.key = key;
      create.patch.fields = {{Field::first_name, "N" + std::to_string(i)}, {Field::last_name, "Example"}};
      if (i % 4 == 0) create.patch.fields.emplace_back(Field::licence_number, "D-" + std::to_string(i));
      if (i % 5 == 0) create.patch.fields.emplace_back(Field::medical_number, "M-" + std::to_string(i));
      ask(*database, create);
    } else {
      UpdateCustomer update;
      update.actor = actor;
      update.key = key;
      update.id = customers_[random_.below(customers_.size())];
      update.patch.fields = {{Field::notes, std::string(i % 20 == 3 ? 7000 : 20, static_cast<char>('a' + i % 26))}};
      if (i % 12 == 11) update.patch.fields = {{Field::last_name, "Example"}};  // changes nothing: the answer alone is kept
      ask(*database, update);
    }
    if (i == 50) machine_.now_ms += 8 * 24 * 3600 * 1000LL;  // the first answers are forgotten from here on
    if (i == 30 || i == 60) reopen();
    if (i == 55) {
      const Position head = database->writer()->tail().head;
      CHECK(run_on(*database, SaveAck{"head_office", {}, head, false}));
    }
    if (i == 70) {
      auto digest = database->ask(DigestAt{58});
      CHECK(digest && *digest && run_on(*database, Rechain{Position{58, **digest}}));
    }
    if (i == kRequests - kInLog) {
      CHECK(database->connection().checkpoint(CheckpointMode::truncate));
      database_.image = machine_.disk.image();
    }
  }
  log_.image = machine_.disk.image();
}

void FlipLab::add(Place place, const std::string& file, std::size_t begin, std::size_t size) {
  pieces_[static_cast<std::size_t>(place)].push_back({file, begin, size});
  report_.bits[static_cast<std::size_t>(place)] += static_cast<std::int64_t>(size * 8);
}

void FlipLab::map_database() {
  const Bytes& database = database_.image.at(kDatabase);
  for (std::size_t page = 0; page < database.size() / kPage; ++page) {
    const std::size_t head = page == 0 ? 100 : 0;
    if (page == 0) add(Place::header, kDatabase, 0, head);
    add(place_of_page(database, page), kDatabase, page * kPage + head, kPage - head);
  }
}

void FlipLab::map_log() {
  const Bytes& log = log_.image.at(kLog);
  add(Place::log_header, kLog, 0, kLogHeader);
  std::vector<std::size_t> ends;  // of transactions
  for (std::size_t at = kLogHeader; at + kFrame <= log.size(); at += kFrame) {
    if (number_at(log, at + 4) != 0) ends.push_back(at + kFrame);
    add(Place::log_frame, kLog, at, kFrameHeader);
    add(Place::log_page, kLog, at + kFrameHeader, kPage);
  }
  CHECK(ends.size() > 3);
  tail_ = ends[ends.size() - 2];
  before_tail_ = ends[ends.size() - 3];
}

bool FlipLab::is_found_running(const Image& image) const {
  Machine judge(options_.seed + 1);
  judge.disk.load(image);
  auto reader = Connection::open({kDatabase, judge.disk.vfs(), true, 0});
  return !reader || has_findings(**reader);
}

FlipLab::Reading FlipLab::read(const Image& image) const {
  Reading reading;
  Machine judge(options_.seed + 1);
  judge.now_ms = machine_.now_ms;
  judge.disk.load(image);
  auto opened = StoreDatabase::open(judge.options);
  if (!opened) {
    reading.is_refused = true;
    reading.why = opened.error().detail;
    return reading;
  }
  StoreDatabase& database = **opened;
  std::string& text = reading.text;
  const auto failed = [&](const Error& error) {
    reading.has_error = true;
    reading.why = error.what + " | " + error.detail;
    text += "error\n";
  };
  for (const auto sort : {CustomerSort::created, CustomerSort::updated}) {
    ListCustomers list;
    list.limit = 200;
    list.sort = sort;
    auto page = database.ask(list);
    if (!page) {
      failed(page.error());
      continue;
    }
    for (const auto& stored : page->customers) put(text, stored);
    text += page->next_cursor + "\n";
  }
  for (std::size_t i = 0; i < customers_.size(); i += kAskedAgain) {
    auto found = database.ask(GetCustomer{customers_[i]});
    if (!found)
      failed(found.error());
    else if (*found)
      put(text, **found);
    else
      text += "none\n";
  }
  const auto put_page = [&](const Result<OrderPage>& page) {
    if (!page) return failed(page.error());
    for (const auto& stored : page->orders) put(text, stored);
    text += page->next_cursor + "\n";
  };
  put_page(database.ask(ListOrders{{}, "", 200}));
  put_page(database.ask(ListOrders{OrderStatus::awaiting_processing, "", 200}));
  for (std::size_t i = 0; i < std::min<std::size_t>(customers_.size(), 4); ++i)
    put_page(database.ask(OrdersOf{{customers_[i]}, "", 200}));
  for (const auto& id : orders_) {
    auto found = database.ask(GetOrder{id});
    if (!found)
      failed(found.error());
    else if (*found)
      put(text, **found);
    else
      text += "none\n";
  }
  for (Seq after = 0;;) {
    ReadBatch query;
    query.after = after;
    auto batch = database.ask(query);
    if (!batch) {
      failed(batch.error());
      break;
    }
    text += batch->header.epoch.text() + " " + batch->header.digest.text() + "\n" + batch->body;
    if (batch->header.last == after) break;
    after = batch->header.last;
  }
  auto feed = database.ask(ReadFeed{});
  if (feed)
    text += std::to_string(feed->cursor.seq) + " " + feed->cursor.digest.text() + " " + std::to_string(feed->behind) + "\n";
  else
    failed(feed.error());
  auto figures = database.ask(ReadFigures{});
  if (figures)
    text += std::to_string(figures->customers) + " " + std::to_string(figures->ledger_rows) + "\n";
  else
    failed(figures.error());

  auto reader = Connection::open(database.reader_options());
  CHECK(reader);
  reading.has_findings = has_findings(**reader);
  // Last, since they write.
  for (std::size_t i = 0; i < asked_.size(); i += i + 2 * kInLog < asked_.size() ? kAskedAgain : 1) {
    auto again = run_on(database, asked_[i]);
    if (!again) {
      failed(again.error());
      continue;
    }
    const auto put_answer = [&](const auto& answer) {
      text += std::to_string(answer.seq) + " " + answer.etag.text() + (answer.is_replay ? " again\n" : " new\n");
    };
    if (const auto* committed = std::get_if<Committed>(&*again)) {
      put_answer(*committed);
    } else if (const auto* placed = std::get_if<OrderCommitted>(&*again)) {
      put_answer(*placed);
    } else {
      text += "not committed\n";
    }
  }
  return reading;
}

void FlipLab::judge(Place place, const std::string& file, std::size_t byte, unsigned bit) {
  const Subject& subject = file == kLog ? log_ : database_;
  Image damaged = subject.image;
  damaged[file][byte] ^= static_cast<std::uint8_t>(1U << bit);
  const Reading reading = read(damaged);
  ++report_.flips;
  ++report_.at[static_cast<std::size_t>(place)];
  if (reading.is_refused) {
    ++report_.refused;
    if (file == kDatabase) {
      ++report_.refused_database;
      report_.found_running += is_found_running(damaged) ? 1 : 0;
    }
  } else if (reading.has_error) {
    ++report_.errors;
  } else if (reading.text == subject.sound.text) {
    ++(reading.has_findings ? report_.scrubbed : report_.harmless);
  } else if (file == kLog && ((byte >= tail_ && reading.text == without_last_[0]) ||
                              (byte >= before_tail_ && byte < tail_ && reading.text == without_last_[1]))) {
    ++report_.tail;
  } else {
    ++report_.wrong;
    if (report_.complaints.size() < kComplaintsMax) {
      const std::string& sound = subject.sound.text;
      std::size_t at = 0;
      while (at < reading.text.size() && at < sound.size() && reading.text[at] == sound[at]) ++at;
      report_.complaints.push_back("seed " + std::to_string(options_.seed) + ": " + name_of(place) + ", " + file + " byte " +
                                   std::to_string(byte) + " bit " + std::to_string(bit) + ": reads \"" +
                                   reading.text.substr(at > 20 ? at - 20 : 0, 60) + "\" instead of \"" +
                                   sound.substr(at > 20 ? at - 20 : 0, 60) + "\"");
    }
  }
}

}  // namespace tillgate::sim
