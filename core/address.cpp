#include "core/address.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "core/fold.hpp"

namespace tillgate {

namespace {

// USPS Publication 28, appendix C: street suffixes and directions, the common ones with their usual misspellings.
constexpr std::pair<std::string_view, std::string_view> kShort[] = {
    {"alley", "aly"},    {"avenue", "ave"},     {"av", "ave"},          {"aven", "ave"},      {"avenu", "ave"},
    {"beach", "bch"},    {"boulevard", "blvd"}, {"boul", "blvd"},       {"bridge", "brg"},    {"brook", "brk"},
    {"bypass", "byp"},   {"canyon", "cyn"},     {"causeway", "cswy"},   {"center", "ctr"},    {"centre", "ctr"},
    {"circle", "cir"},   {"circ", "cir"},       {"circuit", "cct"},     {"close", "cl"},      {"corner", "cor"},
    {"court", "ct"},     {"courts", "cts"},     {"cove", "cv"},         {"creek", "crk"},     {"crescent", "cres"},
    {"cresent", "cres"}, {"crossing", "xing"},  {"drive", "dr"},        {"drv", "dr"},        {"east", "e"},
    {"estate", "est"},   {"estates", "ests"},   {"expressway", "expy"}, {"extension", "ext"}, {"forest", "frst"},
    {"fort", "ft"},      {"freeway", "fwy"},    {"garden", "gdn"},      {"gardens", "gdns"},  {"gateway", "gtwy"},
    {"glen", "gln"},     {"green", "grn"},      {"grove", "grv"},       {"harbor", "hbr"},    {"harbour", "hbr"},
    {"heights", "hts"},  {"highway", "hwy"},    {"hill", "hl"},         {"hills", "hls"},     {"hollow", "holw"},
    {"island", "is"},    {"junction", "jct"},   {"lake", "lk"},         {"lakes", "lks"},     {"landing", "lndg"},
    {"lane", "ln"},      {"lodge", "ldg"},      {"manor", "mnr"},       {"meadow", "mdw"},    {"meadows", "mdws"},
    {"mill", "ml"},      {"mount", "mt"},       {"mountain", "mtn"},    {"north", "n"},       {"northeast", "ne"},
    {"northwest", "nw"}, {"orchard", "orch"},   {"parkway", "pkwy"},    {"pkway", "pkwy"},    {"place", "pl"},
    {"plaza", "plz"},    {"point", "pt"},       {"ranch", "rnch"},      {"ridge", "rdg"},     {"river", "riv"},
    {"road", "rd"},      {"route", "rte"},      {"saint", "st"},        {"shore", "shr"},     {"south", "s"},
    {"southeast", "se"}, {"southwest", "sw"},   {"spring", "spg"},      {"springs", "spgs"},  {"square", "sq"},
    {"station", "sta"},  {"strasse", "str"},    {"street", "st"},       {"str", "st"},        {"strt", "st"},
    {"summit", "smt"},   {"terrace", "ter"},    {"terr", "ter"},        {"trail", "trl"},     {"turnpike", "tpke"},
    {"valley", "vly"},   {"view", "vw"},        {"village", "vlg"},     {"vista", "vis"},     {"west", "w"},
};
constexpr std::array<std::pair<std::string_view, std::string_view>, 51> kStates{{
    {"alabama", "al"},        {"alaska", "ak"},         {"arizona", "az"},
    {"arkansas", "ar"},       {"california", "ca"},     {"colorado", "co"},
    {"connecticut", "ct"},    {"delaware", "de"},       {"district of columbia", "dc"},
    {"florida", "fl"},        {"georgia", "ga"},        {"hawaii", "hi"},
    {"idaho", "id"},          {"illinois", "il"},       {"indiana", "in"},
    {"iowa", "ia"},           {"kansas", "ks"},         {"kentucky", "ky"},
    {"louisiana", "la"},      {"maine", "me"},          {"maryland", "md"},
    {"massachusetts", "ma"},  {"michigan", "mi"},       {"minnesota", "mn"},
    {"mississippi", "ms"},    {"missouri", "mo"},       {"montana", "mt"},
    {"nebraska", "ne"},       {"nevada", "nv"},         {"new hampshire", "nh"},
    {"new jersey", "nj"},     {"new mexico", "nm"},     {"new york", "ny"},
    {"north carolina", "nc"}, {"north dakota", "nd"},   {"ohio", "oh"},
    {"oklahoma", "ok"},       {"oregon", "or"},         {"pennsylvania", "pa"},
    {"rhode island", "ri"},   {"south carolina", "sc"}, {"south dakota", "sd"},
    {"tennessee", "tn"},      {"texas", "tx"},          {"utah", "ut"},
    {"vermont", "vt"},        {"virginia", "va"},       {"washington", "wa"},
    {"west virginia", "wv"},  {"wisconsin", "wi"},      {"wyoming", "wy"},
}};
constexpr std::array<std::string_view, 12> kUnitWords{"apartment", "apt",  "bldg", "floor", "fl",   "lot",
                                                      "rm",        "room", "ste",  "suite", "unit", "no"};

std::string_view shortened(std::string_view word) {
  for (const auto& [full, brief] : kShort) {
    if (full == word) return brief;
  }
  return word;
}

std::vector<std::string> words_of(std::string_view line) {
  std::vector<std::string> words(1);
  for (const char c : folded(line)) {
    const bool is_kept = (static_cast<unsigned char>(c) & 0x80U) != 0 || is_letter_or_digit(static_cast<char32_t>(c));
    if (is_kept) {
      words.back() += c;
    } else if (c == '#') {
      words.emplace_back("#");
      words.emplace_back();
    } else if (c != '\'' && c != '.' && !words.back().empty()) {  // "o'hara", "p.o."
      words.emplace_back();
    }
  }
  std::erase(words, std::string());
  return words;
}

bool begins_with_digit(std::string_view word) {
  return !word.empty() && word[0] >= '0' && word[0] <= '9';
}
bool is_unit_word(std::string_view word) {
  return word == "#" || std::find(kUnitWords.begin(), kUnitWords.end(), word) != kUnitWords.end();
}

// Takes "apt 4" out of the words.
void take_unit(std::vector<std::string>& words, std::string& unit) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!is_unit_word(words[i])) continue;
    const bool has_value =
        i + 1 < words.size() && (words[i] == "#" || begins_with_digit(words[i + 1]) || words[i + 1].size() == 1);
    if (!has_value) continue;
    if (unit.empty()) unit = words[i + 1];
    words.erase(words.begin() + static_cast<std::ptrdiff_t>(i), words.begin() + static_cast<std::ptrdiff_t>(i) + 2);
    --i;
  }
  std::erase(words, "#");
}

std::u32string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += shortened(word);
  return code_points(text).substr(0, 48);
}

std::u32string letters_of(std::string_view raw) {
  std::u32string out;
  for (const char32_t c : code_points(folded(raw))) {
    if (is_letter_or_digit(c)) out += c;
  }
  return out.substr(0, 48);
}

}  // namespace

std::string postal_code_form(std::string_view raw, std::string_view country) {
  std::string code;
  for (const char c : folded(raw)) {
    if (is_letter_or_digit(static_cast<char32_t>(static_cast<unsigned char>(c)))) code += c;
  }
  const bool is_digits = code.find_first_not_of("0123456789") == std::string::npos;
  if ((country.empty() || country == "US") && is_digits && code.size() >= 5) code.resize(5);
  if (!code.empty() && code.find_first_not_of(code[0]) == std::string::npos && (code[0] == '0' || code[0] == '9'))
    code.clear();  // 00000, 99999
  return code;
}

std::string region_form(std::string_view raw, std::string_view country) {
  std::string region = folded(raw);
  if (!country.empty() && country != "US") return region;
  for (const auto& [name, code] : kStates) {
    if (region == name) return std::string(code);
  }
  return region;
}

AddressForm address_form(const Customer& customer) {
  AddressForm form;
  auto first = words_of(customer.text(Field::address_street1));
  auto second = words_of(customer.text(Field::address_street2));
  take_unit(first, form.unit);
  take_unit(second, form.unit);
  if (!first.empty() && begins_with_digit(first[0])) {
    form.number = first[0];
    first.erase(first.begin());
  } else if (first.size() > 2 && first[0] == "po" && first[1] == "box") {
    form.number = first[2];
    first.resize(2);
  }
  // A number alone on the second line is a flat.
  if (form.unit.empty() && second.size() == 1 && begins_with_digit(second[0])) {
    form.unit = second[0];
    second.clear();
  }
  form.street = joined(first);
  form.second = joined(second);
  form.city = letters_of(customer.text(Field::address_city));
  form.region = region_form(customer.text(Field::address_region), customer.text(Field::address_country));
  form.postal_code = postal_code_form(customer.text(Field::address_postal_code), customer.text(Field::address_country));
  return form;
}

}  // namespace tillgate
