#include "headoffice/cli.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

#include "headoffice/config.hpp"
#include "headoffice/exit_codes.hpp"
#include "headoffice/fleet.hpp"
#include "headoffice/migrate.hpp"
#include "headoffice/office.hpp"
#include "service/clock.hpp"
#include "service/log.hpp"

namespace tillgate {

namespace {

constexpr const char* kDefaultConfig = "/etc/tillgate-hq/tillgate-hq.yaml";
constexpr const char* kFooter =
    "Exit codes: 0 done or stopped on request; 1 no such store; 2 wrong arguments; 69 PostgreSQL cannot be reached;\n"
    "71 the link to the broker was stuck; 75 the HTTP address is in use; 78 the configuration or the\n"
    "database schema is wrong (restarting does not help).";

struct Options {
  std::string config = kDefaultConfig;
  bool check_config = false, print_config = false, as_json = false;
  std::string org, store;
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

int print_query(const Options& options, const std::function<std::string(Transaction&)>& read) {
  Database database(load_office_config(options.config).database);
  std::string text;
  auto done = database.connect();
  if (done) {
    done = database.run([&](Transaction& tx) -> Result<> {
      text = read(tx);
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
  return kOfficeExitNoStore;
}

int incidents(const Options& options) {
  return print_query(options, [&](Transaction& tx) {
    const auto listed = list_incidents(tx, options.org, options.store, options.limit);
    return options.as_json ? to_json(listed) : to_table(listed, utc_now());
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
  const auto add = [&](const char* name, const char* what, int (*does)(const Options&)) {
    CLI::App* added = app.add_subcommand(name, what);
    added->add_option("--config", options.config, "configuration file")->capture_default_str();
    added->callback([&command, does] { command = does; });
    return added;
  };
  CLI::App* serving = add("serve", "run in the foreground and log to stderr; systemd starts it", serve);
  auto* check =
      serving->add_flag("--check-config", options.check_config, "read it, name every fault with line and column, and leave");
  serving->add_flag("--print-config", options.print_config, "print what counts, defaults included, and leave")->excludes(check);
  CLI::App* fleet = add("stores", "every store: online, last seen, position, rows and time behind, incidents", stores);
  CLI::App* trouble = add("incidents", "what somebody should know about, newest first", incidents);
  for (CLI::App* listing : {fleet, trouble}) {
    listing->add_flag("--json", options.as_json, "for programs");
    listing->add_option("--limit", options.limit, "at most so many lines")->check(CLI::Range(std::int64_t{1}, kFleetPageMax));
  }
  trouble->add_option("--org", options.org, "of this organisation only");
  trouble->add_option("--store", options.store, "of this store only");
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
