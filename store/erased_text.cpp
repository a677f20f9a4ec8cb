#include "store/erased_text.hpp"

#include <optional>

namespace tillgate {
namespace {

constexpr std::size_t kIdChars = 36;
constexpr std::string_view kEnd = "end ";

tl::unexpected<Error> broken(std::int64_t line, const std::string& how) {
  return fail(Errc::invalid, "line " + std::to_string(line) + " " + how);
}

}  // namespace

std::string to_text(const ErasedList& list) {
  std::string text;
  for (const auto& [id, at] : list) text += id.text() + " " + to_text(at) + "\n";
  return text.append(kEnd).append(std::to_string(list.size())).append("\n");
}

Result<ErasedList> parse_erased_list(std::string_view text) {
  if (text.size() > kErasedTextBytesMax) return fail(Errc::invalid, "is larger than any list of who was erased");
  ErasedList list;
  for (std::int64_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return broken(number, "is cut off");
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);  // it went through somebody's editor
    if (line.starts_with(kEnd)) {
      if (line.substr(kEnd.size()) != std::to_string(list.size())) return broken(number, "counts others than there are");
      if (!text.empty()) return broken(number + 1, "stands behind the end");
      return list;
    }
    const bool has_both = line.size() > kIdChars && line[kIdChars] == ' ';
    const auto id = has_both ? CustomerId::from_text(line.substr(0, kIdChars)) : std::nullopt;
    const auto at = has_both ? timestamp_from_text(line.substr(kIdChars + 1)) : std::nullopt;
    if (!id || !at) return broken(number, "is not an id and a moment");
    if (!list.emplace(*id, *at).second) return broken(number, "names somebody again");
  }
  return fail(Errc::invalid, "is cut off: its last line says how many there are");
}

}  // namespace tillgate
