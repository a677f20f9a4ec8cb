// tillgated: the gateway of one store. Arguments, config, run.
#include <sys/prctl.h>
#include <sys/resource.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>

#include "daemon/app.hpp"
#include "daemon/config.hpp"
#include "service/log.hpp"

namespace {

constexpr const char* kDefaultConfig = "/etc/tillgate/tillgated.yaml";

constexpr const char* kHelp = R"(tillgated - the gateway of one store

Usage: tillgated [--config FILE] [--check-config | --print-config]

  --config FILE    configuration (default /etc/tillgate/tillgated.yaml)
  --check-config   read it, name every fault with line and column, change nothing
  --print-config   print what counts, defaults included
  --version        print the version
  --help           this text

Runs in the foreground and logs to stderr; systemd starts it (tillgated.service). SIGTERM answers
what was accepted and leaves.

Exit codes: 0 stopped on request; 2 wrong arguments; 70 storage failed; 71 the link to head office
was stuck; 75 an address or the database is in use; 78 the configuration, a key or the database
version is wrong (restarting does not help).
)";

struct Arguments {
  std::string config = kDefaultConfig;
  enum class Do { run, check, print, help, version } what = Do::run;
};

bool parse(int argc, char** argv, Arguments& out) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--config" && i + 1 < argc)
      out.config = argv[++i];
    else if (word.starts_with("--config="))
      out.config = word.substr(9);
    else if (word == "--check-config")
      out.what = Arguments::Do::check;
    else if (word == "--print-config")
      out.what = Arguments::Do::print;
    else if (word == "--help" || word == "-h")
      out.what = Arguments::Do::help;
    else if (word == "--version")
      out.what = Arguments::Do::version;
    else {
      std::fprintf(stderr, "tillgated: unknown or incomplete argument \"%s\"; see tillgated --help\n", argv[i]);
      return false;
    }
  }
  return true;
}

// What every start needs before anything else: no core file may hold personal data, and a file size limit must be an error
// code, not a signal.
void harden() {
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  std::signal(SIGXFSZ, SIG_IGN);
  std::signal(SIGPIPE, SIG_IGN);
}

int run(const Arguments& arguments) {
  tillgate::Config config = tillgate::load_config(arguments.config);
  if (arguments.what == Arguments::Do::check) {
    std::printf("%s: ok\n", arguments.config.c_str());
    return tillgate::kExitOk;
  }
  if (arguments.what == Arguments::Do::print) {
    std::fputs(tillgate::print_config(config).c_str(), stdout);
    return tillgate::kExitOk;
  }
  auto level = tillgate::log::Level::info;
  if (tillgate::log::level_from_text(config.log.level, level)) tillgate::log::set_level(level);
  harden();
  tillgate::App app(std::move(config), TILLGATE_VERSION);
  return app.run();
}

}  // namespace

int main(int argc, char** argv) {
  Arguments arguments;
  if (!parse(argc, argv, arguments)) return 2;
  if (arguments.what == Arguments::Do::help) return std::fputs(kHelp, stdout), 0;
  if (arguments.what == Arguments::Do::version) return std::printf("tillgated %s\n", TILLGATE_VERSION), 0;
  try {
    return run(arguments);
  } catch (const tillgate::ConfigError& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return tillgate::kExitConfig;
  } catch (const std::exception& error) {
    tillgate::log::error("start", error.what());
    return tillgate::kExitUnavailable;
  }
}
