// tillgatectl: what a technician asks the gateway, over its admin socket. Speaks the same HTTP API as everybody else; never opens
// the database.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <boost/json.hpp>
#include <chrono>
#include <cstdio>
#include <functional>
#include <string>
#include <thread>

#include "core/bytes.hpp"
#include "service/clock.hpp"
#include "service/http_client.hpp"
#include "tillgatectl/audit.hpp"
#include "tillgatectl/backup_command.hpp"
#include "tillgatectl/export_command.hpp"
#include "tillgatectl/gateway_call.hpp"
#include "tillgatectl/import_command.hpp"
#include "tillgatectl/progress.hpp"
#include "tillgatectl/render.hpp"
#include "tillgatectl/restore_command.hpp"

namespace {

using namespace tillgate;

constexpr int kExitUsage = 106;       // as CLI11 has it for a value that is not allowed
constexpr int kExitDamage = 1;        // a scrub found something
constexpr milliseconds kScrubEvery{200};
constexpr seconds kDeadline{5};
constexpr seconds kWatchEvery{2};

struct Options {
  std::string socket = "/run/tillgate/admin.sock";
  bool json = false;
  bool watch = false;
};

int print_error(const Error& error, const Options& options) {
  return report_unreachable(error, options.socket);
}

using Render = std::function<std::string(const boost::json::value&, Style)>;

int show_once(const Options& options, const std::string& path, const Render& render) {
  HttpEndpoint endpoint;
  endpoint.unix_path = options.socket;
  HttpRequest request;
  request.method = "GET";
  request.target = path;
  auto response = http_call_blocking(endpoint, request, kDeadline);
  if (!response) return print_error(response.error(), options);
  if (response->status != 200) {
    std::fprintf(stderr, "tillgatectl: the gateway answered %d: %s\n", response->status, response->body.c_str());
    return kExitRefused;
  }
  if (options.json) {
    std::printf("%s\n", response->body.c_str());
    return 0;
  }
  boost::json::error_code error;
  const auto value = boost::json::parse(response->body, error);
  if (error) {
    std::fprintf(stderr, "tillgatectl: the gateway's answer is not JSON\n");
    return kExitRefused;
  }
  std::fputs(render(value, Style{isatty(STDOUT_FILENO) == 1}).c_str(), stdout);
  return 0;
}

int show(const Options& options, const std::string& path, const Render& render) {
  if (!options.watch) return show_once(options, path, render);
  const bool is_terminal = isatty(STDOUT_FILENO) == 1;
  for (;;) {  // until Ctrl-C
    if (is_terminal) std::fputs("\033[H\033[2J", stdout);
    // A gateway that restarts is worth watching too: an error is shown, not fatal.
    show_once(options, path, render);
    std::fflush(stdout);
    std::this_thread::sleep_for(kWatchEvery);
  }
}

// Starts a full check, or joins the one that runs, and waits for its end.
int scrub(const Options& options, bool is_last_only) {
  HttpEndpoint endpoint;
  endpoint.unix_path = options.socket;
  HttpRequest request;
  request.target = "/api/v1/scrub";
  bool has_begun = is_last_only;
  std::optional<std::string> before;  // the result that was there when ours began
  for (;;) {
    request.method = has_begun ? "GET" : "POST";
    auto response = http_call_blocking(endpoint, request, kDeadline);
    if (!response) return print_error(response.error(), options);
    boost::json::error_code error;
    const auto value = boost::json::parse(response->body, error);
    if ((response->status != 200 && response->status != 202) || error) {
      std::fprintf(stderr, "tillgatectl: the gateway answered %d: %s\n", response->status, response->body.c_str());
      return kExitRefused;
    }
    if (!has_begun) before = scrub_finished_at(value);
    has_begun = true;
    const bool is_running = is_scrub_running(value);
    if (is_running && !is_last_only) {
      if (isatty(STDERR_FILENO) == 1) std::fprintf(stderr, "\r%s\033[K", scrub_progress(value).c_str());
      std::this_thread::sleep_for(kScrubEvery);
      continue;
    }
    if (isatty(STDERR_FILENO) == 1) std::fputs("\r\033[K", stderr);
    if (before && *before == scrub_finished_at(value)) {
      std::fputs("tillgatectl: the gateway restarted before the scrub was done; begin again\n", stderr);
      return kExitUnreachable;
    }
    if (options.json)
      std::printf("%s\n", response->body.c_str());
    else
      std::fputs(render_scrub(value, Style{isatty(STDOUT_FILENO) == 1}).c_str(), stdout);
    return scrub_found(value) == 0 ? 0 : kExitDamage;
  }
}

int reindex_and_wait(const Options& options) {
  const PatientGateway gateway(options.socket);
  Progress progress(stderr, isatty(STDERR_FILENO) == 1);
  const char* method = "POST";
  for (std::int64_t total = 0;; method = "GET") {
    auto response = gateway.call({method, "/api/v1/search-index", "", {}});
    if (!response) return progress.clear(), print_error(response.error(), options);
    boost::json::error_code error;
    const auto value = boost::json::parse(response->body, error);
    if ((response->status != 200 && response->status != 202) || error || !value.is_object()) return progress.clear(), report_refusal(*response);
    const auto* behind = value.as_object().if_contains("changes_behind");
    const auto* is_halted = value.as_object().if_contains("is_halted");
    if (!behind || !behind->is_int64() || !is_halted || !is_halted->is_bool()) return progress.clear(), report_refusal(*response);
    if (is_halted->as_bool()) {
      progress.clear();
      std::fputs("tillgatectl: the index cannot be made anew: something in the database is damaged; see tillgatectl scrub\n", stderr);
      return kExitDamage;
    }
    const std::int64_t left = behind->as_int64();
    total = std::max(total, left);
    if (*method == 'G' && left == 0) break;
    progress.show({"indexing", total - left, total, total - left, "changes"}, mono_now());
    std::this_thread::sleep_for(kScrubEvery);
  }
  progress.clear();
  std::puts("The search index is made anew.");
  return 0;
}

int print_token() {
  const std::string token = random_hex();
  std::printf("token       %s\ntoken_hash  %s\n\n", token.c_str(), hash_of(token).text().c_str());
  std::printf("Give the token to one terminal (Authorization: Bearer <token>); put the hash into\ntillgated.yaml under terminals. The token cannot be recovered from the hash.\n");
  return 0;
}

constexpr const char* kImportFooter = R"(
FILE is CSV (comma, semicolon or tab; the first line names the columns) or JSON lines, in UTF-8. Headers such as "First Name", "DOB" or
"drivers_license" are understood; a header that is not, and a name that no column holds, stop the import before its first row.

All or nothing, unless --skip-bad is given: every row is judged first, and where one is bad nothing is written. What goes wrong on the
way is no loss: the same command again goes on where it stopped, and importing the same file once more creates nobody twice.

  tillgatectl import customers.csv --dry-run --report report.csv
  tillgatectl import customers.csv --map 'Kunde seit=notes' --ignore 'Score' --skip-bad --report report.csv

Exit codes: 0 every row is in; 65 the file has faults (the report names them); 69, 74, 77 as below.)";

constexpr const char* kExportFooter = R"(
In the order in which customers came, so two exports differ where customers do. CSV opens safely in a spreadsheet: what would be a
formula gets an apostrophe before it, which an import takes off again. What leaves is noted in the ledger: who, when, why, how many.

  tillgatectl export --reason migration --with-numbers --out customers.csv)";

constexpr const char* kSubjectFooter = R"(
Answers a person's request for their data: every record, its whole history with who wrote what when, every word on consent with source
and text, links and orders, as one JSON document. That it left is noted in the ledger.

  tillgatectl subject-export 01985f6e-... --reason asked --out zoe.json)";

constexpr const char* kBackupFooter = R"(
The daemon copies its running database, checks the copy and seals it into <data_dir>/backups, under a key that follows from pii-key:
without that one it is of no use to anybody. Copy the file elsewhere, and erased.list beside it, which a restore needs: it says who was
erased since.)";

constexpr const char* kRestoreFooter = R"(
With tillgated stopped, as root or as its user; FILE must be readable for the owner of the data directory. Needs the organisation's two keys: the files named, or systemd's credentials:

  systemctl stop tillgated
  systemd-run --wait --pipe -p LoadCredentialEncrypted=pii-key:/etc/tillgate/credentials/pii-key \
    -p LoadCredentialEncrypted=index-key:/etc/tillgate/credentials/index-key tillgatectl restore --store store-001 /path/to/FILE
  systemctl start tillgated

The backup is opened and checked beside the database, whoever was erased since is erased in it, and only then the two change places.
What was there is kept as tillgate.db.replaced-..., never deleted. Changes since the backup that head office has are not lost there.

Exit codes: 0 done; 65 the backup is none, cut off, altered, of another key or store, or nothing sound says who was erased since; 74 a file cannot be
read or written; 75 tillgated runs. Unless 0, the database is as it was, or tillgated refuses to start
until the restore is run again.)";

// What both kinds of options share.
struct Transfers {
  ImportArguments import;
  ExportArguments out;
  SubjectArguments subject;
};

void add_transfers(CLI::App& app, Transfers& to) {
  auto* import = app.add_subcommand("import", "customers out of a file, CSV or JSON lines");
  import->footer(kImportFooter);
  import->add_option("FILE", to.import.file, "the file")->required();
  import->add_option("--format", to.import.format, "csv or jsonl; else by the file's name")->check(CLI::IsMember({"csv", "jsonl"}));
  import->add_option("--separator", to.import.separator, "of CSV; else by the first line")->check(CLI::IsMember({",", ";", "tab"}));
  import->add_option("--map", to.import.map, "'Their Header=our_field', repeatable")->allow_extra_args(false);
  import->add_option("--ignore", to.import.ignore, "leave the column with this header out, repeatable")->allow_extra_args(false);
  import->add_flag("--ignore-unknown", to.import.ignores_unknown, "leave every column out whose header is not understood");
  import->add_option("--dates", to.import.dates, "how dates are written that are not YYYY-MM-DD")
      ->check(CLI::IsMember({"iso", "month_first", "day_first"}))->capture_default_str();
  import->add_flag("--dry-run", to.import.is_dry_run, "judge every row, write nothing");
  auto* skip = import->add_flag("--skip-bad", to.import.skips_bad, "write the good rows, leave the bad ones out");
  import->add_flag_function("--all-or-nothing", [](std::int64_t) {}, "write nothing where a row is bad (the default)")->excludes(skip);
  import->add_option("--report", to.import.report, "write here what became of each row (CSV, no personal data)");
  import->add_flag("--json", to.import.is_json, "the end as JSON");
  auto* out = app.add_subcommand("export", "all customers, as CSV or JSON lines");
  out->footer(kExportFooter);
  out->add_option("--reason", to.out.reason, "why they leave: a code such as migration; stands in the ledger")->required();
  out->add_option("--format", to.out.format, "csv or jsonl")->check(CLI::IsMember({"csv", "jsonl"}))->capture_default_str();
  out->add_option("--out", to.out.out, "the file (mode 0600); else standard output");
  out->add_flag("--with-numbers", to.out.has_numbers, "licence and medical numbers, too, in the clear");
  auto* subject = app.add_subcommand("subject-export", "everything that is known of one customer, as JSON");
  subject->footer(kSubjectFooter);
  subject->add_option("ID", to.subject.id, "the customer's id")->required();
  subject->add_option("--reason", to.subject.reason, "why it leaves: a code such as asked; stands in the ledger")->required();
  subject->add_option("--out", to.subject.out, "the file (mode 0600); else standard output");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tillgatectl - ask the gateway of this store"};
  app.set_version_flag("--version", std::string("tillgatectl ") + TILLGATE_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done; 1 scrub or audit found damage; 65 a file has faults; 66 a copy cannot be read; 69 the daemon does not answer; 74 a file cannot be read or written; 75 the daemon runs and must not; 77 the daemon refused; others: wrong arguments.");
  Options options;
  app.add_option("--socket", options.socket, "admin socket of tillgated")->capture_default_str();

  auto* status = app.add_subcommand("status", "is it well? head office, queue, storage, clock, alarms");
  status->add_flag("--json", options.json, "the daemon's answer as JSON");
  status->add_flag("--watch", options.watch, "again every 2 s until Ctrl-C");
  auto* queue = app.add_subcommand("queue", "what waits for whom, how old, how fast it drains");
  queue->add_flag("--json", options.json, "the daemon's answer as JSON");
  queue->add_flag("--watch", options.watch, "again every 2 s until Ctrl-C");
  bool is_last_only = false;
  auto* check = app.add_subcommand("scrub", "read everything in the database and compare it with its checksums");
  check->add_flag("--json", options.json, "the daemon's answer as JSON");
  check->add_flag("--last", is_last_only, "what the last one found; starts none");
  auto* audit = app.add_subcommand("audit", "the ledger as an audit trail");
  audit->require_subcommand(1);
  auto* verify = audit->add_subcommand("verify", "every row against the chain of digests, and against what head office has");
  AuditOptions auditing;
  std::vector<std::string> anchors;
  verify->add_option("--anchor", anchors, "SEQ:DIGEST of a row that head office has (tillgate-hq anchor); repeatable");
  verify->add_option("--copy", auditing.copy, "a copy of tillgate.db instead of the gateway's own; works with the gateway stopped");
  verify->add_flag("--json", auditing.as_json, "for programs");
  Transfers transfers;
  add_transfers(app, transfers);
  auto* backup = app.add_subcommand("backup", "a sealed copy of the database, into <data_dir>/backups");
  backup->footer(kBackupFooter);
  backup->add_flag("--json", options.json, "the daemon's answer as JSON");
  RestoreArguments restoring;
  auto* restore = app.add_subcommand("restore", "put a backup in the place of the database (offline)");
  restore->footer(kRestoreFooter);
  restore->add_option("FILE", restoring.file, "the backup")->required();
  restore->add_option("--store", restoring.store, "which store this is (store.id of its configuration); a backup of another one is refused")->required();
  restore->add_option("--data-dir", restoring.data_dir, "of the store")->capture_default_str();
  restore->add_option("--pii-key-file", restoring.pii_key_file, "else the systemd credential pii-key");
  restore->add_option("--index-key-file", restoring.index_key_file, "else the systemd credential index-key");
  restore->add_option("--erased", restoring.erased_from, "another erased.list, or a database, that names who was erased; repeatable")->allow_extra_args(false);
  restore->add_flag("--no-erased-list", restoring.may_lack_list, "restore although nothing says who was erased since: they come back");
  restore->add_flag("--json", restoring.as_json, "the end as JSON");
  auto* reindex = app.add_subcommand("reindex", "make the search index anew and wait; searches go on meanwhile");
  auto* token = app.add_subcommand("token", "make a new terminal token and its hash (offline)");
  auto* key = app.add_subcommand("key", "make a new key for pii-key or index-key (offline)");
  CLI11_PARSE(app, argc, argv);

  transfers.import.socket = transfers.out.socket = transfers.subject.socket = options.socket;
  if (app.got_subcommand("import")) return run_import(transfers.import);
  if (app.got_subcommand("export")) return run_export(transfers.out);
  if (app.got_subcommand("subject-export")) return run_subject_export(transfers.subject);
  if (status->parsed()) return show(options, "/api/v1/status", render_status);
  if (queue->parsed()) return show(options, "/api/v1/queue", render_queue);
  if (check->parsed()) return scrub(options, is_last_only);
  if (verify->parsed()) {
    for (const auto& text : anchors) {
      const auto anchor = anchor_from(text);
      if (!anchor) return std::fprintf(stderr, "tillgatectl: \"%s\" is no anchor; it is SEQ:DIGEST, as tillgate-hq anchor prints it\n", text.c_str()), kExitUsage;
      auditing.anchors.push_back(*anchor);
    }
    auditing.socket = options.socket;
    return verify_audit(auditing);
  }
  if (backup->parsed()) return run_backup(options.socket, options.json);
  if (restore->parsed()) return run_restore(restoring);
  if (reindex->parsed()) return reindex_and_wait(options);
  if (token->parsed()) return print_token();
  if (key->parsed()) return std::printf("%s\n", random_hex().c_str()), 0;
  return 0;
}
