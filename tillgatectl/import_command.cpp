#include "tillgatectl/import_command.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <fstream>
#include <optional>
#include <thread>

#include "core/csv.hpp"
#include "core/import_columns.hpp"
#include "service/clock.hpp"
#include "tillgatectl/gateway_call.hpp"
#include "tillgatectl/progress.hpp"
#include "tillgatectl/render.hpp"

namespace tillgate {

namespace json = boost::json;

namespace {

constexpr std::size_t kPartBytes = 512 * 1024;
constexpr std::size_t kHeadBytes = 2 * kRowBytesMax;
constexpr milliseconds kAskEvery{250};

int cannot(const std::string& what) {
  std::fprintf(stderr, "tillgatectl: %s\n", what.c_str());
  return kExitFiles;
}

bool is_json_lines(const ImportArguments& arguments) {
  if (!arguments.format.empty()) return arguments.format == "jsonl";
  for (const char* ending : {".jsonl", ".ndjson"})
    if (arguments.file.ends_with(ending)) return true;
  return false;
}

std::optional<char> separator_in(const ImportArguments& arguments) {
  if (arguments.separator.empty()) return std::nullopt;
  return arguments.separator == "tab" ? '\t' : arguments.separator.front();
}

std::optional<ImportMapping> mapping_in(const ImportArguments& arguments) {
  ImportMapping mapping;
  mapping.ignore = arguments.ignore;
  mapping.ignores_unknown = arguments.ignores_unknown;
  for (const std::string& pair : arguments.map) {
    const auto equals = pair.rfind('=');
    if (equals == std::string::npos || equals == 0) {
      std::fprintf(stderr, "tillgatectl: --map is written 'Their Header=our_name', not '%s'\n", pair.c_str());
      return std::nullopt;
    }
    if (!leaf_named(std::string_view(pair).substr(equals + 1))) {
      std::fprintf(stderr, "tillgatectl: '%s' is no field of ours; see docs/transfer.md for their names\n",
                   pair.c_str() + equals + 1);
      return std::nullopt;
    }
    mapping.map.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return mapping;
}

// Here the header can be shown: it is the caller's own file. The gateway judges it once more and names columns only.
bool complain_of_header(std::string_view head, bool is_all, const ImportMapping& mapping, std::optional<char> separator) {
  if (head.starts_with("\xef\xbb\xbf")) head.remove_prefix(3);
  if (head.empty()) return false;
  const CsvRow row = csv_row(head, is_all, separator.value_or(separator_of(head.substr(0, kRowBytesMax))));
  if (row.state != CsvRow::State::whole) return false;
  std::vector<std::string> names;
  for (const auto& cell : row.cells) names.emplace_back(plain_cell(cell));
  const auto faults = columns_of(names, mapping).faults;
  for (const auto& fault : faults) {
    std::string name;
    if (fault.column > 0)
      for (const char c : names[fault.column - 1].substr(0, 60))
        name += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? '?' : c;
    std::fprintf(stderr, "tillgatectl: %s%s%s%s\n", sentence_of(fault).c_str(), name.empty() ? "" : " It reads \"",
                 name.c_str(), name.empty() ? "" : "\".");
  }
  if (!faults.empty())
    std::fprintf(
        stderr,
        "Nothing was sent. --map 'Header=field' says what a column is, --ignore 'Header' or --ignore-unknown leaves it out.\n");
  return !faults.empty();
}

class Import {
 public:
  explicit Import(const ImportArguments& arguments)
      : arguments_(arguments),
        gateway_(arguments.socket),
        file_(arguments.file, std::ios::binary),
        progress_(stderr, isatty(STDERR_FILENO) == 1) {}

  int run() {
    if (!file_) return cannot("cannot read " + arguments_.file);
    const auto mapping = mapping_in(arguments_);
    if (!mapping) return kExitBadFile;
    if (const int code = look(*mapping); code != 0) return code;
    if (const int code = begin(*mapping); code != 0) return code;
    if (const int code = send(); code != 0) return code;
    if (const int code = watch(); code != 0) return code;
    progress_.clear();
    if (const int code = fetch_report(); code != 0) return code;
    return conclude();
  }

 private:
  std::string read(std::int64_t at, std::size_t bytes_max) {
    std::string bytes(bytes_max, '\0');
    file_.clear();
    file_.seekg(at);
    file_.read(bytes.data(), static_cast<std::streamsize>(bytes_max));
    bytes.resize(static_cast<std::size_t>(std::max<std::streamsize>(file_.gcount(), 0)));
    return bytes;
  }

  int look(const ImportMapping& mapping) {
    file_.seekg(0, std::ios::end);
    bytes_ = static_cast<std::int64_t>(file_.tellg());
    if (bytes_ < 1) return cannot(arguments_.file + " is empty");
    const std::string head = read(0, kHeadBytes);
    const bool is_all = static_cast<std::int64_t>(head.size()) == bytes_;
    if (!is_json_lines(arguments_) && complain_of_header(head, is_all, mapping, separator_in(arguments_))) return kExitBadFile;
    Hasher hasher;
    for (std::int64_t at = 0; at < bytes_;) {
      const std::string part = read(at, kPartBytes);
      if (part.empty()) return cannot(arguments_.file + " became shorter while it was read");
      hasher.add(part);
      at += static_cast<std::int64_t>(part.size());
      show("reading", at, at / (1024 * 1024), "MiB");
    }
    hash_ = hasher.finish().text();
    return 0;
  }

  int begin(const ImportMapping& mapping) {
    json::object map;
    for (const auto& [theirs, ours] : mapping.map) map[theirs] = ours;
    json::object options{{"hash", hash_},
                         {"bytes", bytes_},
                         {"format", is_json_lines(arguments_) ? "jsonl" : "csv"},
                         {"dates", arguments_.dates},
                         {"mode", arguments_.skips_bad ? "skip_bad" : "all_or_nothing"},
                         {"dry_run", arguments_.is_dry_run},
                         {"ignore_unknown", arguments_.ignores_unknown},
                         {"map", std::move(map)},
                         {"ignore", json::array(mapping.ignore.begin(), mapping.ignore.end())}};
    if (const auto separator = separator_in(arguments_)) options["separator"] = std::string(1, *separator);
    return ask({"POST",
                "/api/v1/imports",
                json::serialize(options),
                {{"Content-Type", "application/json"}, {"Idempotency-Key", random_hex()}}});
  }

  int send() {
    while (state() == "receiving") {
      const std::int64_t at = number("received");
      const std::string part = read(at, kPartBytes);
      if (part.empty()) return cannot(arguments_.file + " became shorter while it was sent");
      const int code =
          ask({"PUT", path() + "/parts/" + std::to_string(at), part, {{"Content-Type", "application/octet-stream"}}});
      if (code != 0) return code;
      show("sending", number("received"), number("received") / (1024 * 1024), "MiB");
    }
    return 0;
  }

  int watch() {
    while (state() == "checking" || state() == "writing") {
      show(state(), number("bytes_read"), number("rows"), "rows");
      std::this_thread::sleep_for(kAskEvery);
      if (const int code = ask({"GET", path(), {}}); code != 0) return code;
    }
    return 0;
  }

  int fetch_report() {
    if (arguments_.report.empty()) return 0;
    std::ofstream out(arguments_.report, std::ios::binary | std::ios::trunc);
    std::string next = "0";
    do {
      auto part = gateway_.call({"GET", path() + "/report?offset=" + next, {}});
      if (!part) return report_unreachable(part.error(), gateway_.socket());
      if (part->status != 200) return report_refusal(*part);
      out << part->body;
      next.clear();
      for (const auto& [name, value] : part->headers)
        if (name == "tillgate-next") next = value;
    } while (!next.empty() && out);
    out.close();
    return out ? 0 : cannot("cannot write " + arguments_.report);
  }

  int conclude() {
    if (arguments_.is_json) std::printf("%s\n", json::serialize(job_).c_str());
    const auto count = [&](const char* name) { return human_count(number(name)); };
    const bool is_done = state() == "done";
    if (!arguments_.is_json) {
      if (is_done && arguments_.is_dry_run)
        std::printf("Dry run, nothing was written: %s rows are good, %s are bad.\n", count("good").c_str(),
                    count("bad").c_str());
      else if (is_done)
        std::printf("%s rows: %s created, %s unchanged, %s bad.\n", count("rows").c_str(), count("created").c_str(),
                    count("unchanged").c_str(), count("bad").c_str());
      else
        std::printf("The import was %s; %s rows created, %s bad.\n", state().c_str(), count("created").c_str(),
                    count("bad").c_str());
      for (const auto& fault : job_.at("faults").as_array()) std::printf("  %s\n", fault.at("sentence").as_string().c_str());
      if (number("bad") > 0 && arguments_.report.empty())
        std::printf("--report FILE says what is wrong with each row; the same file may be imported again.\n");
    }
    return is_done && number("bad") == 0 ? 0 : kExitBadFile;
  }

  // Asks, and keeps the import as it is told.
  int ask(const GatewayCall& call) {
    auto response = gateway_.call(call);
    if (response && response->status == 409 && call.method == "PUT")
      response = gateway_.call({"GET", path(), {}});  // what is there already
    if (!response) return progress_.clear(), report_unreachable(response.error(), gateway_.socket());
    if (response->status != 200 && response->status != 201) return progress_.clear(), report_refusal(*response);
    json::error_code error;
    const auto value = json::parse(response->body, error);
    const auto* import = error || !value.is_object() ? nullptr : value.as_object().if_contains("import");
    if (import == nullptr || !import->is_object()) return progress_.clear(), report_refusal(*response);
    job_ = import->as_object();
    return 0;
  }

  void show(const std::string& doing, std::int64_t done, std::int64_t count, const std::string& unit) {
    progress_.show({doing, done, bytes_, count, unit}, mono_now());
  }
  std::string state() const { return std::string(job_.at("state").as_string()); }
  std::int64_t number(const char* name) const { return job_.at(name).as_int64(); }
  std::string path() const { return "/api/v1/imports/" + std::string(job_.at("id").as_string()); }

  const ImportArguments& arguments_;
  const PatientGateway gateway_;
  std::ifstream file_;
  Progress progress_;
  std::int64_t bytes_ = 0;
  std::string hash_;
  json::object job_;
};

}  // namespace

int run_import(const ImportArguments& arguments) {
  return Import(arguments).run();
}

}  // namespace tillgate
