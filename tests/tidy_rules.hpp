// The rules of docs/architecture.md that a compiler does not hold: who may include whom, each library behind its door, what core
// may not touch, and traps of this toolchain. Every rule is a function from a file's path and text to complaints, so that
// tidy_test.cpp can plant offences as strings.
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <map>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

namespace tillgate::tidy {

struct File {
  std::string path;  // from the root of the tree: "core/hlc.cpp"
  std::string text;
};
using Complaints = std::vector<std::string>;

inline std::string folder_of(std::string_view path) {
  return std::string(path.substr(0, std::min(path.find('/'), path.size())));
}
inline bool is_test(std::string_view path) {
  return path.starts_with("tests/") || path.starts_with("bench/");
}
inline bool is_header(std::string_view path) {
  return path.ends_with(".hpp");
}

// Compiled once per pattern: there are thousands of lines.
inline const std::regex& compiled(std::string_view pattern) {
  static std::map<std::string, std::regex, std::less<>> known;
  auto found = known.find(pattern);
  if (found == known.end()) found = known.emplace(std::string(pattern), std::regex(std::string(pattern))).first;
  return found->second;
}

inline std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines(1);
  for (const char c : text) {
    if (c == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += c;
    }
  }
  return lines;
}

inline std::string at(const File& file, std::size_t line, std::string_view sentence) {
  return file.path + ':' + std::to_string(line) + ": " + std::string(sentence);
}

inline std::size_t line_at(std::string_view text, std::size_t offset) {
  return 1 + static_cast<std::size_t>(std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(offset), '\n'));
}

// The same text, same length and lines, with comments blanked; with `blank_strings`, the insides of literals too.
inline std::string code_of(const std::string& text, bool blank_strings) {
  std::string out = text;
  const auto blank = [&](std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to && i < out.size(); ++i) {
      if (out[i] != '\n') out[i] = ' ';
    }
  };
  const auto past = [&](std::string_view mark, std::size_t from) {
    const std::size_t found = text.find(mark, from);
    return found == std::string::npos ? text.size() : found + mark.size();
  };
  std::size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    const char next = i + 1 < text.size() ? text[i + 1] : '\0';
    const bool follows_word = i > 0 && (std::isalnum(static_cast<unsigned char>(text[i - 1])) != 0 || text[i - 1] == '_');
    std::size_t end = i + 1;
    if (c == '/' && next == '/') {
      end = std::min(text.find('\n', i), text.size());
      blank(i, end);
    } else if (c == '/' && next == '*') {
      end = past("*/", i + 2);
      blank(i, end);
    } else if (c == 'R' && next == '"' && !follows_word) {
      const std::size_t open = text.find('(', i);
      if (open == std::string::npos) return out;
      end = past(')' + text.substr(i + 2, open - i - 2) + '"', open);
      if (blank_strings) blank(open, end - 1);
    } else if (c == '"' || (c == '\'' && !follows_word)) {  // 1'000 holds no character
      while (end < text.size() && text[end] != c && text[end] != '\n') end += text[end] == '\\' ? 2 : 1;
      if (blank_strings) blank(i + 1, end);
      ++end;
    }
    i = end;
  }
  return out;
}

struct Include {
  std::size_t line;
  std::string name;
  bool is_ours;  // in quotes
};
inline std::vector<Include> includes_of(const File& file) {
  static const std::regex pattern(R"rx(^\s*#\s*include\s*([<"])([^>"]+)[>"])rx");
  std::vector<Include> found;
  const std::vector<std::string> lines = lines_of(code_of(file.text, false));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, pattern)) found.push_back(Include{i + 1, match[2], match[1] == "\""});
  }
  return found;
}

// --- who may include whom

struct Layer {
  std::string_view folder;
  std::vector<std::string_view> may_include;  // beginnings of paths
};
inline const std::vector<Layer>& layers() {
  static const std::vector<Layer> table = {
      {"core", {"core/"}},
      {"store", {"store/", "core/"}},
      {"drivers", {"drivers/", "core/"}},
      {"service", {"service/", "core/"}},
      {"daemon", {"daemon/", "core/", "store/", "drivers/", "service/"}},
      {"headoffice", {"headoffice/", "core/", "service/", "drivers/mqtt/", "drivers/driver.hpp"}},
      {"tillgatectl", {"tillgatectl/", "core/", "service/", "store/offline_", "store/key_files"}},
      {"sim", {"sim/", "core/", "store/", "drivers/", "service/"}},
      {"sim/world", {"sim/world/", "core/"}},  // runs wherever core does
  };
  return table;
}

inline Complaints layering(const File& file) {
  Complaints complaints;
  const std::string folder = file.path.starts_with("sim/world/") ? "sim/world" : folder_of(file.path);
  const auto layer = std::find_if(layers().begin(), layers().end(), [&](const Layer& one) { return one.folder == folder; });
  if (layer == layers().end()) return complaints;  // tests and bench may include anything
  for (const Include& include : includes_of(file)) {
    if (!include.is_ours) continue;
    const bool is_allowed = std::any_of(layer->may_include.begin(), layer->may_include.end(),
                                        [&](std::string_view start) { return include.name.starts_with(start); });
    if (!is_allowed) complaints.push_back(at(file, include.line, folder + "/ may not include " + include.name));
  }
  return complaints;
}

// --- each library behind its door

struct Door {
  std::string_view header;     // regular expression over the name between the angle brackets
  std::string_view may_enter;  // regular expression over the path of the including file
};
inline const std::vector<Door>& doors() {
  static const std::vector<Door> table = {
      {"sqlite3.*", "store/(sqlite|page_copy)\\.cpp|sim/crash_vfs\\.cpp"},
      {"(mqtt/|MQTT).*", "drivers/mqtt/paho_session\\.cpp"},
      {"openssl/.*", "drivers/mqtt/diagnose\\.cpp|service/.*"},
      {"yaml-cpp/.*", "service/yaml\\.cpp"},
      {"boost/beast.*", "service/(http_server|http_session|http_client|asio)\\.[ch]pp"},
      {"boost/asio.*", "(service|daemon|headoffice|sim)/.*"},
      {"boost/json.*",
       "core/(json|codec|change|message)\\.cpp|service/problem\\.cpp|drivers/pos/.*|(daemon|headoffice|tillgatectl|sim)/.*"},
      {"boost/core/demangle\\.hpp", "service/router\\.cpp"},
      {"boost/.*", ""},
      {"(pqxx|libpq|postgres).*", "headoffice/database\\.cpp"},
      {"sodium.*", "core/bytes\\.cpp|store/(seal|backup_cipher)\\.cpp"},
      {"systemd/.*", "service/watchdog\\.cpp"},
      {"unicode/.*", "core/(customer|fold|typed_text)\\.cpp"},
      {"(zstd|zdict).*", "core/codec\\.cpp"},
      {"tl/.*", "core/result\\.hpp"},
      {"CLI/.*", "tillgatectl/.*|headoffice/cli\\.cpp"},
      {"modbus.*", "drivers/modbus/bus\\.cpp"},
  };
  return table;
}

inline Complaints third_party_doors(const File& file) {
  Complaints complaints;
  if (is_test(file.path)) return complaints;
  for (const Include& include : includes_of(file)) {
    // The first line that fits decides, so that the rest of Boost has a last line that nobody passes.
    for (const Door& door : doors()) {
      if (!std::regex_match(include.name, compiled(door.header))) continue;
      if (!std::regex_match(file.path, compiled(door.may_enter))) {
        complaints.push_back(
            at(file, include.line, "<" + include.name + "> belongs behind its door, " + std::string(door.may_enter)));
      }
      break;
    }
  }
  return complaints;
}

// --- what core may not touch: it has no clock, thread, file or socket; and sim no time and chance but its own

inline Complaints core_is_pure(const File& file) {
  Complaints complaints;
  if (folder_of(file.path) != "core") return complaints;
  static const std::regex machine(
      "thread|filesystem|fstream|future|semaphore|latch|barrier|stop_token|unistd\\.h|fcntl\\.h|time\\.h|ctime|poll\\.h|"
      "pthread\\.h|"
      "netdb\\.h|(sys|net|netinet|arpa)/.*");
  static const std::regex locks("mutex|condition_variable|shared_mutex");
  for (const Include& include : includes_of(file)) {
    const bool is_lock = std::regex_match(include.name, locks) && file.path != "core/mailbox.hpp";
    if (is_lock || std::regex_match(include.name, machine))
      complaints.push_back(at(file, include.line, "core/ may not include <" + include.name + ">"));
  }
  static const std::regex calls(
      "\\b(system_clock|steady_clock|high_resolution_clock|utc_clock)\\b|::now\\s*\\(|\\b(clock_gettime|gettimeofday|getrandom|"
      "getenv|"
      "random_device|fopen|ifstream|ofstream)\\b|\\btime\\s*\\(\\s*(nullptr|NULL|0)\\s*\\)");
  const std::vector<std::string> lines = lines_of(code_of(file.text, true));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, calls)) complaints.push_back(at(file, i + 1, "core/ may not use " + match[0].str()));
  }
  return complaints;
}

// A seed replays exactly only where nothing comes from outside and nothing depends on a scheduler or on addresses. The crash
// disk serves threads, too, and has a lock; it starts none.
inline Complaints sim_is_deterministic(const File& file) {
  Complaints complaints;
  if (folder_of(file.path) != "sim") return complaints;
  static const std::regex machine("thread|future|semaphore|latch|barrier|stop_token|ctime|time\\.h|sys/time\\.h|pthread\\.h");
  for (const Include& include : includes_of(file))
    if (std::regex_match(include.name, machine))
      complaints.push_back(at(file, include.line, "sim/ may not include <" + include.name + ">"));
  static const std::regex calls(
      "\\b(system_clock|steady_clock|high_resolution_clock|utc_clock|random_device|default_random_engine|uniform_int_"
      "distribution|"
      "uniform_real_distribution|normal_distribution)\\b|::now\\s*\\(|\\b(clock_gettime|gettimeofday|getrandom|mono_now|utc_"
      "now)\\b|"
      "\\b(time)\\s*\\(\\s*(nullptr|NULL|0)\\s*\\)|\\b(sleep_for|sleep_until)\\b|\\bstd::(thread|jthread|async)\\b");
  const std::vector<std::string> lines = lines_of(code_of(file.text, true));
  for (std::size_t i = 0; i < lines.size(); ++i) {
    std::smatch match;
    if (std::regex_search(lines[i], match, calls)) complaints.push_back(at(file, i + 1, "sim/ may not use " + match[0].str()));
  }
  return complaints;
}

// --- g++ 12 destroys two kinds of temporaries twice inside a co_await expression: braced aggregates and lambdas that own

// The end of the bracketed text that begins at `open`, one past its closing bracket.
inline std::size_t past_bracket(std::string_view code, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < code.size(); ++i) {
    if (code[i] == '(' || code[i] == '[' || code[i] == '{') ++depth;
    if ((code[i] == ')' || code[i] == ']' || code[i] == '}') && --depth == 0) return i + 1;
  }
  return code.size();
}

inline bool is_owning_capture(std::string_view captures) {
  static const std::regex harmless(R"(\s*(&|(&\s*\w+|this)(\s*,\s*(&\s*\w+|this))*)?\s*)");
  return !std::regex_match(captures.begin(), captures.end(), harmless);
}

inline Complaints co_await_trap(const File& file) {
  Complaints complaints;
  const std::string code = code_of(file.text, true);
  constexpr std::string_view keyword = "co_await";
  for (std::size_t start = code.find(keyword); start != std::string::npos; start = code.find(keyword, start + 1)) {
    char before = ' ';  // the last character of the expression that is not a space
    int depth = 0;      // of brackets opened since co_await; one more closed ends the expression
    for (std::size_t i = start + keyword.size(); i < code.size();) {
      const char c = code[i];
      if (c == '(') ++depth;
      if (c == ')' && --depth < 0) break;
      if (c == ';' || c == '}') break;
      const bool begins_operand = std::string_view("(,=&|?:{ ").find(before) != std::string_view::npos;
      if (c == '[' && begins_operand) {
        const std::size_t end = past_bracket(code, i);
        if (is_owning_capture(std::string_view(code).substr(i + 1, end - i - 2))) {
          complaints.push_back(
              at(file, line_at(code, i),
                 "a lambda that owns what it captures inside co_await (g++ 12 destroys it twice): name it first"));
        }
        const std::size_t body = code.find('{', end);  // a lambda's own braces are no temporary
        if (body == std::string::npos) break;
        i = past_bracket(code, body);
        before = '}';
        continue;
      }
      if (c == '{') {
        complaints.push_back(
            at(file, line_at(code, i), "a braced temporary inside co_await (g++ 12 destroys it twice): name it first"));
        i = past_bracket(code, i);
        before = '}';
        continue;
      }
      if (std::isspace(static_cast<unsigned char>(c)) == 0) before = c;
      ++i;
    }
  }
  return complaints;
}

// --- words that have no place

struct Ban {
  std::string_view pattern, reason;
  std::string_view only_in, except_in;  // regular expressions over paths
};
inline const std::vector<Ban>& bans() {
  static const std::vector<Ban> table = {
      {"\\b(ASN1_TIME_set|ASN1_TIME_adj|X509_cmp_time|X509_cmp_current_time|X509_time_adj|X509_time_adj_ex|X509_gmtime_adj)\\s*"
       "\\(",
       "time_t does not cross a library boundary (32 bits on armhf); use ASN1_TIME_set_string", ".*", "tests/.*"},
      {"\\bsqlite3_exec\\s*\\(", "only scripts of our own migrations run unprepared", ".*",
       "store/(sqlite|migrate)\\.cpp|tests/.*"},
      {"\\busing\\s+namespace\\s+std\\s*;", "names come with their origin", ".*", ""},
      {"\\b(strcpy|strcat|sprintf|gets|system|popen|tmpnam|mktemp|rand|srand|strtok|localtime|gmtime)\\s*\\(",
       "has no bound, or state that threads share", ".*", "tests/.*"},
      {"\\bset_callback\\s*\\(", "inverts locks in paho: set_message_callback and the two handlers", "drivers/mqtt/.*", ""},
      {"\\bMODBUS_ERROR_RECOVERY_LINK\\b", "a read can hang for ever once the slave is gone", ".*", ""},
  };
  return table;
}

inline Complaints banned_calls(const File& file) {
  Complaints complaints;
  const std::vector<std::string> lines = lines_of(code_of(file.text, true));
  for (const Ban& ban : bans()) {
    if (!std::regex_match(file.path, compiled(ban.only_in))) continue;
    if (std::regex_match(file.path, compiled(ban.except_in))) continue;
    const std::regex& pattern = compiled(ban.pattern);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::smatch match;
      if (std::regex_search(lines[i], match, pattern))
        complaints.push_back(at(file, i + 1, match[0].str() + ": " + std::string(ban.reason)));
    }
  }
  return complaints;
}

// A sleep in a test belongs into a loop that looks whether it is time; any other needs its reason on the same line.
inline Complaints no_sleep_for_luck(const File& file) {
  Complaints complaints;
  if (!is_test(file.path)) return complaints;
  const std::vector<std::string> code = lines_of(code_of(file.text, true));
  const std::vector<std::string> full = lines_of(file.text);
  static const std::regex sleep("\\b(sleep_for|sleep_until|usleep|nanosleep)\\s*\\(");
  static const std::regex loop("\\b(for|while)\\s*\\(|\\bdo\\b");
  constexpr std::size_t lines_to_loop_max = 10;
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (!std::regex_search(code[i], sleep)) continue;
    bool is_excused = full[i].find("//") != std::string::npos;
    for (std::size_t j = i - std::min(i, lines_to_loop_max); j <= i; ++j)
      is_excused = is_excused || std::regex_search(code[j], loop);
    if (!is_excused) complaints.push_back(at(file, i + 1, "a sleep for luck: poll with a deadline, or say why on this line"));
  }
  return complaints;
}

inline Complaints unfinished(const File& file) {
  Complaints complaints;
  static const std::regex mark(std::string("\\b(TO") + "DO|FIX" + "ME|X" + "XX)\\b");
  const std::vector<std::string> lines = lines_of(file.text);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (std::regex_search(lines[i], mark)) complaints.push_back(at(file, i + 1, "a mark of unfinished work"));
  }
  return complaints;
}

// --- headers are contracts

inline Complaints header_form(const File& file) {
  Complaints complaints;
  if (!is_header(file.path)) return complaints;
  if (!file.text.starts_with("// ")) complaints.push_back(at(file, 1, "a header opens with what it is for"));
  if (code_of(file.text, true).find("#pragma once") == std::string::npos) complaints.push_back(at(file, 1, "no #pragma once"));
  return complaints;
}

// Two types of one name in one namespace are one type to the linker, which keeps the functions of either: no compiler complains,
// and what runs is a matter of luck. Head office's own types meet nobody else's (the layers say so), nor do those of two tests.
inline Complaints one_name_one_type(const std::vector<File>& files) {
  Complaints out;
  std::map<std::string, std::string> defined;  // namespace::type -> where
  for (const File& file : files) {
    if (!is_header(file.path) || is_test(file.path)) continue;
    const std::string apart = folder_of(file.path) == "headoffice" ? "head office's " : "";
    std::vector<std::string> spaces;
    const auto raw = lines_of(file.text), lines = lines_of(code_of(file.text, true));
    for (std::size_t i = 0; i < lines.size(); ++i) {
      std::smatch match;
      if (std::regex_search(lines[i], match, compiled(R"(^namespace ([\w:]+) \{)"))) spaces.push_back(match[1]);
      // Only the comment tells it from the end of a function.
      if (raw[i].starts_with("}  // namespace") && !spaces.empty()) spaces.pop_back();
      if (!std::regex_search(lines[i], match, compiled(R"(^(?:class|struct|enum class) (\w+) [^;]*\{)"))) continue;
      std::string name;
      for (const std::string& space : spaces) name += space + "::";
      const auto [first, is_new] = defined.emplace(apart + name + match[1].str(), file.path);
      if (!is_new) out.push_back(at(file, i + 1, first->first + " is another type in " + first->second));
    }
  }
  return out;
}

inline Complaints all_rules(const File& file) {
  Complaints all;
  for (auto* rule : {layering, third_party_doors, core_is_pure, sim_is_deterministic, co_await_trap, banned_calls,
                     no_sleep_for_luck, unfinished, header_form}) {
    const Complaints found = rule(file);
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

}  // namespace tillgate::tidy
