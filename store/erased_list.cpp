#include "store/erased_list.hpp"

#include <fstream>
#include <string>
#include <system_error>

#include "store/byte_file.hpp"
#include "store/files.hpp"
#include "store/persons.hpp"
#include "store/sqlite.hpp"

namespace tillgate {
namespace {

constexpr std::size_t kIdChars = 36, kLineBytesMax = 80;

}  // namespace

Result<ErasedList> read_erased_list(const std::filesystem::path& file) {
  std::error_code error;
  const auto kind = std::filesystem::status(file, error).type();
  if (kind == std::filesystem::file_type::not_found) return fail(Errc::not_found, "there is no " + file.string());
  if (kind != std::filesystem::file_type::regular) return fail(Errc::invalid, file.string() + " is no ordinary file");
  std::ifstream in(file);
  ErasedList list;
  std::string line;
  for (std::int64_t number = 1; std::getline(in, line); ++number) {
    const auto broken = [&] {
      return fail(Errc::invalid, file.string() + " line " + std::to_string(number) + " is not an id and a moment");
    };
    if (line.ends_with('\r')) line.pop_back();  // it went through somebody's editor
    if (line.size() > kLineBytesMax || line.size() <= kIdChars + 1 || line[kIdChars] != ' ') return broken();
    const auto id = CustomerId::from_text(line.substr(0, kIdChars));
    const auto at = timestamp_from_text(line.substr(kIdChars + 1));
    if (!id || !at) return broken();
    list.emplace(*id, *at);
  }
  if (!in.eof()) return fail(Errc::unavailable, file.string() + " cannot be read");
  return list;
}

Result<ErasedList> erased_in(const std::filesystem::path& database) {
  auto db = Connection::open({database.string(), "", true, 0});
  if (!db) return fail(db.error());
  ErasedList list;
  ListErased query;
  for (;;) {
    auto page = erased_after(**db, query);
    if (!page) return fail(page.error());
    list.insert(page->erased.begin(), page->erased.end());
    if (!page->has_more) return list;
    query.after = page->end;
  }
}

Result<> add_to_erased_list(const std::filesystem::path& file, const ErasedList& more) {
  // Written by the daemon's two threads and by a restore: none may write over what another one added meanwhile.
  auto lock = FileLock::wait_for(file.has_parent_path() ? file.parent_path() : std::filesystem::path("."));
  if (!lock) return fail(lock.error());
  auto held = read_erased_list(file);
  if (!held && held.error().code != Errc::not_found) return fail(held.error());
  ErasedList all = held ? *held : ErasedList{};
  const std::size_t before = all.size();
  all.insert(more.begin(), more.end());
  if (held && all.size() == before) return {};
  std::string text;
  for (const auto& [id, at] : all) text += id.text() + " " + to_text(at) + "\n";
  return replace_file(file, text);
}

}  // namespace tillgate
