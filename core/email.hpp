// An e-mail address: as mail is sent to it, and as it is compared.
#pragma once

#include <string>
#include <string_view>

namespace tillgate {

struct EmailForm {
  std::string delivered;        // trimmed, NFKC, domain in ASCII and small letters; the local part as typed. Empty: no address
  std::string key;              // for comparing only: local part case folded. Mail is never sent to it
  std::string loose_key;        // where gmail delivers to one box: without "+tag" and dots; elsewhere the same as key
  bool is_placeholder = false;  // none@, test@, example.com; and boxes that nobody owns alone: info@, sales@

  // May two records be compared by it?
  [[nodiscard]] bool is_identity() const { return !key.empty() && !is_placeholder; }
  bool operator==(const EmailForm&) const = default;
};

// `own_domain`: the shop's own, whose addresses staff type when a customer gives none; "" for none.
[[nodiscard]] EmailForm email_form(std::string_view raw, std::string_view own_domain = {});

}  // namespace tillgate
