// What a restore reads before it trusts anything: the header of a backup, and the list of who was erased. What is read is what would be
// written.
#include "store/backup_file.hpp"
#include "store/erased_text.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

void check_header(std::string_view text) {
  const auto parsed = parse_backup_header(text);
  if (!parsed) {
    claim(!parsed.error().what.empty(), "a refusal says what is wrong");
    return;
  }
  const std::string written = to_text(parsed->header);
  claim(parsed->length <= kBackupHeaderBytesMax && parsed->length == written.size(), "a header is bounded");
  claim(text.substr(0, parsed->length) == written, "a header has one spelling");
  claim(sealed_bytes(parsed->header) > parsed->header.bytes, "sealing adds to what is sealed");
  const auto again = parse_backup_header(written);
  claim(again && again->header == parsed->header, "what is written is read");
}

void check_list(std::string_view text) {
  const auto list = parse_erased_list(text);
  if (!list) {
    claim(!list.error().what.empty(), "a refusal says what is wrong");
    return;
  }
  const std::string written = to_text(*list);
  const auto again = parse_erased_list(written);
  claim(again && *again == *list, "what is written is read");
  claim(!parse_erased_list(std::string_view(written).substr(0, written.size() - 1)), "a list that is cut off is none");
  if (!list->empty()) claim(!parse_erased_list(written.substr(written.find('\n') + 1)), "a list that lacks somebody is none");
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = tillgate::fuzz::text_of(data, size);
  tillgate::fuzz::check_header(text);
  tillgate::fuzz::check_list(text);
  return 0;
}
