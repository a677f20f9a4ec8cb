// Holds the tree to the rules of tidy_rules.hpp, and each rule to its word: planted offences must be found.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/source_dir.hpp"
#include "tests/tidy_rules.hpp"

namespace tillgate::tidy {
namespace {

namespace fs = std::filesystem;

std::vector<File> tree() {
  std::vector<File> files;
  const fs::path root = tillgate::source_dir();
  for (const char* folder :
       {"core", "store", "drivers", "service", "daemon", "headoffice", "tillgatectl", "sim", "tests", "bench"}) {
    if (!fs::exists(root / folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(root / folder)) {
      const fs::path& path = entry.path();
      if (path.generic_string().find("/node_modules/") != std::string::npos) continue;  // a peer's packages, not ours
      if (!entry.is_regular_file() || (path.extension() != ".cpp" && path.extension() != ".hpp")) continue;
      std::ifstream in(path, std::ios::binary);
      files.push_back(File{fs::relative(path, root).generic_string(), std::string(std::istreambuf_iterator<char>(in), {})});
    }
  }
  return files;
}

TEST(Tidy, TheTreeKeepsItsRules) {
  const std::vector<File> files = tree();
  ASSERT_GT(files.size(), 50U) << "is source_dir() right?";
  for (const File& file : files) {
    if (file.path.starts_with("tests/tidy_")) continue;  // holds the offences as texts
    for (const std::string& complaint : all_rules(file)) ADD_FAILURE() << complaint;
  }
}

TEST(Tidy, EveryFolderHasALayer) {
  std::set<std::string> unknown;
  for (const File& file : tree()) {
    const std::string folder = folder_of(file.path);
    if (is_test(file.path)) continue;
    if (std::none_of(layers().begin(), layers().end(), [&](const Layer& layer) { return layer.folder == folder; }))
      unknown.insert(folder);
  }
  EXPECT_TRUE(unknown.empty()) << *unknown.begin();
}

TEST(Tidy, OneNameIsOneType) {
  for (const std::string& complaint : one_name_one_type(tree())) ADD_FAILURE() << complaint;
}

// --- the rules themselves

using Rule = Complaints (*)(const File&);
void finds(Rule rule, const std::string& path, const std::string& text, const std::string& complaint) {
  EXPECT_EQ(rule(File{path, text}), Complaints{complaint}) << text;
}
void passes(Rule rule, const std::string& path, const std::string& text) {
  EXPECT_EQ(rule(File{path, text}), Complaints{}) << text;
}

TEST(TidyNames, FindsTwoTypesOfOneName) {
  const std::string stage = "namespace tillgate::sim {\nclass Stage {};\n}\n";
  EXPECT_EQ(one_name_one_type({{"sim/a.hpp", stage}, {"sim/b.hpp", stage}}),
            Complaints{"sim/b.hpp:2: tillgate::sim::Stage is another type in sim/a.hpp"});
  EXPECT_EQ(
      one_name_one_type({{"sim/a.hpp", stage}, {"sim/b.hpp", "namespace tillgate::sim::replicas {\nstruct Stage {};\n}\n"}}),
      Complaints{});
  EXPECT_EQ(one_name_one_type({{"sim/a.hpp", stage}, {"sim/b.hpp", "namespace tillgate::sim {\nclass Stage;\n}\n"}}),
            Complaints{});
  // A namespace inside, closed before.
  EXPECT_EQ(one_name_one_type(
                {{"sim/a.hpp", stage},
                 {"sim/b.hpp", "namespace tillgate::sim {\nnamespace inner {\n}  // namespace inner\nstruct Stage {};\n}\n"}}),
            Complaints{"sim/b.hpp:4: tillgate::sim::Stage is another type in sim/a.hpp"});
}

TEST(TidyLayering, FindsIncludesAgainstTheOrder) {
  finds(layering, "core/x.cpp", "#include \"store/store.hpp\"\n", "core/x.cpp:1: core/ may not include store/store.hpp");
  finds(layering, "core/x.cpp", "\n#  include \"service/clock.hpp\"\n",
        "core/x.cpp:2: core/ may not include service/clock.hpp");
  finds(layering, "store/x.cpp", "#include \"drivers/driver.hpp\"\n",
        "store/x.cpp:1: store/ may not include drivers/driver.hpp");
  finds(layering, "drivers/mqtt/x.cpp", "#include \"service/log.hpp\"\n",
        "drivers/mqtt/x.cpp:1: drivers/ may not include service/log.hpp");
  finds(layering, "service/x.hpp", "#include \"store/store.hpp\"\n",
        "service/x.hpp:1: service/ may not include store/store.hpp");
  finds(layering, "headoffice/x.cpp", "#include \"store/store.hpp\"\n",
        "headoffice/x.cpp:1: headoffice/ may not include store/store.hpp");
  finds(layering, "headoffice/x.cpp", "#include \"drivers/modbus/bus.hpp\"\n",
        "headoffice/x.cpp:1: headoffice/ may not include drivers/modbus/bus.hpp");
  finds(layering, "tillgatectl/x.cpp", "#include \"daemon/config.hpp\"\n",
        "tillgatectl/x.cpp:1: tillgatectl/ may not include daemon/config.hpp");
  finds(layering, "sim/x.cpp", "#include \"daemon/app.hpp\"\n", "sim/x.cpp:1: sim/ may not include daemon/app.hpp");
  finds(layering, "daemon/x.cpp", "#include \"headoffice/judge.hpp\"\n",
        "daemon/x.cpp:1: daemon/ may not include headoffice/judge.hpp");
  finds(layering, "daemon/x.cpp", "#include \"tests/x.hpp\"\n", "daemon/x.cpp:1: daemon/ may not include tests/x.hpp");
  finds(layering, "store/x.cpp", "#include \"sqlite.hpp\"\n",
        "store/x.cpp:1: store/ may not include sqlite.hpp");  // from the root
}

TEST(TidyLayering, PassesWhatIsAllowedAndWhatIsNoInclude) {
  passes(layering, "core/x.cpp", "#include \"core/ids.hpp\"\n#include <vector>\n");
  passes(layering, "daemon/x.cpp", "#include \"store/store.hpp\"\n#include \"drivers/mqtt/link.hpp\"\n");
  passes(layering, "headoffice/x.cpp", "#include \"drivers/mqtt/link.hpp\"\n");
  passes(layering, "sim/x.cpp", "#include \"service/http_server.hpp\"\n");
  passes(layering, "tests/core/x.cpp", "#include \"daemon/app.hpp\"\n");
  passes(layering, "core/x.cpp", "// #include \"store/store.hpp\"\n/*\n#include \"store/store.hpp\"\n*/\n");
}

TEST(TidyDoors, FindLibrariesOutsideTheirDoor) {
  for (const auto& [header, path] : std::vector<std::pair<std::string, std::string>>{
           {"sqlite3.h", "store/ledger.cpp"},
           {"sqlite3.h", "store/sqlite.hpp"},
           {"mqtt/async_client.h", "drivers/mqtt/link.hpp"},
           {"MQTTAsync.h", "daemon/app.cpp"},
           {"openssl/ssl.h", "daemon/app.cpp"},
           {"yaml-cpp/yaml.h", "daemon/config.cpp"},
           {"boost/beast.hpp", "daemon/terminal_api.cpp"},
           {"boost/beast/http.hpp", "service/router.cpp"},
           {"boost/asio.hpp", "core/sender.cpp"},
           {"boost/asio/post.hpp", "store/writer.cpp"},
           {"boost/asio/post.hpp", "drivers/mqtt/link.cpp"},
           {"boost/asio/post.hpp", "tillgatectl/main.cpp"},
           {"boost/json.hpp", "core/customer.cpp"},
           {"boost/json/value.hpp", "core/codec.hpp"},
           {"boost/json.hpp", "store/apply_customer.cpp"},
           {"boost/algorithm/string.hpp", "daemon/app.cpp"},
           {"pqxx/pqxx", "headoffice/judge.cpp"},
           {"libpq-fe.h", "headoffice/office.cpp"},
           {"sodium.h", "core/ids.cpp"},
           {"systemd/sd-daemon.h", "daemon/main.cpp"},
           {"unicode/unistr.h", "core/merge.cpp"},
           {"zstd.h", "drivers/mqtt/link.cpp"},
           {"mqtt/async_client.h", "drivers/mqtt/link.cpp"},
           {"tl/expected.hpp", "core/codec.hpp"},
           {"CLI/CLI.hpp", "daemon/main.cpp"},
           {"modbus/modbus.h", "daemon/app.cpp"},
       }) {
    const Complaints found = third_party_doors(File{path, "#include <" + header + ">\n"});
    EXPECT_EQ(found.size(), 1U) << header << " in " << path;
  }
}

TEST(TidyDoors, OpenForTheDoorItself) {
  passes(third_party_doors, "store/sqlite.cpp", "#include <sqlite3.h>\n");
  passes(third_party_doors, "drivers/mqtt/paho_session.cpp", "#include <mqtt/async_client.h>\n");
  passes(third_party_doors, "service/yaml.cpp", "#include <yaml-cpp/parser.h>\n");
  passes(third_party_doors, "service/http_server.cpp", "#include <boost/beast.hpp>\n#include <boost/asio.hpp>\n");
  passes(third_party_doors, "headoffice/database.cpp", "#include <pqxx/pqxx>\n");
  passes(third_party_doors, "core/result.hpp", "#include <tl/expected.hpp>\n#include <string>\n");
  passes(third_party_doors, "tests/store/x_test.cpp", "#include <sqlite3.h>\n");
}

TEST(TidyCore, FindsClocksThreadsAndFiles) {
  finds(core_is_pure, "core/x.cpp", "#include <thread>\n", "core/x.cpp:1: core/ may not include <thread>");
  finds(core_is_pure, "core/x.cpp", "#include <filesystem>\n", "core/x.cpp:1: core/ may not include <filesystem>");
  finds(core_is_pure, "core/x.hpp", "#include <mutex>\n", "core/x.hpp:1: core/ may not include <mutex>");
  finds(core_is_pure, "core/x.cpp", "#include <sys/socket.h>\n", "core/x.cpp:1: core/ may not include <sys/socket.h>");
  finds(core_is_pure, "core/mailbox.hpp", "#include <thread>\n", "core/mailbox.hpp:1: core/ may not include <thread>");
  finds(core_is_pure, "core/x.cpp", "auto t = Clock::now();\n", "core/x.cpp:1: core/ may not use ::now(");
  finds(core_is_pure, "core/x.cpp", "\nusing C = std::chrono::steady_clock;\n", "core/x.cpp:2: core/ may not use steady_clock");
  finds(core_is_pure, "core/x.cpp", "seed(std::random_device{}());\n", "core/x.cpp:1: core/ may not use random_device");
  finds(core_is_pure, "core/x.cpp", "auto t = time(nullptr);\n", "core/x.cpp:1: core/ may not use time(nullptr)");
}

TEST(TidyCore, PassesTheMailboxAndOtherFolders) {
  passes(core_is_pure, "core/mailbox.hpp", "#include <mutex>\n#include <condition_variable>\n");
  passes(core_is_pure, "core/x.cpp",
         "#include <chrono>\nTime now; // never steady_clock::now()\nauto s = \"steady_clock\"; step(now);\n");
  passes(core_is_pure, "service/clock.cpp", "#include <ctime>\nstd::chrono::system_clock::now();\n");
}

TEST(TidySim, FindsTimeChanceAndThreadsFromOutside) {
  finds(sim_is_deterministic, "sim/x.cpp", "#include <thread>\n", "sim/x.cpp:1: sim/ may not include <thread>");
  finds(sim_is_deterministic, "sim/world/x.cpp", "\nauto t = Clock::now();\n", "sim/world/x.cpp:2: sim/ may not use ::now(");
  finds(sim_is_deterministic, "sim/x.cpp", "auto t = mono_now();\n", "sim/x.cpp:1: sim/ may not use mono_now");
  finds(sim_is_deterministic, "sim/x.cpp", "seed(std::random_device{}());\n", "sim/x.cpp:1: sim/ may not use random_device");
  finds(sim_is_deterministic, "sim/x.cpp", "std::uniform_int_distribution<int> d;\n",
        "sim/x.cpp:1: sim/ may not use uniform_int_distribution");
  finds(layering, "sim/world/x.cpp", "#include \"store/store.hpp\"\n",
        "sim/world/x.cpp:1: sim/world/ may not include store/store.hpp");
  passes(sim_is_deterministic, "sim/x.cpp", "stage.now(); random.below(3); // never steady_clock\n");
  passes(sim_is_deterministic, "tests/sim/x.cpp", "auto t = std::chrono::steady_clock::now();\n");
}

TEST(TidyCoAwait, FindsBracedTemporaries) {
  const std::string complaint = "a braced temporary inside co_await (g++ 12 destroys it twice): name it first";
  finds(co_await_trap, "daemon/x.cpp", "co_await f(Options{s, 1});\n", "daemon/x.cpp:1: " + complaint);
  finds(co_await_trap, "daemon/x.cpp", "auto a = co_await f({.host = h});\n", "daemon/x.cpp:1: " + complaint);
  finds(co_await_trap, "daemon/x.cpp", "auto a = co_await f(\n    x,\n    {s});\n", "daemon/x.cpp:3: " + complaint);
  finds(co_await_trap, "daemon/x.cpp", "if (co_await f(std::string{s})) return;\n", "daemon/x.cpp:1: " + complaint);
  finds(co_await_trap, "daemon/x.cpp", "g(co_await f(x), Options{1});\n", "daemon/x.cpp:1: " + complaint);  // lives across it
  finds(co_await_trap, "daemon/x.cpp", "co_await Awaiter{s};\n", "daemon/x.cpp:1: " + complaint);
  finds(co_await_trap, "daemon/x.cpp", "co_await f([&] { return 1; }, Options{s});\n", "daemon/x.cpp:1: " + complaint);
}

TEST(TidyCoAwait, FindsLambdasThatOwn) {
  const std::string complaint = "a lambda that owns what it captures inside co_await (g++ 12 destroys it twice): name it first";
  for (const std::string captures :
       {"s", "=", "&, s", "s = std::move(s)", "&a, b", "this, s", "*this", "executor, &start", "&s = other"}) {
    finds(co_await_trap, "daemon/x.cpp", "co_await f([" + captures + "](auto done) { return g(done); });\n",
          "daemon/x.cpp:1: " + complaint);
  }
  finds(co_await_trap, "daemon/x.cpp", "co_return co_await f(x,\n  [s] { return s; });\n", "daemon/x.cpp:2: " + complaint);
}

TEST(TidyCoAwait, PassesWhatIsSafe) {
  for (const std::string text :
       {"co_await f(options);", "co_await f(std::move(command));",
        "co_await bridge<R>([&](auto done) { return s.submit(c, done); });", "co_await f([] { return Options{1}; });",
        "co_await f([this] { go(); }, x);", "co_await f([&a, &b](auto done) { if (a) { b(); } });",
        "if (co_await f(x)) { g(Options{1}); }", "while (co_await f()) {\n  g({1});\n}",
        "auto x = co_await f(a[i], b[j]); g(Options{1});", "auto [error, bytes] = co_await read(stream, kTuple); g({1});",
        "f([s]() -> awaitable<void> { co_await g(s); });", "// co_await f(Options{1});", "auto t = \"co_await f({})\";",
        "auto executor = co_await this_coro::executor;\nauto x = Options{1};"}) {
    passes(co_await_trap, "daemon/x.cpp", text + "\n");
  }
}

TEST(TidyBans, FindBannedCalls) {
  for (const std::string call :
       {"ASN1_TIME_set(t, 0)", "ASN1_TIME_adj(t, 0, 1, 0)", "X509_cmp_time(a, &t)", "X509_time_adj(a, 0, &t)",
        "sqlite3_exec(db, s, 0, 0, 0)", "using namespace std", "std::rand()", "sprintf(b, f)", "system(c)"}) {
    EXPECT_EQ(banned_calls(File{"daemon/x.cpp", "int i;\n" + call + ";\n"}).size(), 1U) << call;
  }
  EXPECT_EQ(banned_calls(File{"drivers/mqtt/link.cpp", "client.set_callback(cb);\n"}).size(), 1U);
  EXPECT_EQ(banned_calls(File{"tests/x_test.cpp", "using namespace std;\n"}).size(), 1U);
}

TEST(TidyBans, PassTheirNeighbours) {
  for (const std::string call :
       {"ASN1_TIME_set_string(t, s)", "operand()", "my_sqlite3_exec(x)", "using namespace std::chrono_literals",
        "client.set_message_callback(cb)", "gmtime_r(&t, &tm)", "snprintf(b, n, f)", "// system(c)", "s = \"rand()\""}) {
    passes(banned_calls, "daemon/x.cpp", call + ";\n");
  }
  passes(banned_calls, "store/sqlite.cpp", "sqlite3_exec(db, s, 0, 0, 0);\n");
}

TEST(TidySleep, FindsSleepsForLuck) {
  finds(no_sleep_for_luck, "tests/x_test.cpp", "start();\nstd::this_thread::sleep_for(100ms);\ncheck();\n",
        "tests/x_test.cpp:2: a sleep for luck: poll with a deadline, or say why on this line");
  finds(no_sleep_for_luck, "tests/x_test.cpp", "while (go()) {}\n" + std::string(20, '\n') + "usleep(5);\n",
        "tests/x_test.cpp:22: a sleep for luck: poll with a deadline, or say why on this line");
}

TEST(TidySleep, PassesPollingAndReasons) {
  passes(no_sleep_for_luck, "tests/x_test.cpp", "while (!is_done()) std::this_thread::sleep_for(2ms);\n");
  passes(no_sleep_for_luck, "tests/x_test.cpp", "for (;;) {\n  if (done()) break;\n  std::this_thread::sleep_for(2ms);\n}\n");
  passes(no_sleep_for_luck, "tests/x_test.cpp", "std::this_thread::sleep_for(2s);  // the idle limit under test is 1 s\n");
  passes(no_sleep_for_luck, "headoffice/x.cpp", "std::this_thread::sleep_for(2ms);\n");
}

TEST(TidyForm, FindsHeadersWithoutPurposeOrGuard) {
  finds(header_form, "core/x.hpp", "#pragma once\n", "core/x.hpp:1: a header opens with what it is for");
  finds(header_form, "core/x.hpp", "// Things.\nint i;\n", "core/x.hpp:1: no #pragma once");
  finds(header_form, "core/x.hpp", "// Things, with #pragma once.\nint i;\n", "core/x.hpp:1: no #pragma once");
  passes(header_form, "core/x.hpp", "// Things.\n#pragma once\n");
  passes(header_form, "core/x.cpp", "int i;\n");
}

TEST(TidyForm, FindsMarksOfUnfinishedWork) {
  finds(unfinished, "core/x.cpp", std::string("int i;\n// TO") + "DO: more\n", "core/x.cpp:2: a mark of unfinished work");
  passes(unfinished, "core/x.cpp", "// to do this, call g\n");
}

TEST(TidyScanner, BlanksCommentsAndStringsAndKeepsThePlaces) {
  EXPECT_EQ(code_of("a // b\nc /* d\n e */ f", true), "a     \nc     \n      f");
  EXPECT_EQ(code_of("s = \"x // \\\" y\"; t", true), "s = \"         \"; t");
  EXPECT_EQ(code_of("s = \"x // y\"; t // u", false), "s = \"x // y\"; t     ");
  EXPECT_EQ(code_of("n = 1'000; c = '\"'; d", true), "n = 1'000; c = ' '; d");
  EXPECT_EQ(code_of("r = R\"q(a \" ) b)q\"; // c", true), "r = R\"q          \";     ");
}

}  // namespace
}  // namespace tillgate::tidy
