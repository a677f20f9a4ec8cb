#include "core/email.hpp"

#include <algorithm>
#include <array>

#include "core/fold.hpp"

namespace tillgate {

namespace {

// Local parts without dots, dashes, underscores and trailing digits.
constexpr std::array<std::string_view, 44> kPlaceholderBoxes{
    "abc",      "abcd",        "admin",     "anonymous",  "asd",
    "asdf",     "cash",        "contact",   "customer",   "customerservice",
    "declined", "decline",     "default",   "donotreply", "dummy",
    "email",    "fake",        "fakeemail", "guest",      "info",
    "mail",     "na",          "nil",       "no",         "nobody",
    "noemail",  "nomail",      "none",      "noone",      "noreply",
    "nothanks", "notprovided", "null",      "office",     "orders",
    "refused",  "sales",       "sample",    "support",    "test",
    "tester",   "unknown",     "user",      "walkin"};
constexpr std::array<std::string_view, 14> kPlaceholderDomains{
    "abc.com",  "asdf.com",    "email.com", "example.com", "example.net", "example.org", "fake.com",
    "mail.com", "noemail.com", "none.com",  "nomail.com",  "test.com",    "unknown.com", "domain.com"};
constexpr std::array<std::string_view, 4> kPlaceholderTops{".example", ".invalid", ".localhost", ".test"};  // RFC 2606

bool is_one_character(std::string_view text) {
  return text.find_first_not_of(text[0]) == std::string_view::npos;
}

bool is_placeholder_box(std::string_view local) {
  std::string bare;
  for (const char c : local) {
    if (c != '.' && c != '-' && c != '_') bare += c;
  }
  while (!bare.empty() && bare.back() >= '0' && bare.back() <= '9') bare.pop_back();
  if (bare.empty()) return is_one_character(local) || local.find_first_not_of("._-") == std::string_view::npos;
  if (is_one_character(bare) && (bare.size() > 2 || bare.size() == local.size())) return true;  // xxx@, a@
  return std::find(kPlaceholderBoxes.begin(), kPlaceholderBoxes.end(), bare) != kPlaceholderBoxes.end();
}

bool is_placeholder_domain(std::string_view domain) {
  if (std::find(kPlaceholderDomains.begin(), kPlaceholderDomains.end(), domain) != kPlaceholderDomains.end()) return true;
  return std::any_of(kPlaceholderTops.begin(), kPlaceholderTops.end(),
                     [&](std::string_view top) { return domain.ends_with(top); });
}

bool is_gmail(std::string_view domain) {
  return domain == "gmail.com" || domain == "googlemail.com";
}

}  // namespace

EmailForm email_form(std::string_view raw, std::string_view own_domain) {
  EmailForm form;
  const std::string text = compatible(raw);
  const auto at = text.rfind('@');
  if (at == std::string::npos || at == 0) return form;
  const std::string_view local = std::string_view(text).substr(0, at);
  if (local.find_first_of(" \t@<>,;") != std::string_view::npos) return form;
  const auto domain = ascii_domain(std::string_view(text).substr(at + 1));
  if (!domain || domain->find('.') == std::string::npos) return form;
  const std::string box = folded(local);
  if (box.empty()) return form;

  form.delivered = std::string(local) + "@" + *domain;
  form.key = box + "@" + *domain;
  form.loose_key = form.key;
  std::string own_box = box;
  if (is_gmail(*domain)) {
    own_box.resize(std::min(own_box.size(), own_box.find('+')));
    std::erase(own_box, '.');
    if (own_box.empty()) own_box = box;
    form.loose_key = own_box + "@gmail.com";
  }
  form.is_placeholder =
      is_placeholder_box(own_box) || is_placeholder_domain(*domain) || (!own_domain.empty() && *domain == own_domain);
  return form;
}

}  // namespace tillgate
