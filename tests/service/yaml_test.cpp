#include "service/yaml.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>

namespace tillgate {
namespace {

using namespace std::chrono_literals;

// A small configuration with one value of every type, as a daemon would read it.
struct Settings {
  std::string store, level;
  std::int64_t port = 0, cache = 0, drawer = 0;
  bool is_compressed = false;
  milliseconds keepalive{};
  std::vector<std::string> hosts;
  std::vector<std::string> printers;
  std::string title;
};

Settings read(YamlFile& file) {
  static constexpr std::array<std::string_view, 3> levels = {"debug", "info", "warn"};
  Settings settings;
  YamlMap root = file.root();
  settings.store = root.name_id("store");
  settings.title = root.text("title", "");
  YamlMap http = root.map("http");
  settings.port = http.integer("port", 8080, 1, 65535);
  settings.hosts = http.texts("hosts", 2);
  http.finish();
  YamlMap uplink = root.map("uplink");
  settings.keepalive = uplink.duration("keepalive", 20s, 1s, 1h);
  settings.is_compressed = uplink.boolean("compressed", true);
  settings.cache = uplink.bytes("cache", 65536, 1024, 1 << 20);
  uplink.finish();
  for (YamlMap& printer : root.maps("printers", 2)) {
    settings.printers.push_back(printer.name_id("name"));
    settings.drawer = printer.integer("drawer", 0, 0, 2);
    printer.finish();
  }
  YamlMap log = root.map("log");
  settings.level = log.choice("level", levels, "info");
  log.finish();
  root.finish();
  return settings;
}

// All complaints about `text`, or what the constructor refused it with.
std::string complaints_about(std::string_view text) {
  try {
    YamlFile file("x.yaml", text);
    read(file);
    file.complain_if_faulty();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

struct Case {
  std::string name, text, complaint;
};
std::ostream& operator<<(std::ostream& out, const Case& one) {
  return out << one.name;
}

class YamlComplaint : public testing::TestWithParam<Case> {};

TEST_P(YamlComplaint, SaysWhereWhatAndWhy) {
  EXPECT_EQ(complaints_about(GetParam().text), GetParam().complaint);
}

const std::string s = "store: s1\n";
const std::string_view nul("store: a\0b\n", 11);

const std::vector<Case> cases = {
    {"Sound", s + "http: {port: 443, hosts: [a, b]}\n", ""},
    {"WindowsLineEndsAreFine", "store: s1\r\nhttp:\r\n  port: 443\r\n", ""},
    {"DocumentMarksAroundOneDocumentAreFine", "---\nstore: s1\n...\n", ""},
    {"NoFinalNewlineIsFine", "store: s1", ""},
    {"EmptyMapAndListAreFine", s + "http: {hosts: []}\nuplink: {}\n", ""},
    // keys
    {"UnknownKey", s + "colour: red\n", "x.yaml:2:1: colour: unknown key"},
    {"UnknownKeyNearAKnownOne", s + "uplink:\n  kepalive: 5s\n",
     "x.yaml:3:3: uplink.kepalive: unknown key; did you mean \"keepalive\"?"},
    {"UnknownKeyWithTwoLettersSwapped", s + "http: {prot: 1}\n", "x.yaml:2:8: http.prot: unknown key; did you mean \"port\"?"},
    {"UnknownKeyInAList", s + "printers:\n  - name: p1\n  - name: p2\n    drawr: 1\n",
     "x.yaml:5:5: printers[1].drawr: unknown key; did you mean \"drawer\"?"},
    {"KeysAreCaseSensitive", s + "Title: x\n", "x.yaml:2:1: Title: unknown key; did you mean \"title\"?"},
    {"UnknownKeyIsShownPrintable", s + "\"a\\nb\\u202e\": 1\n", "x.yaml:2:1: a\\nb\\u{202e}: unknown key"},
    {"UnknownKeyIsShownShort", s + std::string(100, 'k') + ": 1\n", "x.yaml:2:1: " + std::string(61, 'k') + "...: unknown key"},
    {"DuplicateKey", s + "title: a\ntitle: b\n", "x.yaml:3:1: title: this key is written twice; the first is in line 2"},
    {"DuplicateKeyInAFlowMap", s + "http: {port: 1, port: 2}\n",
     "x.yaml:2:17: http.port: this key is written twice; the first is in line 2"},
    {"DuplicateKeyDifferentlyQuoted", s + "\"store\": s2\n",
     "x.yaml:2:1: store: this key is written twice; the first is in line 1"},
    {"MissingRequiredKey", "title: x\n", "x.yaml:1:1: store: this required key is missing; expected a name"},
    {"MissingRequiredKeyInAList", s + "printers: [{drawer: 1}]\n",
     "x.yaml:2:12: printers[0].name: this required key is missing; expected a name"},
    {"ListAsAKey", s + "? [a]\n: 1\n", "x.yaml:2:3: a key must be a single word"},
    {"NothingAsAKey", s + ": 1\n", "x.yaml:2:1: a key must be a single word"},
    {"MergeKey", s + "http:\n  <<: {port: 1}\n", "x.yaml:3:3: http.<<: merge keys (<<) are not allowed; write the keys out"},
    // types
    {"ListForAScalar", s + "http: {port: [1]}\n", "x.yaml:2:14: http.port: expected a whole number, found a list"},
    {"MapForAScalar", s + "title: {a: 1}\n", "x.yaml:2:8: title: expected a text, found a map"},
    {"ScalarForAMap", s + "http: 8080\n", "x.yaml:2:7: http: expected a map, found a single value"},
    {"ListForAMap", s + "log: [level]\n", "x.yaml:2:6: log: expected a map, found a list"},
    {"ScalarForAList", s + "http: {hosts: a}\n", "x.yaml:2:15: http.hosts: expected a list, found a single value"},
    {"MapForAList", s + "printers:\n  name: p1\n", "x.yaml:3:3: printers: expected a list, found a map"},
    {"ScalarInAListOfMaps", s + "printers: [p1]\n", "x.yaml:2:12: printers[0]: expected a map, found a single value"},
    {"MapInAListOfTexts", s + "http: {hosts: [a, {b: 1}]}\n", "x.yaml:2:19: http.hosts[1]: expected a text, found a map"},
    {"TooManyEntries", s + "http: {hosts: [a, b, c]}\n", "x.yaml:2:15: http.hosts: 3 entries; at most 2 are allowed"},
    {"RootIsAList", "- a\n", "x.yaml:1:1: expected a map of keys, found a list"},
    {"RootIsAScalar", "hello\n", "x.yaml:1:1: expected a map of keys, found a single value"},
    // nulls
    {"NullForANumber", s + "http:\n  port:\n", "x.yaml:3:3: http.port: has no value; expected a whole number"},
    {"TildeForAText", s + "title: ~\n", "x.yaml:2:1: title: has no value; expected a text"},
    {"NullForAMap", s + "http:\nlog: {}\n",
     "x.yaml:2:1: http: has no value; expected a map (write {} for an empty one, or leave the key out)"},
    {"NullForAList", s + "printers:\n", "x.yaml:2:1: printers: has no value; write [] for an empty list"},
    {"NullInAList", s + "http: {hosts: [null]}\n", "x.yaml:2:16: http.hosts[0]: has no value; expected a text"},
    // numbers
    {"OctalLookingNumber", s + "http: {port: 0443}\n",
     "x.yaml:2:14: http.port: \"0443\" begins with a zero, which YAML may read as octal; write 443"},
    {"NothingButZeros", s + "http: {port: 00}\n",
     "x.yaml:2:14: http.port: \"00\" begins with a zero, which YAML may read as octal; write 0"},
    {"HexNumber", s + "http: {port: 0x10}\n",
     "x.yaml:2:14: http.port: expected a whole number in plain decimal digits, found \"0x10\""},
    {"NewOctalNumber", s + "http: {port: 0o17}\n",
     "x.yaml:2:14: http.port: expected a whole number in plain decimal digits, found \"0o17\""},
    {"NumberWithUnderscore", s + "http: {port: 1_000}\n",
     "x.yaml:2:14: http.port: expected a whole number in plain decimal digits, found \"1_000\""},
    {"NumberWithExponent", s + "http: {port: 1e3}\n",
     "x.yaml:2:14: http.port: expected a whole number in plain decimal digits, found \"1e3\""},
    {"NumberWithFraction", s + "http: {port: 80.0}\n",
     "x.yaml:2:14: http.port: expected a whole number in plain decimal digits, found \"80.0\""},
    {"NumberWithPlus", s + "http: {port: +80}\n",
     "x.yaml:2:14: http.port: expected a whole number in plain decimal digits, found \"+80\""},
    {"SexagesimalNumber", s + "http: {port: 1:30}\n",
     "x.yaml:2:14: http.port: expected a whole number in plain decimal digits, found \"1:30\""},
    {"QuotedNumber", s + "http: {port: \"80\"}\n",
     "x.yaml:2:14: http.port: expected a whole number, found the quoted text \"80\""},
    {"NumberAboveTheRange", s + "http: {port: 65536}\n",
     "x.yaml:2:14: http.port: 65536 is out of range; allowed is 1 to 65535"},
    {"NumberBelowTheRange", s + "http: {port: -1}\n", "x.yaml:2:14: http.port: -1 is out of range; allowed is 1 to 65535"},
    {"NumberBeyond64Bits", s + "http: {port: 99999999999999999999}\n",
     "x.yaml:2:14: http.port: 99999999999999999999 is out of range; allowed is 1 to 65535"},
    // booleans
    {"OnForABoolean", s + "uplink: {compressed: on}\n", "x.yaml:2:22: uplink.compressed: expected true or false, found \"on\""},
    {"YesForABoolean", s + "uplink: {compressed: yes}\n",
     "x.yaml:2:22: uplink.compressed: expected true or false, found \"yes\""},
    {"CapitalTrue", s + "uplink: {compressed: True}\n",
     "x.yaml:2:22: uplink.compressed: expected true or false, found \"True\""},
    {"QuotedTrue", s + "uplink: {compressed: \"true\"}\n",
     "x.yaml:2:22: uplink.compressed: expected true or false, found the quoted text \"true\""},
    // durations and sizes
    {"BareNumberForADuration", s + "uplink: {keepalive: 30}\n",
     "x.yaml:2:21: uplink.keepalive: a duration needs a unit, such as 500ms, 30s, 5m, 2h or 7d; found \"30\""},
    {"UnknownTimeUnit", s + "uplink: {keepalive: 30sec}\n",
     "x.yaml:2:21: uplink.keepalive: unknown unit \"sec\"; use ms, s, m, h or d"},
    {"TwoTimeUnits", s + "uplink: {keepalive: 1h30m}\n",
     "x.yaml:2:21: uplink.keepalive: a duration is one whole number and one unit without a space, such as 500ms, 30s, 5m, 2h "
     "or 7d; found \"1h30m\""},
    {"FractionalDuration", s + "uplink: {keepalive: 1.5s}\n",
     "x.yaml:2:21: uplink.keepalive: a duration is one whole number and one unit without a space, such as 500ms, 30s, 5m, 2h "
     "or 7d; found \"1.5s\""},
    {"DurationWithASpace", s + "uplink: {keepalive: 5 s}\n",
     "x.yaml:2:21: uplink.keepalive: a duration is one whole number and one unit without a space, such as 500ms, 30s, 5m, 2h "
     "or 7d; found \"5 s\""},
    {"UnitAlone", s + "uplink: {keepalive: s}\n",
     "x.yaml:2:21: uplink.keepalive: a duration is a whole number and a unit, such as 500ms, 30s, 5m, 2h or 7d; found \"s\""},
    {"NegativeDuration", s + "uplink: {keepalive: -5s}\n",
     "x.yaml:2:21: uplink.keepalive: a duration is a whole number and a unit, such as 500ms, 30s, 5m, 2h or 7d; found \"-5s\""},
    {"DurationWithLeadingZero", s + "uplink: {keepalive: 05s}\n",
     "x.yaml:2:21: uplink.keepalive: \"05\" begins with a zero, which YAML may read as octal; write 5"},
    {"DurationOutOfRange", s + "uplink: {keepalive: 2h}\n",
     "x.yaml:2:21: uplink.keepalive: 2h is out of range; allowed is 1s to 1h"},
    {"DurationBeyond64Bits", s + "uplink: {keepalive: 9999999999999999d}\n",
     "x.yaml:2:21: uplink.keepalive: 9999999999999999d is out of range; allowed is 1s to 1h"},
    {"BareNumberForASize", s + "uplink: {cache: 65536}\n",
     "x.yaml:2:17: uplink.cache: a size needs a unit, such as 64B, 256KiB, 16MiB or 4GiB; found \"65536\""},
    {"DecimalSizeUnit", s + "uplink: {cache: 64KB}\n",
     "x.yaml:2:17: uplink.cache: unknown unit \"KB\"; use B, KiB, MiB or GiB"},
    {"SizeOutOfRange", s + "uplink: {cache: 2MiB}\n",
     "x.yaml:2:17: uplink.cache: 2MiB is out of range; allowed is 1KiB to 1MiB"},
    // names and choices
    {"NameWithBadCharacters", "store: Main_Street\n",
     "x.yaml:1:8: store: \"Main_Street\" is no name; a name is 1 to 32 of a-z, 0-9 and -"},
    {"NameWithAWildcard", "store: \"+\"\n", "x.yaml:1:8: store: \"+\" is no name; a name is 1 to 32 of a-z, 0-9 and -"},
    {"EmptyName", "store: \"\"\n", "x.yaml:1:8: store: \"\" is no name; a name is 1 to 32 of a-z, 0-9 and -"},
    {"LongName", "store: " + std::string(33, 'a') + "\n",
     "x.yaml:1:8: store: \"" + std::string(33, 'a') + "\" is no name; a name is 1 to 32 of a-z, 0-9 and -"},
    {"WrongChoice", s + "log: {level: loud}\n", "x.yaml:2:14: log.level: \"loud\" is none of debug, info, warn"},
    {"NearChoice", s + "log: {level: wran}\n",
     "x.yaml:2:14: log.level: \"wran\" is none of debug, info, warn; did you mean \"warn\"?"},
    // what YAML can do and a configuration must not
    {"EmptyFile", "", "x.yaml:1:1: no settings in this file"},
    {"OnlyComments", "# nothing\n", "x.yaml:1:1: no settings in this file"},
    {"OnlyADocumentMark", "---\n", "x.yaml:1:1: no settings in this file"},
    {"SecondDocument", s + "---\nstore: s2\n", "x.yaml:2:1: a second document begins here; a configuration is one document"},
    {"Anchor", s + "title: &t x\n", "x.yaml:2:8: title: anchors (&name) are not allowed; write the value out"},
    {"AnchorOnAMap", s + "http: &h {port: 1}\n", "x.yaml:2:7: http: anchors (&name) are not allowed; write the value out"},
    {"AnchorOnNothing", s + "title: &t\n", "x.yaml:2:8: title: anchors (&name) are not allowed; write the value out"},
    {"AnchorAndAlias", "store: &s s1\ntitle: *s\n",
     "x.yaml:1:8: store: anchors (&name) are not allowed; write the value out\n"
     "x.yaml:2:8: title: aliases (*name) are not allowed; write the value out"},
    {"AliasOfItself", s + "http: &h {hosts: [*h]}\n",
     "x.yaml:2:7: http: anchors (&name) are not allowed; write the value out\n"
     "x.yaml:2:19: http.hosts[0]: aliases (*name) are not allowed; write the value out"},
    {"AliasOfNothing", s + "title: *t\n", "x.yaml:2:8: not valid YAML: the referenced anchor is not defined"},
    {"Tag", s + "title: !secret x\n", "x.yaml:2:8: title: tags (!name) are not allowed; a value has the type its key needs"},
    {"StandardTag", s + "http: {port: !!int \"80\"}\n",
     "x.yaml:2:14: http.port: tags (!name) are not allowed; a value has the type its key needs"},
    {"TagOnAMap", s + "http: !x {port: 1}\n",
     "x.yaml:2:7: http: tags (!name) are not allowed; a value has the type its key needs"},
    {"TabIndentation", s + "http:\n\tport: 1\n", "x.yaml:3:1: a tab in the indentation; use spaces"},
    {"NotYaml", s + "title: [a\n", "x.yaml:3:1: not valid YAML: end of sequence flow not found"},
    {"ColonInAPlainText", s + "title: a: b\n", "x.yaml:2:9: not valid YAML: illegal map value"},
    {"ByteOrderMark", "\xEF\xBB\xBFstore: s1\n", "x.yaml:1:1: begins with a byte order mark; save it as plain UTF-8"},
    {"NotUtf8", s + "title: caf\xE9\n", "x.yaml:2:11: this byte is not UTF-8: \\xe9"},
    {"Utf16", std::string("\xFF\xFEs\0", 4), "x.yaml:1:1: this byte is not UTF-8: \\xff"},
    {"ControlCharacter", s + "title: a\x1b[31m\n", "x.yaml:2:9: a control character: \\x1b"},
    {"NulCharacter", std::string(nul), "x.yaml:1:9: a control character: \\x00"},
    {"ReturnAlone", "store: s1\rtitle: x\n", "x.yaml:1:10: a control character: \\r"},
    {"EscapedControlCharacter", s + "title: \"a\\tb\"\n", "x.yaml:2:8: title: holds a control character: \"a\\tb\""},
    {"ColumnsAreCodePoints", s + "log: {\"\xC3\xA9\": 1, \xC3\xA9\xC3\xA9: 2}\n",
     "x.yaml:2:7: log.\xC3\xA9: unknown key\nx.yaml:2:15: log.\xC3\xA9\xC3\xA9: unknown key"},
    {"SixteenLevels", s + "http: {hosts: " + std::string(14, '[') + std::string(14, ']') + "}\n",
     "x.yaml:2:16: http.hosts[0]: expected a text, found a list"},
    {"SeventeenLevels", s + "a: " + std::string(16, '[') + std::string(16, ']') + "\n",
     "x.yaml:2:19: a[0][0][0][0][0][0][0][0][0][0][0][0][0][0][0]: nested deeper than 16 levels"},
    {"Oversized", s + "# " + std::string(256 * 1024, 'x'), "x.yaml: larger than 256 KiB"},
    // one run tells all, in the order of the file
    {"SeveralFaultsAtOnce", "log: {level: x1}\nstore: S\nhttp: {port: 0, prt: 1}\n",
     "x.yaml:1:14: log.level: \"x1\" is none of debug, info, warn\n"
     "x.yaml:2:8: store: \"S\" is no name; a name is 1 to 32 of a-z, 0-9 and -\n"
     "x.yaml:3:14: http.port: 0 is out of range; allowed is 1 to 65535\n"
     "x.yaml:3:17: http.prt: unknown key; did you mean \"port\"?"},
};
INSTANTIATE_TEST_SUITE_P(Table, YamlComplaint, testing::ValuesIn(cases), [](const auto& param) { return param.param.name; });

TEST(Yaml, GivesWhatIsWrittenAndElseTheDefault) {
  YamlFile file(
      "x.yaml",
      "store: s-1\ntitle: NO\nhttp:\n  port: 443\n  hosts: [till.example, '10']\n"
      "uplink: {keepalive: 90s, compressed: false, cache: 2KiB}\nprinters:\n  - {name: front, drawer: 2}\n  - {name: back}\n");
  const Settings settings = read(file);
  file.complain_if_faulty();
  EXPECT_EQ(settings.store, "s-1");
  EXPECT_EQ(settings.title, "NO");  // as written: nothing guesses that Norway is false
  EXPECT_EQ(settings.port, 443);
  EXPECT_EQ(settings.hosts, (std::vector<std::string>{"till.example", "10"}));
  EXPECT_EQ(settings.keepalive, 90s);
  EXPECT_FALSE(settings.is_compressed);
  EXPECT_EQ(settings.cache, 2048);
  EXPECT_EQ(settings.printers, (std::vector<std::string>{"front", "back"}));
  EXPECT_EQ(settings.level, "info");
}

TEST(Yaml, FallsBackWhereAValueIsFaultySoThatOneRunReportsAll) {
  YamlFile file("x.yaml", "store: s1\nhttp: {port: 0443}\nuplink: {keepalive: 9}\n");
  const Settings settings = read(file);
  EXPECT_EQ(settings.port, 8080);
  EXPECT_EQ(settings.keepalive, 20s);
  EXPECT_EQ(file.complaints().size(), 2U);
  EXPECT_THROW(file.complain_if_faulty(), ConfigError);
}

TEST(Yaml, TakesTheFirstOfTwoEqualKeysAndStillRefusesTheFile) {
  YamlFile file("x.yaml", "store: s1\nstore: s2\n");
  EXPECT_EQ(read(file).store, "s1");
  EXPECT_EQ(file.complaints().size(), 1U);
}

TEST(Yaml, AddsThePlaceToACallersOwnComplaint) {
  YamlFile file("x.yaml", "http:\n  port: 80\n");
  YamlMap http = file.root().map("http");
  http.complain("port", "80 is taken by the shop's own pages");
  http.complain("address", "needed when port is below 1024");
  http.complain("", "not on this machine");
  ASSERT_EQ(file.complaints().size(), 3U);
  EXPECT_EQ(file.complaints()[0], "x.yaml:1:1: http.address: needed when port is below 1024");
  EXPECT_EQ(file.complaints()[1], "x.yaml:1:1: http: not on this machine");
  EXPECT_EQ(file.complaints()[2], "x.yaml:2:9: http.port: 80 is taken by the shop's own pages");
  EXPECT_EQ(http.path(), "http");
}

TEST(Yaml, AsksForRequiredKeysOfAnAbsentMapAtItsParent) {
  YamlFile file("x.yaml", "a: 1\n");
  YamlMap root = file.root();
  static_cast<void>(root.map("store").text("name"));
  ASSERT_EQ(file.complaints().size(), 1U);
  EXPECT_EQ(file.complaints()[0], "x.yaml:1:1: store.name: this required key is missing; expected a text");
}

TEST(Yaml, ComplainsOnceAboutAMapOfTheWrongType) {
  YamlFile file("x.yaml", "store: [s1]\n");
  YamlMap store = file.root().map("store");
  static_cast<void>(store.text("name"));
  static_cast<void>(store.map("inner").integer("number", {}, 1, 2));
  store.finish();
  EXPECT_EQ(file.complaints().size(), 1U);
}

TEST(Yaml, RemembersWhatIsKnownAcrossTwoReadersOfOneMap) {
  YamlFile file("x.yaml", "log: {level: info, file: x}\n");
  YamlMap root = file.root();
  static_cast<void>(root.map("log").text("level"));
  EXPECT_TRUE(root.map("log").has("file"));
  EXPECT_FALSE(root.map("log").has("absent"));
  root.map("log").finish();
  root.map("log").finish();
  root.finish();
  EXPECT_TRUE(file.complaints().empty());
}

TEST(Yaml, StopsCountingFaultsInAHopelessFile) {
  std::string text;
  for (int i = 0; i < 500; ++i) text += "key-number-" + std::to_string(i) + ": 1\n";
  text += "store: s1\n";
  const std::string said = complaints_about(text);
  EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 100);
  EXPECT_TRUE(said.ends_with("\nx.yaml: and 400 more")) << said.substr(said.size() - 80);
}

TEST(Yaml, RefusesMoreValuesThanAnyConfigurationHas) {
  std::string text = "store: s1\nhttp:\n  hosts: [";
  for (int i = 0; i < 20'000; ++i) text += "a,";
  EXPECT_EQ(complaints_about(text + "a]\n"), "x.yaml:3:39997: more than 20000 values; this is no configuration");
}

TEST(Yaml, WritesDurationsAndSizesInTheirShortestExactForm) {
  EXPECT_EQ(duration_text(0ms), "0s");
  EXPECT_EQ(duration_text(1500ms), "1500ms");
  EXPECT_EQ(duration_text(90s), "90s");
  EXPECT_EQ(duration_text(120s), "2m");
  EXPECT_EQ(duration_text(7 * 24h), "7d");
  EXPECT_EQ(bytes_text(0), "0B");
  EXPECT_EQ(bytes_text(1000), "1000B");
  EXPECT_EQ(bytes_text(256 * 1024), "256KiB");
  EXPECT_EQ(bytes_text(4LL << 30), "4GiB");
  EXPECT_EQ(bytes_text(1536 * 1024), "1536KiB");
}

TEST(Yaml, ReadsBackTheDurationsAndSizesThatItWrites) {
  for (const std::int64_t value : {1LL, 999LL, 1000LL, 60'000LL, 3'600'000LL, 86'400'000LL, 86'400'001LL}) {
    YamlFile file("x.yaml", "time: " + duration_text(milliseconds(value)) + "\nsize: " + bytes_text(value) + "\n");
    YamlMap root = file.root();
    EXPECT_EQ(root.duration("time", {}, 0ms, 30 * 24h).count(), value);
    EXPECT_EQ(root.bytes("size", {}, 0, 1LL << 40), value);
    EXPECT_TRUE(file.complaints().empty());
  }
}

// --- files

class YamlFiles : public testing::Test {
 protected:
  YamlFiles() {
    const char* base = std::getenv("TMPDIR");
    folder_ = std::string(base == nullptr ? "/tmp" : base) + "/yaml_test_XXXXXX";
    EXPECT_NE(::mkdtemp(folder_.data()), nullptr);
  }
  ~YamlFiles() override { std::filesystem::remove_all(folder_); }

  std::string write(std::string_view text) {
    const std::string path = folder_ + "/x.yaml";
    std::ofstream(path) << text;
    ::chmod(path.c_str(), 0640);
    return path;
  }
  std::string refusal(const std::string& path) {
    try {
      const YamlFile file{std::filesystem::path(path)};
    } catch (const ConfigError& error) {
      const std::string said = error.what();
      EXPECT_TRUE(said.starts_with(path + ":")) << said;
      return said.substr(path.size());
    }
    return "";
  }
  std::string folder_;
};

TEST_F(YamlFiles, NamesTheFileInEveryComplaint) {
  const std::string path = write("store: s1\ncolour: red\n");
  YamlFile file{std::filesystem::path(path)};
  read(file);
  ASSERT_EQ(file.complaints().size(), 1U);
  EXPECT_EQ(file.complaints()[0], path + ":2:1: colour: unknown key");
}

TEST_F(YamlFiles, RefusesWhatIsNoRegularFile) {
  EXPECT_EQ(refusal(folder_ + "/absent.yaml"), ": cannot be read: No such file or directory");
  EXPECT_EQ(refusal(folder_), ": is not a regular file");
  const std::string fifo = folder_ + "/fifo.yaml";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  EXPECT_EQ(refusal(fifo), ": is not a regular file");  // and does not wait for a writer
}

TEST_F(YamlFiles, RefusesAFileThatEverybodyMayWrite) {
  const std::string path = write("store: s1\n");
  ::chmod(path.c_str(), 0646);
  EXPECT_EQ(refusal(path), ": can be written by everybody; chmod o-w it");
}

TEST_F(YamlFiles, ReadsUpToItsSizeAndNoFurther) {
  const std::string head = "store: s1\n# ";
  EXPECT_EQ(refusal(write(head + std::string(256 * 1024 - head.size(), 'x'))), "");
  EXPECT_EQ(refusal(write(head + std::string(256 * 1024 - head.size() + 1, 'x'))), ": larger than 256 KiB");
}

}  // namespace
}  // namespace tillgate
