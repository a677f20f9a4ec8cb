#include "headoffice/cli.hpp"

#include <pwd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <functional>
#include <string>

#include "headoffice/config.hpp"
#include "headoffice/exit_codes.hpp"
#include "headoffice/fleet.hpp"
#include "headoffice/migrate.hpp"
#include "headoffice/office.hpp"
#include "headoffice/parked.hpp"
#include "headoffice/registry.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace {

constexpr const char* kDefaultConfig = "/etc/tillgate-hq/tillgate-hq.yaml";
constexpr const char* kFooter =
    "Exit codes: 0 done or stopped on request; 1 no such store or parked change; 2 wrong arguments; 3 the change stays\n"
    "parked; 69 PostgreSQL cannot be reached; 71 the link to the broker was stuck; 75 the HTTP address is in use;\n"
    "78 the configuration or the database schema is wrong (restarting does not help).";

struct Options {
  std::string config = kDefaultConfig;
  bool check_config = false, print_config = false, as_json = false;
  std::string org, store, id, reason, after;
  bool is_dropped = false;
  std::int64_t limit = kFleetPageMax;
};

int complain(const Error& error) {
  std::fprintf(stderr, "tillgate-hq: %s%s%s\n", error.what.c_str(), error.detail.empty() ? "" : ": ", error.detail.c_str());
  return error.code == Errc::unsupported ? kOfficeExitConfig : kOfficeExitDatabase;
}

void set_level(const OfficeConfig& config) {
  auto level = log::Level::info;
  if (log::level_from_text(config.log.level, level)) log::set_level(level);
}

// No core file may hold personal data, and a peer that hangs up is an error code, not a signal.
void harden() {
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGPIPE, SIG_IGN);
}

int serve(const Options& options) {
  OfficeConfig config = load_office_config(options.config);
  if (options.check_config) return std::printf("%s: ok\n", options.config.c_str()), kOfficeExitOk;
  if (options.print_config) return std::fputs(print_office_config(config).c_str(), stdout), kOfficeExitOk;
  set_level(config);
  harden();
  Office office(std::move(config), TILLGATE_VERSION);
  return office.run();
}

int migrate_now(const Options& options) {
  Database database(load_office_config(options.config).database);
  auto done = database.connect();
  if (done) done = migrate(database);
  if (!done) return complain(done.error());
  std::puts("the schema is up to date");
  return kOfficeExitOk;
}

int print_query(const Options& options, const std::function<Result<std::string>(Transaction&)>& read) {
  Database database(load_office_config(options.config).database);
  std::string text;
  auto done = database.connect();
  if (done) {
    done = database.run([&](Transaction& tx) -> Result<> {
      auto answer = read(tx);
      if (!answer) return fail(answer.error());
      text = std::move(*answer);
      return {};
    });
  }
  if (!done) return complain(done.error());
  if (!text.empty() && text.back() != '\n') text += '\n';
  std::fputs(text.c_str(), stdout);
  return kOfficeExitOk;
}

int stores(const Options& options) {
  return print_query(options, [&](Transaction& tx) {
    const auto listed = list_stores(tx, "", options.limit);
    return options.as_json ? to_json(listed, options.limit) : to_table(listed, utc_now());
  });
}

int anchor(const Options& options) {
  bool is_there = true;
  const int code = print_query(options, [&](Transaction& tx) {
    const auto found = anchor_of(tx, options.org, options.store);
    is_there = found.has_value();
    return found.value_or("");
  });
  if (code != kOfficeExitOk || is_there) return code;
  std::fprintf(stderr, "tillgate-hq: nothing of store %s/%s is here; `tillgate-hq stores` lists those that are\n",
               options.org.c_str(), options.store.c_str());
  return kOfficeExitNotThere;
}

int incidents(const Options& options) {
  return print_query(options, [&](Transaction& tx) {
    const auto listed = list_incidents(tx, options.org, options.store, options.limit);
    return options.as_json ? to_json(listed) : to_table(listed, utc_now());
  });
}

// Who is at the keyboard, for the log of decisions: the real user, and behind sudo also whom sudo names.
std::string login() {
  const passwd* entry = getpwuid(getuid());
  std::string who = "cli:" + (entry != nullptr ? std::string(entry->pw_name) : std::to_string(getuid()));
  const char* behind = std::getenv("SUDO_USER");
  if (behind != nullptr && *behind != '\0') who.append(" for ").append(behind);
  return who.substr(0, 64);
}

int parked(const Options& options) {
  const auto after = options.after.empty() ? ParkedId() : ParkedId::from_text(options.after);
  if (!after) return std::fputs("tillgate-hq: --after takes an id as the list shows it\n", stderr), kOfficeExitUsage;
  const ParkedQuery query{options.org, options.store, options.is_dropped, *after, options.limit};
  return print_query(options, [&](Transaction& tx) {
    const auto listed = list_parked(tx, query);
    return options.as_json ? to_json(listed, options.limit) : to_table(listed, utc_now());
  });
}

// One decision in one transaction; `decide` answers what to print. A refusal has written nothing.
using Decide = std::function<Result<std::string>(Transaction&, const ParkedId&, const Decider&)>;

int decide_on(const Options& options, const Decide& decide) {
  const auto id = ParkedId::from_text(options.id);
  const Decider decider{login(), options.reason, utc_now()};
  Result<std::string> answer = fail(Errc::not_found, "there is no parked change " + options.id);
  if (auto sound = check(decider); !sound) {
    std::fprintf(stderr, "tillgate-hq: %s\n", sound.error().what.c_str());
    return kOfficeExitUsage;
  }
  if (id) {
    const int code = print_query(options, [&](Transaction& tx) -> Result<std::string> {
      answer = decide(tx, *id, decider);
      if (!answer && answer.error().code == Errc::conflict) return fail(answer.error());  // somebody was faster: all of it again
      return answer.value_or("");
    });
    if (code != kOfficeExitOk || answer) return code;
  }
  std::fprintf(stderr, "tillgate-hq: %s\n", answer.error().what.c_str());
  if (answer.error().code != Errc::not_found) return kOfficeExitParked;
  std::fputs("`tillgate-hq parked list` shows those that there are\n", stderr);
  return kOfficeExitNotThere;
}

int show_one(const Options& options) {
  return decide_on(options, [&](Transaction& tx, const ParkedId& id, const Decider& decider) -> Result<std::string> {
    const auto detail = show_parked(tx, id, decider);
    if (!detail) return fail(detail.error());
    return options.as_json ? to_json(*detail) : to_text(*detail);
  });
}

int retry_one(const Options& options) {
  bool is_applied = false;
  const int code =
      decide_on(options, [&](Transaction& tx, const ParkedId& id, const Decider& decider) -> Result<std::string> {
        const auto applied = retry_parked(tx, id, {known_ho_epoch(tx), decider.at}, decider);
        if (!applied) return fail(applied.error());
        is_applied = *applied;
        return id.text() + (is_applied ? ": applied" : ": it stays parked; `tillgate-hq parked list` says why");
      });
  return code == kOfficeExitOk && !is_applied ? kOfficeExitParked : code;
}

int drop_one(const Options& options) {
  return decide_on(options, [&](Transaction& tx, const ParkedId& id, const Decider& decider) -> Result<std::string> {
    if (auto dropped = drop_parked(tx, id, decider); !dropped) return fail(dropped.error());
    return id.text() + ": dropped; its row stays, since the chain needs it";
  });
}

int run(const std::function<int(const Options&)>& command, const Options& options) {
  try {
    return command(options);
  } catch (const ConfigError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return kOfficeExitConfig;
  } catch (const std::exception& error) {
    log::error("start", error.what());
    return kOfficeExitAddress;
  }
}

}  // namespace

int run_office_cli(int argc, const char* const* argv) {
  Options options;
  std::function<int(const Options&)> command;
  CLI::App app("tillgate-hq - head office's end of Tillgate: receives what stores send and keeps it in PostgreSQL",
               "tillgate-hq");
  app.footer(kFooter);
  app.set_version_flag("--version", "tillgate-hq " TILLGATE_VERSION);
  app.require_subcommand(1);
  const auto add_to = [&](CLI::App& parent, const char* name, const char* what, int (*does)(const Options&)) {
    CLI::App* added = parent.add_subcommand(name, what);
    added->add_option("--config", options.config, "configuration file")->capture_default_str();
    added->callback([&command, does] { command = does; });
    return added;
  };
  const auto add = [&](const char* name, const char* what, int (*does)(const Options&)) { return add_to(app, name, what, does); };
  CLI::App* serving = add("serve", "run in the foreground and log to stderr; systemd starts it", serve);
  auto* check =
      serving->add_flag("--check-config", options.check_config, "read it, name every fault with line and column, and leave");
  serving->add_flag("--print-config", options.print_config, "print what counts, defaults included, and leave")->excludes(check);
  CLI::App* fleet = add("stores", "every store: online, last seen, position, rows and time behind, incidents", stores);
  CLI::App* trouble = add("incidents", "what somebody should know about, newest first", incidents);
  CLI::App* aside = app.add_subcommand("parked", "changes that could not be merged: list, show, retry, drop");
  aside->require_subcommand(1);
  CLI::App* waiting = add_to(*aside, "list", "which there are, and why", parked);
  for (CLI::App* listing : {fleet, trouble, waiting}) {
    listing->add_flag("--json", options.as_json, "for programs");
    listing->add_option("--limit", options.limit, "at most so many lines")->check(CLI::Range(std::int64_t{1}, kFleetPageMax));
  }
  for (CLI::App* listing : {trouble, waiting}) {
    listing->add_option("--org", options.org, "of this organisation only");
    listing->add_option("--store", options.store, "of this store only");
  }
  waiting->add_flag("--dropped", options.is_dropped, "those that somebody decided to do without");
  waiting->add_option("--after", options.after, "beyond the change with this id");
  CLI::App* shown = add_to(*aside, "show", "what one says; it holds personal data, so that you looked is noted", show_one);
  shown->add_flag("--json", options.as_json, "for programs");
  CLI::App* retried = add_to(*aside, "retry", "try one again, now", retry_one);
  CLI::App* dropped = add_to(*aside, "drop", "do without one for good", drop_one);
  for (CLI::App* one : {shown, retried, dropped}) {
    one->add_option("ID", options.id, "as the list shows it")->required();
    one->add_option("--reason", options.reason, "why; kept, so nothing personal")->required();
  }
  CLI::App* anchored =
      add("anchor", "the last row of a store's ledger that is here, for `tillgatectl audit verify --anchor`", anchor);
  anchored->add_option("--org", options.org, "the organisation")->required();
  anchored->add_option("--store", options.store, "the store")->required();
  add("migrate", "bring the database schema to this version, and leave", migrate_now);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? kOfficeExitOk : kOfficeExitUsage;
  }
  return run(command, options);
}

}  // namespace tillgate
