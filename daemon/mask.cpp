#include "daemon/mask.hpp"

#include <algorithm>

namespace tillgate {

namespace {

constexpr std::string_view kDots = "…";
constexpr std::size_t kPhoneDigitsMin = 6, kPhoneDigitsShown = 2;

// The first code point; texts of customers are well-formed UTF-8.
std::string_view first_letter(std::string_view text) {
  std::size_t end = text.empty() ? 0 : 1;
  while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80U) ++end;
  return text.substr(0, end);
}

}  // namespace

std::string masked_name(std::string_view name) {
  return std::string(first_letter(name)).append(kDots);
}

std::string masked_phone(std::string_view phone) {
  std::string digits;
  std::copy_if(phone.begin(), phone.end(), std::back_inserter(digits), [](char c) { return c >= '0' && c <= '9'; });
  if (digits.size() < kPhoneDigitsMin) return std::string(kDots);
  return std::string(kDots).append(digits, digits.size() - kPhoneDigitsShown);
}

std::string masked_email(std::string_view email) {
  return std::string(first_letter(email)).append(kDots).append("@").append(kDots);
}

}  // namespace tillgate
