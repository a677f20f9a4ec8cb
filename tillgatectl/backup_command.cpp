#include "tillgatectl/backup_command.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <thread>

#include "service/clock.hpp"
#include "tillgatectl/gateway_call.hpp"
#include "tillgatectl/json_at.hpp"
#include "tillgatectl/progress.hpp"
#include "tillgatectl/render.hpp"

namespace tillgate {

namespace json = boost::json;

namespace {

constexpr milliseconds kLookedAt{200};

std::int64_t count_at(const json::value& state, const char* pointer) {
  return static_cast<std::int64_t>(number_at(state, pointer));
}

// Changes when a backup comes to an end, whichever.
std::string newest_of(const json::value& state) {
  return text_at(state, "/last/taken_at") + "|" + text_at(state, "/failed/at");
}

ProgressAt progress_of(const json::value& state) {
  const std::string step = text_at(state, "/step");
  const std::int64_t done = count_at(state, "/done"), total = count_at(state, "/total");
  if (step == "sealing") return {step, done, total, done >> 20, "MiB"};
  return {step, done, total, done, step == "checking" ? "changes" : "pages"};
}

}  // namespace

int run_backup(const std::string& socket, bool as_json) {
  const PatientGateway gateway(socket);
  Progress progress(stderr, isatty(STDERR_FILENO) == 1);
  std::string before;  // the backup that was the newest when ours began
  const char* method = "GET";
  for (;;) {
    auto response = gateway.call({method, "/api/v1/backup", "", {}});
    if (!response) return progress.clear(), report_unreachable(response.error(), socket);
    json::error_code error;
    const auto state = json::parse(response->body, error);
    if ((response->status != 200 && response->status != 202) || error || !state.is_object())
      return progress.clear(), report_refusal(*response);
    const bool is_running = find(state, "/is_running") != nullptr && *find(state, "/is_running") == true;
    if (*method == 'G' && before.empty()) {
      // One that runs already was begun by somebody else, but is as good.
      before = newest_of(state);
      if (!is_running) method = "POST";
      if (!is_running) continue;
    }
    method = "GET";
    if (is_running) {
      progress.show(progress_of(state), mono_now());
      std::this_thread::sleep_for(kLookedAt);
      continue;
    }
    progress.clear();
    if (before == newest_of(state)) {
      std::fputs("tillgatectl: the gateway restarted before the backup was made; begin again\n", stderr);
      return kExitUnreachable;
    }
    if (const std::string why = text_at(state, "/failed/why", ""); !why.empty()) {
      std::fprintf(stderr, "tillgatectl: no backup was made: %s\n", why.c_str());
      return kExitFiles;
    }
    if (as_json)
      std::printf("%s\n", response->body.c_str());
    else
      std::printf("%s: %s, %s changes. It lies in backups/ of the data directory; copy it elsewhere, and erased.list with it.\n",
                  text_at(state, "/last/file").c_str(), human_bytes(number_at(state, "/last/bytes")).c_str(),
                  human_count(count_at(state, "/last/changes")).c_str());
    return 0;
  }
}

}  // namespace tillgate
