// How common each surname is among the records at hand. Filled by their owner; not for several threads while it is being filled.
#pragma once

#include <cstdint>
#include <string_view>
#include <unordered_map>

namespace tillgate {

class SurnameShares {
 public:
  // `letters`: of a NameForm. Once for each record.
  void count(std::u32string_view letters) {
    ++counts_[std::hash<std::u32string_view>{}(letters)];
    ++total_;
  }
  // Of all records, 0 .. 1; 0 where nothing was counted. Two names of one hash share a count, which costs a bit of weight.
  [[nodiscard]] double share_of(std::u32string_view letters) const {
    const auto found = counts_.find(std::hash<std::u32string_view>{}(letters));
    return found == counts_.end() ? 0 : static_cast<double>(found->second) / static_cast<double>(total_);
  }

 private:
  std::unordered_map<std::size_t, std::uint32_t> counts_;
  std::uint64_t total_ = 0;
};

}  // namespace tillgate
