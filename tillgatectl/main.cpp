// tillgatectl: what a technician asks the gateway, over its admin socket. Speaks the same HTTP API as everybody else; never opens
// the database.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
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
#include "tillgatectl/render.hpp"

namespace {

using namespace tillgate;

constexpr int kExitUnreachable = 69;  // EX_UNAVAILABLE: the daemon does not answer
constexpr int kExitUsage = 106;       // as CLI11 has it for a value that is not allowed
constexpr int kExitRefused = 77;      // EX_NOPERM, or any other answer that is not 200
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
  std::fprintf(stderr, "tillgatectl: %s (socket %s)\nIs tillgated running? Try: systemctl status tillgated\n", error.what.c_str(), options.socket.c_str());
  return kExitUnreachable;
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

std::string random_hex() {
  std::array<std::uint8_t, 32> bytes{};
  fill_random(bytes);
  return to_hex(bytes);
}

int print_token() {
  const std::string token = random_hex();
  std::printf("token       %s\ntoken_hash  %s\n\n", token.c_str(), hash_of(token).text().c_str());
  std::printf("Give the token to one terminal (Authorization: Bearer <token>); put the hash into\ntillgated.yaml under terminals. The token cannot be recovered from the hash.\n");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"tillgatectl - ask the gateway of this store"};
  app.set_version_flag("--version", std::string("tillgatectl ") + TILLGATE_VERSION);
  app.require_subcommand(1);
  app.footer("Exit codes: 0 done; 1 scrub or audit found damage; 66 a copy cannot be read; 69 the daemon does not answer; 77 it refused; others: wrong arguments.");
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
  auto* token = app.add_subcommand("token", "make a new terminal token and its hash (offline)");
  auto* key = app.add_subcommand("key", "make a new key for pii-key or index-key (offline)");
  CLI11_PARSE(app, argc, argv);

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
  if (token->parsed()) return print_token();
  if (key->parsed()) return std::printf("%s\n", random_hex().c_str()), 0;
  return 0;
}
