#include "store/store.hpp"

#include <thread>
#include <utility>

#include "store/database.hpp"
#include "store/reader.hpp"

namespace tillgate {

// Members' order is the order of building; the destructor stops from the outside in.
struct Store::Parts {
  Parts(std::unique_ptr<StoreDatabase> opened, std::size_t read_queue_max)
      : database(std::move(opened)), readers(read_queue_max) {}
  [[nodiscard]] Writer* writer() const { return database->writer(); }
  std::unique_ptr<StoreDatabase> database;
  ReaderPool readers;
  std::thread writer_thread;
};

Store::Store() = default;

Result<std::unique_ptr<Store>> Store::open(StoreOptions options) {
  const std::size_t read_queue_max = options.read_queue_max;
  auto database = StoreDatabase::open(std::move(options));
  if (!database) return fail(database.error());
  std::unique_ptr<Store> store(new Store);
  store->parts_ = std::make_unique<Parts>(std::move(*database), read_queue_max);
  Parts& parts = *store->parts_;
  auto started = parts.readers.start(parts.database->reader_options(), parts.database->options().readers);
  if (!started) return fail(started.error());
  if (parts.writer()) parts.writer_thread = std::thread([writer = parts.writer()] { writer->run(); });
  return store;
}

Store::~Store() {
  if (!parts_) return;
  if (!parts_->writer_thread.joinable()) {
    parts_->readers.stop();
    return;
  }
  parts_->writer()->close();
  parts_->writer_thread.join();
  parts_->readers.stop();
  // An orderly stop that cannot be noted is an unclean one: the next start checks the file.
  (void)parts_->writer()->finish();
}

const OpenReport& Store::opened() const {
  return parts_->database->opened();
}

bool Store::submit(Command command, CommandDone done) {
  return parts_->writer() && parts_->writer()->submit(std::move(command), std::move(done));
}

bool Store::ask_any(std::function<void(Queries&)> job) {
  return parts_->readers.push(std::move(job));
}

bool Store::ping_writer(std::function<void()> done) {
  return parts_->writer() && parts_->writer()->ping(std::move(done));
}

bool Store::copy(CopyOrder order) {
  return parts_->writer() && parts_->writer()->copy(std::move(order));
}

Duration Store::longest_read() const {
  return parts_->readers.longest_turn();
}

void Store::confirm_clock(Timestamp at, Time mono) {
  if (parts_->writer()) parts_->writer()->confirm_clock(at, mono);
}

const Sealer& Store::sealer() const {
  return parts_->database->sealer();
}

void Store::on_head_moved(std::function<void(Position)> callback) {
  if (parts_->writer()) parts_->writer()->on_head_moved(std::move(callback));
}

Store::Counters Store::counters() const {
  return parts_->writer() ? parts_->writer()->counters() : Counters{};
}

}  // namespace tillgate
