// What is only noted: it changes no record, and stands in the ledger like everything else.
#include <algorithm>
#include <set>
#include <utility>

#include "core/audit_note.hpp"
#include "store/apply_common.hpp"

namespace tillgate {
namespace {

// What does not fit would be refused wherever the row is read, here and at head office.
bool can_be_read(const AuditNote& note) {
  std::set<std::string_view> names;
  return note.facts.size() <= kFactsMax && std::all_of(note.facts.begin(), note.facts.end(), [&](const auto& fact) {
           return names.insert(fact.first).second && is_fact_name(fact.first) && fact.second.size() <= kFactBytesMax;
         });
}

}  // namespace

Result<CommandOutcome> apply(ApplyContext& context, const WriteNote& command) {
  if (!is_fact_name(command.kind) || !can_be_read(command.note))
    return fail(Errc::invalid, "the note is not one that can be kept");
  const Moment now = moment_of(context);
  auto known = known_before(context, command.key, now);
  if (!known) return fail(known.error());
  if (known->is_reused()) return KeyReused{};
  if (const auto* repeat = known->repeat()) return Noted{repeat->seq, true};
  const Version version = next_version(context, now, Hlc{});
  Draft draft = draft_of(context, command, known->change, version, now);
  draft.entity = kAuditEntity;
  draft.key = command.about;
  draft.kind = command.kind;
  draft.body = command.note;
  auto place = context.ledger.append(context.transaction, draft);
  if (!place) return fail(place.error());
  return Noted{place->seq, false};
}

}  // namespace tillgate
