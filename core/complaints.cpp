#include "core/complaints.hpp"

#include <algorithm>

#include "core/typed_text.hpp"

namespace tillgate {

void Complaints::add(std::string field, std::string_view code, std::string sentence) {
  FieldFault fault{std::move(field), std::string(code), std::move(sentence)};
  if (std::find(faults_.begin(), faults_.end(), fault) == faults_.end()) faults_.push_back(std::move(fault));
}

bool Complaints::is_first(const std::string& field, const std::string& sentence) {
  if (seen_.insert(field).second) return true;
  add(field, "duplicate", sentence);
  return false;
}

bool Complaints::check_text(const std::string& field, const std::string& label, std::string& value, const TextRule& rule) {
  const bool is_huge = value.size() > kTypedBytesMax;
  if (!is_huge) {
    auto normal = normal_text(value, rule.keeps_lines, rule.lower_cases);
    if (!normal) {
      add(field, "not_utf8", label + " holds characters that cannot be read.");
      return false;
    }
    value = std::move(*normal);
    if (!rule.is_counted || chars_in(value) <= rule.chars_max) return true;
  }
  add(field, "too_long", label + " is too long: at most " + std::to_string(rule.chars_max) + " characters.");
  return false;
}

void Complaints::check_pos_links(std::vector<std::pair<std::string, std::optional<std::string>>>& links,
                                 std::string_view whose) {
  if (links.size() > kPosLinksMax)
    return add("pos_links", "too_many",
               std::string(whose) + " can have at most " + std::to_string(kPosLinksMax) + " POS links.");
  for (auto& [account, pos_id] : links) {
    // An account that is no name id may hold anything, so it is not repeated in the answer.
    if (!is_name_id(account)) {
      add("pos_links", "not_an_account", "A POS account is named by small letters, digits and dashes.");
      continue;
    }
    const std::string field = "pos_links." + account;
    (void)is_first(field, "The POS account " + account + " is given twice.");
    if (pos_id && pos_id->empty()) pos_id.reset();
    if (pos_id && !is_plain_id(*pos_id, kPosIdCharsMax))
      add(field, "not_an_id", "The id at POS account " + account + " must be 1 to 64 plain characters without spaces.");
  }
}

}  // namespace tillgate
