#include "store/erased_list.hpp"

#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

#include "store/byte_file.hpp"
#include "store/files.hpp"
#include "store/persons.hpp"
#include "store/sqlite.hpp"

namespace tillgate {

Result<ErasedList> read_erased_list(const std::filesystem::path& file) {
  std::error_code error;
  const auto kind = std::filesystem::status(file, error).type();
  if (kind == std::filesystem::file_type::not_found) return fail(Errc::not_found, "there is no " + file.string());
  if (kind != std::filesystem::file_type::regular) return fail(Errc::invalid, file.string() + " is no ordinary file");
  if (const auto bytes = std::filesystem::file_size(file, error); error || bytes > kErasedTextBytesMax)
    return fail(Errc::invalid, file.string() + " is larger than any list of who was erased");
  std::ifstream in(file, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  if (!in.good() && !in.eof()) return fail(Errc::unavailable, file.string() + " cannot be read");
  auto list = parse_erased_list(text);
  if (!list) return fail(list.error().code, file.string() + " " + list.error().what);
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
  return replace_file(file, to_text(all));
}

}  // namespace tillgate
