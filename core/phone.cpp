#include "core/phone.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "core/fold.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kE164DigitsMax = 15;
constexpr std::size_t kNationalDigitsMin = 4;
constexpr std::size_t kExtensionDigitsMax = 7;

// Assigned country calling codes (ITU-T E.164); 1 and 7 have one digit. The rest have three and begin with one of kThreeDigitTens.
constexpr std::array<std::uint16_t, 44> kTwoDigitCodes{20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46,
                                                       47, 48, 49, 51, 52, 53, 54, 55, 56, 57, 58, 60, 61, 62, 63,
                                                       64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98};
constexpr std::array<std::uint16_t, 23> kThreeDigitTens{21, 22, 23, 24, 25, 26, 29, 35, 37, 38, 42, 50,
                                                        59, 67, 68, 69, 80, 85, 87, 88, 96, 97, 99};
constexpr std::array<std::uint16_t, 53> kUnassigned{210, 214, 215, 217, 219, 259, 292, 293, 294, 295, 296, 384, 388, 422,
                                                    424, 425, 426, 427, 428, 429, 671, 684, 693, 694, 695, 696, 697, 698,
                                                    699, 801, 802, 803, 804, 805, 806, 807, 809, 851, 854, 857, 858, 859,
                                                    871, 872, 873, 874, 884, 885, 887, 889, 969, 990, 999};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <class Table>
bool holds(const Table& table, std::uint16_t code) {
  return std::find(table.begin(), table.end(), code) != table.end();
}

// How many digits of `digits` are the country code; 0: none that is assigned.
std::size_t country_code_digits(std::string_view digits) {
  if (digits.size() < 3) return 0;
  const auto number = [&](std::size_t count) {
    std::uint16_t value = 0;
    for (const char c : digits.substr(0, count)) value = static_cast<std::uint16_t>(value * 10 + (c - '0'));
    return value;
  };
  if (digits[0] == '1' || digits[0] == '7') return 1;
  if (holds(kTwoDigitCodes, number(2))) return 2;
  return holds(kThreeDigitTens, number(2)) && !holds(kUnassigned, number(3)) ? 3 : 0;
}

struct Parts {
  std::string digits;
  std::string extension;
  bool is_international = false;
};

std::optional<Parts> split(std::string_view raw) {
  const std::string text = folded(raw);
  Parts parts;
  std::size_t i = 0;
  if (text.starts_with("tel:")) i = 4;
  bool is_in_extension = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      (is_in_extension ? parts.extension : parts.digits) += c;
    } else if (c == '+' && parts.digits.empty() && !parts.is_international) {
      parts.is_international = true;
    } else if ((c == 'x' || c == 'e' || c == '#' || c == ';' || c == ',') && !parts.digits.empty() && !is_in_extension) {
      is_in_extension = true;
    } else if (is_in_extension ? std::string_view("xtension.:=# -").find(c) == std::string_view::npos
                               : std::string_view("-(). /").find(c) == std::string_view::npos) {
      return std::nullopt;
    }
  }
  if (parts.extension.size() > kExtensionDigitsMax) return std::nullopt;
  return parts;
}

// Area code and exchange are [2-9]XX; of area codes N11 are services and N9X is kept for longer numbers one day.
PhoneClass north_american(std::string_view ten) {
  const bool has_form = ten[0] >= '2' && ten[3] >= '2';
  if (!has_form) return PhoneClass::possible;
  const bool is_service = ten[1] == '1' && ten[2] == '1';
  return is_service || ten[1] == '9' ? PhoneClass::possible : PhoneClass::valid;
}

bool is_one_digit(std::string_view digits) {
  return digits.find_first_not_of(digits[0]) == std::string_view::npos;
}

bool is_run(std::string_view digits) {
  for (std::size_t i = 1; i < digits.size(); ++i) {
    if ((digits[i] - '0') != (digits[i - 1] - '0' + 1) % 10) return false;
  }
  return true;
}

bool is_north_american_placeholder(std::string_view ten) {
  const std::string_view local = ten.substr(3);
  const bool is_fiction = local.starts_with("55501");  // 555-0100 to 555-0199 are kept for stories
  return is_fiction || local == "5551212" || is_one_digit(ten) || is_one_digit(local) || is_run(ten) || local == "1234567";
}

// Country code first, without what one dials before it; empty: not enough to tell.
std::string international_digits(const Parts& parts) {
  const std::string& digits = parts.digits;
  if (parts.is_international) return digits;
  // "011" is how a North American dials abroad, "00" how most others do.
  const std::size_t prefix = digits.starts_with("011") ? 3 : digits.starts_with("00") ? 2 : 0;
  if (prefix > 0 && digits.size() >= prefix + 9 && !is_one_digit(digits)) return digits.substr(prefix);
  if (digits.size() == 10) return '1' + digits;
  return digits.size() == 11 && digits[0] == '1' ? digits : std::string();
}

}  // namespace

PhoneForm phone_form(std::string_view raw) {
  PhoneForm form;
  const auto parts = split(raw);
  if (!parts || parts->digits.empty()) return form;
  std::string digits = international_digits(*parts);
  if (digits.empty() || digits.size() > kE164DigitsMax + 1 || digits[0] == '0') return form;
  const std::size_t code = country_code_digits(digits);
  if (code == 0) return form;
  // In these countries a 0 is part of the number; elsewhere, as in "+44 (0)20", it is how one dials at home.
  static constexpr std::array<std::string_view, 6> zero_countries{"39", "378", "379", "225", "241", "242"};
  const bool keeps_zero =
      std::find(zero_countries.begin(), zero_countries.end(), std::string_view(digits).substr(0, code)) != zero_countries.end();
  while (!keeps_zero && digits[0] != '1' && digits.size() > code && digits[code] == '0') digits.erase(code, 1);
  const std::string_view national = std::string_view(digits).substr(code);
  if (digits.size() > kE164DigitsMax || national.size() < kNationalDigitsMin) return form;
  if (digits[0] == '1') {
    if (national.size() != 10) return form;
    form.kind = north_american(national);
    form.is_placeholder = is_north_american_placeholder(national);
  } else {
    form.kind = PhoneClass::possible;
    form.is_placeholder = is_one_digit(national) || is_run(national);
  }
  form.e164 = "+" + digits;
  form.extension = parts->extension;
  return form;
}

}  // namespace tillgate
