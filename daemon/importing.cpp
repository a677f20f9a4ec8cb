#include "daemon/importing.hpp"

#include <boost/asio/post.hpp>
#include <thread>

#include "core/mailbox.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kAskedMax = 256;
constexpr seconds kRest{1};          // when nothing can be done now
constexpr seconds kTimeCounted{60};  // how often the time that passed is told to the desk
constexpr milliseconds kToldEvery{200};

}  // namespace

struct Importing::Parts : std::enable_shared_from_this<Importing::Parts> {
  Parts(asio::io_context& context, Gateway& shared)
      : io(context),
        gateway(shared),
        desk(ImportDesk::World{shared.config.store.data_dir / "imports",
                               [&shared](Command command, ImportRun::Done done) {
                                 return shared.store.submit(std::move(command), std::move(done));
                               },
                               [] { return utc_now(); }, [this](const ImportJob& job) { tell(job); }}) {}

  void run() {
    if (auto loaded = desk.load(gateway.store.opened().head.seq); !loaded)
      log::warn("import", "what an earlier import left cannot be read",
                {{"error", std::string_view(loaded.error().what)}, {"detail", std::string_view(loaded.error().detail)}});
    Time counted = mono_now();
    bool has_work = true;
    for (;;) {
      auto asked = jobs.take(kAskedMax, has_work ? Duration{0} : Duration(kRest));
      for (auto& job : asked) job(desk);
      if (jobs.is_closed()) return;
      has_work = desk.step();
      const auto passed = std::chrono::duration_cast<seconds>(mono_now() - counted);
      if (passed < kTimeCounted) continue;
      counted += passed;
      desk.let_time_pass(passed);
    }
  }

  void tell(const ImportJob& job) {
    const Time now = mono_now();
    if (!has_ended(job.state) && now - told_at < kToldEvery) return;
    told_at = now;
    asio::post(io, [self = shared_from_this(), job] {
      if (self->listener) self->listener(job);
    });
  }

  asio::io_context& io;
  Gateway& gateway;
  Mailbox<std::function<void(ImportDesk&)>> jobs{kAskedMax};
  std::function<void(const ImportJob&)> listener;  // logic thread
  Time told_at{};                                  // imports' thread, like
  ImportDesk desk;                                 // this one
  std::thread thread;
};

Importing::Importing(asio::io_context& io, Gateway& gateway) : parts_(std::make_shared<Parts>(io, gateway)) {}

Importing::~Importing() {
  stop();
}

void Importing::start() {
  parts_->thread = std::thread([parts = parts_.get()] { parts->run(); });
}

void Importing::stop() {
  parts_->jobs.close();
  if (parts_->thread.joinable()) parts_->thread.join();
}

bool Importing::ask(std::function<void(ImportDesk&)> job) {
  return parts_->jobs.push(std::move(job));
}

void Importing::on_progress(std::function<void(const ImportJob&)> listener) {
  parts_->listener = std::move(listener);
}

}  // namespace tillgate
