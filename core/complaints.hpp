// What is wrong with something that people wrote: all of it at once, each fault once, in sentences for a cashier. The rules that
// everything people write to shares; what is particular to customers or orders stays with them.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/customer.hpp"

namespace tillgate {

// What is wrong with one value.
struct Complaint {
  std::string_view code;
  std::string rest;  // of the sentence, after the field's label
};

struct TextRule {
  std::size_t chars_max = 0;
  bool is_counted = true;  // false: its shape is judged instead, which says more than its length
  bool keeps_lines = false;
  bool lower_cases = false;
};

class Complaints {
 public:
  void add(std::string field, std::string_view code, std::string sentence);
  // False, and said by `sentence`: it was given before.
  [[nodiscard]] bool is_first(const std::string& field, const std::string& sentence);
  // Replaces the text by its normal form, which may be empty. False: it has none within the limit, and that has been said.
  [[nodiscard]] bool check_text(const std::string& field, const std::string& label, std::string& value, const TextRule& rule);
  // Ids at POS accounts; an empty one is cleared. `whose`: "A customer".
  void check_pos_links(std::vector<std::pair<std::string, std::optional<std::string>>>& links, std::string_view whose);

  [[nodiscard]] std::vector<FieldFault> take() { return std::move(faults_); }

 private:
  std::set<std::string> seen_;
  std::vector<FieldFault> faults_;
};

}  // namespace tillgate
