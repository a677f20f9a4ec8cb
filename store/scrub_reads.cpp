#include "store/scrub_reads.hpp"

#include "core/envelope.hpp"

namespace tillgate {

bool is_of_the_row(const Error& error) {
  return error.code != Errc::busy;
}

Result<std::vector<std::int64_t>> numbers(Statement&& read) {
  std::vector<std::int64_t> found;
  for (;;) {
    auto has = read.step();
    if (!has) return fail(has.error());
    if (!*has) return found;
    found.push_back(read.integer(0));
    if (auto ok = read.check(); !ok) return fail(ok.error());
  }
}

Result<std::optional<std::int64_t>> integer_in(Statement&& read) {
  auto has = read.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<std::int64_t>();
  return std::optional<std::int64_t>(read.integer(0));
}

Result<std::optional<Seq>> named_by(Connection& db, const Uuid& id) {
  return integer_in(db.prepare("SELECT seq FROM ids WHERE id = ?").with(id));
}

Result<std::optional<Uuid>> key_of(Connection& db, Seq seq) {
  auto row = db.prepare("SELECT envelope FROM ledger WHERE seq = ?").with(seq);
  auto has = row.step();
  if (!has) return fail(has.error());
  if (!*has) return std::optional<Uuid>();
  auto envelope = decode_envelope(row.text(0));
  if (!envelope) return fail(envelope.error());
  return std::optional<Uuid>(envelope->key);
}

}  // namespace tillgate
