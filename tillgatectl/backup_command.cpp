#include "tillgatectl/backup_command.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <thread>

#include "service/clock.hpp"
#include "tillgatectl/gateway_call.hpp"
#include "tillgatectl/progress.hpp"
#include "tillgatectl/render.hpp"

namespace tillgate {

namespace json = boost::json;

namespace {

constexpr milliseconds kLookedAt{200};

std::string text_at(const json::value& value, const char* pointer) {
  json::error_code error;
  const auto* found = value.find_pointer(pointer, error);
  return found != nullptr && found->is_string() ? std::string(found->as_string()) : std::string();
}
std::int64_t number_at(const json::value& value, const char* pointer) {
  json::error_code error;
  const auto* found = value.find_pointer(pointer, error);
  return found != nullptr && found->is_int64() ? found->as_int64() : 0;
}

ProgressAt progress_of(const json::value& state) {
  const std::string step = text_at(state, "/step");
  const std::int64_t done = number_at(state, "/done"), total = number_at(state, "/total");
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
    const bool is_running = state.as_object().contains("is_running") && state.at("is_running") == true;
    if (*method == 'G' && before.empty()) {
      // One that runs already was begun by somebody else, but is as good.
      before = text_at(state, "/last/taken_at") + "|" + text_at(state, "/failed/at");
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
    if (before == text_at(state, "/last/taken_at") + "|" + text_at(state, "/failed/at")) {
      std::fputs("tillgatectl: the gateway restarted before the backup was made; begin again\n", stderr);
      return kExitUnreachable;
    }
    if (const std::string why = text_at(state, "/failed/why"); !why.empty()) {
      std::fprintf(stderr, "tillgatectl: no backup was made: %s\n", why.c_str());
      return kExitFiles;
    }
    if (as_json)
      std::printf("%s\n", response->body.c_str());
    else
      std::printf("%s: %s, %s changes. It lies in backups/ of the data directory; copy it elsewhere, and erased.list with it.\n",
                  text_at(state, "/last/file").c_str(), human_bytes(number_at(state, "/last/bytes")).c_str(),
                  human_count(number_at(state, "/last/changes")).c_str());
    return 0;
  }
}

}  // namespace tillgate
