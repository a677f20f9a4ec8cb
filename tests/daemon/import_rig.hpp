// Imports by hand: a real store, the desk on the test's own thread, files in a scratch folder; and the end of a process wherever a test
// wants it.
#pragma once

#include <fstream>
#include <future>
#include <map>
#include <set>

#include "core/csv.hpp"
#include "daemon/import_desk.hpp"
#include "tests/daemon/gateway_rig.hpp"

namespace tillgate::test {

class ImportRig {
 public:
  ImportRig() : config_(config_with_every_role(folder_.path())) { start(); }

  void start() {
    auto opened = Store::open(store_options(config_));
    if (!opened) throw std::runtime_error(opened.error().what);
    store_ = std::move(*opened);
    desk_.emplace(ImportDesk::World{folder_.path() / "imports",
                                    [this](Command command, ImportRun::Done done) {
                                      if (refuse_ > 0) return --refuse_, false;
                                      return store_->submit(std::move(command), std::move(done));
                                    },
                                    [] { return utc_now(); }, [this](const ImportJob& job) { told_.push_back(job.state); }});
    auto loaded = desk_->load(store_->opened().head.seq);
    if (!loaded) throw std::runtime_error(loaded.error().what);
  }
  // What the desk held in memory is gone; what it had saved is there.
  void kill() {
    desk_.reset();
    store_.reset();
  }
  void restart() {
    kill();
    start();
  }

  [[nodiscard]] static ImportOptions options_for(const std::string& file, ImportMode mode = ImportMode::all_or_nothing) {
    ImportOptions options;
    options.file = hash_of(file);
    options.bytes = static_cast<std::int64_t>(file.size());
    options.mode = mode;
    return options;
  }
  [[nodiscard]] static CommandKey key(const std::string& text) {
    return CommandKey{text, "manager-1 POST /imports", hash_of("body")};
  }

  ImportJob begin(const ImportOptions& options, const std::string& by_key) {
    auto begun = desk_->begin(key(by_key), Actor{"manager-1", "", "manager"}, options);
    if (!begun) throw std::runtime_error(begun.error().what);
    return std::get<ImportDesk::Begun>(*begun).job;
  }
  ImportJob send(const ImportId& id, const std::string& file) {
    auto job = desk_->receive(id, 0, file);
    if (!job) throw std::runtime_error(job.error().what);
    return *job;
  }
  void run() {
    while (desk_->step()) {
    }
  }
  // The whole way of a file.
  ImportJob import(const std::string& file, const ImportOptions& options, const std::string& by_key) {
    const auto job = begin(options, by_key);
    send(job.id, file);
    run();
    return find(job.id);
  }
  ImportJob find(const ImportId& id) { return desk_->find(id).value(); }
  std::string report(const ImportId& id) {
    std::string text;
    std::int64_t at = 0;
    do {
      auto part = desk_->report(id, at).value();
      text += part.text;
      at = part.next;
    } while (at != 0);
    return text;
  }
  // status -> how many rows, without the header; a row with several faults counts once.
  std::map<std::string, int> statuses(const ImportId& id) {
    std::map<std::string, int> count;
    std::set<std::string> seen;
    const std::string report_text = report(id);
    std::string_view text = report_text;
    while (!text.empty()) {
      const CsvRow row = csv_row(text, true, ',');
      text.remove_prefix(row.bytes);
      if (row.cells.at(0) != "row" && seen.insert(row.cells.at(0)).second) ++count[row.cells.at(2)];
    }
    return count;
  }

  std::vector<StoredCustomer> customers() {
    std::vector<StoredCustomer> all;
    ListCustomers query;
    query.limit = 200;
    do {
      auto page = ask(query);
      for (auto& stored : page.customers) all.push_back(std::move(stored));
      query.cursor = page.next_cursor;
    } while (!query.cursor.empty());
    return all;
  }
  template <class Query>
  typename Query::Answer ask(const Query& query) {
    std::promise<Result<typename Query::Answer>> promise;
    if (!store_->ask(query, [&](Result<typename Query::Answer> answer) { promise.set_value(std::move(answer)); }))
      throw std::runtime_error("busy");
    return promise.get_future().get().value();
  }
  CommandOutcome run_command(Command command) {
    std::promise<Result<CommandOutcome>> promise;
    if (!store_->submit(std::move(command), [&](Result<CommandOutcome> outcome) { promise.set_value(std::move(outcome)); }))
      throw std::runtime_error("busy");
    return promise.get_future().get().value();
  }
  std::vector<std::string> files() {
    std::vector<std::string> names;
    std::error_code none;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "imports", none))
      names.push_back(entry.path().extension().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  [[nodiscard]] ImportDesk& desk() { return *desk_; }
  [[nodiscard]] Store& store() { return *store_; }
  [[nodiscard]] std::filesystem::path folder() const { return folder_.path(); }
  [[nodiscard]] const std::vector<ImportState>& told() const { return told_; }
  void refuse(int commands) { refuse_ = commands; }  // the next ones, as a full queue does

 private:
  ScratchFolder folder_;
  Config config_;
  std::unique_ptr<Store> store_;
  std::optional<ImportDesk> desk_;
  std::vector<ImportState> told_;
  int refuse_ = 0;
};

inline std::string file_of(int rows, int bad_every = 0) {
  std::string text = "first_name,last_name,birthday\r\n";
  for (int i = 1; i <= rows; ++i) {
    const bool is_bad = bad_every > 0 && i % bad_every == 0;
    text += "Person" + std::to_string(i) + ",Example," + (is_bad ? "never" : "1990-12-31") + "\r\n";
  }
  return text;
}

}  // namespace tillgate::test
