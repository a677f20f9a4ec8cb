#include "tillgatectl/restore_command.hpp"

#include <grp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "core/json.hpp"
#include "service/clock.hpp"
#include "store/key_files.hpp"
#include "store/offline_restore.hpp"
#include "tillgatectl/gateway_call.hpp"
#include "tillgatectl/progress.hpp"
#include "tillgatectl/render.hpp"

namespace tillgate {

namespace {

constexpr int kExitRuns = 75;  // EX_TEMPFAIL

// Root restores for a daemon that is not root. What lies in its folder is that user's doing, so it is touched with that user's rights:
// no link that it laid leads root anywhere, and what is made belongs to it.
bool become_owner_of(const std::string& folder) {
  struct stat about {};
  if (::geteuid() != 0 || ::stat(folder.c_str(), &about) != 0 || about.st_uid == 0) return true;
  return ::setgroups(0, nullptr) == 0 && ::setresgid(about.st_gid, about.st_gid, about.st_gid) == 0 &&
         ::setresuid(about.st_uid, about.st_uid, about.st_uid) == 0;
}

int exit_code_of(const Error& error) {
  if (error.code == Errc::busy) return kExitRuns;
  const bool is_about_the_backup = error.code == Errc::invalid || error.code == Errc::corrupt || error.code == Errc::not_found || error.code == Errc::unsupported;
  return is_about_the_backup ? kExitBadFile : kExitFiles;
}

int report(const Error& error) {
  std::fprintf(stderr, "tillgatectl: %s%s%s\n", error.what.c_str(), error.detail.empty() ? "" : "; ", error.detail.c_str());
  if (error.code == Errc::busy) std::fputs("tillgatectl: stop tillgated first: systemctl stop tillgated\n", stderr);
  return exit_code_of(error);
}

std::string to_json(const Restored& restored) {
  JsonWriter json;
  json.begin_object().key("org").text(restored.header.org.value).key("store").text(restored.header.store.value);
  json.key("taken_at").text(to_text(restored.header.taken_at)).key("customers").number(restored.customers);
  json.key("erased_anew").number(restored.erased).key("erased_known_from").begin_array();
  for (const auto& source : restored.sources) json.text(source);
  json.end_array().key("unreadable").begin_array();
  for (const auto& sentence : restored.unreadable) json.text(sentence);
  json.end_array().key("set_aside");
  restored.set_aside.empty() ? json.null() : json.text(restored.set_aside.string());
  json.end_object();
  return json.take();
}

void print(const Restored& restored) {
  std::printf("Restored   %s of %s as of %s: %s customers\n", restored.header.store.value.c_str(), restored.header.org.value.c_str(),
              to_text(restored.header.taken_at).c_str(), human_count(restored.customers).c_str());
  std::printf("Erased     %s anew\n", human_count(restored.erased).c_str());
  for (const auto& source : restored.sources) std::printf("           as known from %s\n", source.c_str());
  for (const auto& sentence : restored.unreadable) std::printf("           NOT from %s\n", sentence.c_str());
  if (!restored.set_aside.empty()) std::printf("Replaced   lies in %s; delete it once it is not needed any more\n", restored.set_aside.c_str());
  std::fputs("Now        systemctl start tillgated\n", stdout);
}

}  // namespace

int run_restore(const RestoreArguments& arguments) {
  auto keys = load_keys({"", arguments.pii_key_file, arguments.index_key_file});
  if (!keys) return report(keys.error());
  if (!become_owner_of(arguments.data_dir)) return report(Error{Errc::unavailable, "the rights of the owner of " + arguments.data_dir + " cannot be taken", ""});
  Progress progress(stderr, isatty(STDERR_FILENO) == 1);
  RestoreOptions options;
  options.backup = arguments.file;
  options.data_dir = arguments.data_dir;
  options.store.value = arguments.store;
  options.keys = std::move(*keys);
  for (const auto& file : arguments.erased_from) options.erased_from.emplace_back(file);
  options.may_lack_list = arguments.may_lack_list;
  options.read_clock = [] { return clock_now(); };
  options.fill_random = [](std::span<std::uint8_t> out) { fill_random(out); };
  options.on_progress = [&](std::string_view step, std::int64_t done, std::int64_t total) {
    const bool is_bytes = step == "opening";
    progress.show({std::string(step), done, total, is_bytes ? done >> 20 : done, is_bytes ? "MiB" : "changes"}, mono_now());
  };
  auto restored = restore_backup(options);
  progress.clear();
  if (!restored) return report(restored.error());
  if (arguments.as_json)
    std::printf("%s\n", to_json(*restored).c_str());
  else
    print(*restored);
  return 0;
}

}  // namespace tillgate
