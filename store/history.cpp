#include "store/history.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "store/person_view.hpp"

namespace tillgate {
namespace {

// Of one record, newest first; what lies behind is not read, and the values before the oldest one are.
constexpr std::size_t kChangesMax = 2000;

Error broken(Seq seq) {
  return Error{Errc::corrupt, "the ledger is damaged",
               "row " + std::to_string(seq) + " is not a change of the record that points to it"};
}

// The changes of one record, oldest first, and the seq of the one before them.
struct Chain {
  std::vector<LedgerChange> changes;
  Seq before = 0;
};
Result<Chain> chain_of(Connection& db, const Record& record) {
  Chain chain;
  Seq seq = record.stored.last_seq;
  while (seq > 0 && chain.changes.size() < kChangesMax) {
    auto change = change_at(db, seq);
    if (!change) return fail(change.error());
    if (!*change || (*change)->envelope.key != record.stored.customer.id || (*change)->prior >= seq) return fail(broken(seq));
    seq = (*change)->prior;
    chain.changes.push_back(std::move(**change));
  }
  chain.before = seq;
  std::reverse(chain.changes.begin(), chain.changes.end());
  return chain;
}

// What a change did to the record as it stood. A write that lost against a newer one changed nothing that people see.
std::vector<LeafChange> effects(const Customer& before, const Customer& after, const ChangeSet& changes) {
  std::vector<LeafChange> effects;
  for (const Write& write : changes.fields) {
    LeafChange leaf{
        std::string(spec_of(write.field).name), write.field, before[write.field].value, write.value, write.version, {}, {}};
    leaf.is_shown = after[write.field].version == write.version;
    effects.push_back(std::move(leaf));
  }
  const auto word = [](std::optional<bool> granted) {
    return granted ? std::optional<std::string>(*granted ? "true" : "false") : std::nullopt;
  };
  for (const ConsentWrite& write : changes.consent) {
    const auto at = static_cast<std::size_t>(write.purpose);
    LeafChange leaf{"consent." + std::string(kPurposeNames[at]),
                    std::nullopt,
                    word(before.consent[at].is_granted()),
                    word(write.granted),
                    write.version,
                    write.source,
                    write.text_version};
    leaf.is_shown = after.consent[at].version == write.version;
    effects.push_back(std::move(leaf));
  }
  for (const TagWrite& write : changes.tags) {
    const auto held = before.tags.find(write.tag);
    const bool was = held != before.tags.end() && held->second.is_present;
    effects.push_back({"tags." + write.tag, std::nullopt, word(was), word(write.is_present), write.version, {}, {}});
  }
  for (const PosLinkWrite& write : changes.pos_links) {
    const auto held = before.pos_links.find(write.account);
    effects.push_back({"pos_links." + write.account,
                       std::nullopt,
                       held == before.pos_links.end() ? std::nullopt : held->second.value,
                       write.pos_id,
                       write.version,
                       {},
                       {}});
  }
  return effects;
}

// Every change of the record with what it did, handed out oldest first.
template <class Take>
Result<> replay(Connection& db, const Record& record, const Take& take) {
  auto chain = chain_of(db, record);
  if (!chain) return fail(chain.error());
  const CustomerId& id = record.stored.customer.id;
  Customer state;
  state.id = id;
  if (chain->before > 0) {
    auto earlier = customer_at(db, id, chain->before);
    if (!earlier) return fail(earlier.error());
    state = std::move(*earlier);
  }
  for (const LedgerChange& change : chain->changes) {
    const Customer before = state;
    merge(state, changes_in(change.payload));
    take(change, effects(before, state, changes_in(change.payload)));
  }
  return {};
}

Result<std::vector<HistoryEntry>> statements(Connection& db, const PersonView& view) {
  std::vector<CustomerId> keys;
  for (const Record& member : view.members) keys.push_back(member.stored.customer.id);
  auto seqs = statements_about(db, keys, kChangesMax);
  if (!seqs) return fail(seqs.error());
  std::vector<HistoryEntry> entries;
  for (const Seq seq : *seqs) {
    auto change = change_at(db, seq);
    if (!change) return fail(change.error());
    const auto* said = *change ? std::get_if<PersonChange>(&(*change)->payload.body) : nullptr;
    if (!said) return fail(broken(seq));
    entries.push_back({seq, CustomerId((*change)->envelope.key), (*change)->envelope, {}, *said});
  }
  return entries;
}

}  // namespace

Result<GetHistory::Answer> history_of(Connection& db, const GetHistory& query) {
  if (query.limit < 1 || query.limit > kHistoryPageMax)
    return fail(Errc::invalid, "limit is a number from 1 to " + std::to_string(kHistoryPageMax));
  auto view = find_person(db, query.id);
  if (!view) return fail(view.error());
  if (!*view) return GetHistory::Answer();
  auto entries = statements(db, **view);
  if (!entries) return fail(entries.error());
  for (const Record& member : (*view)->members) {
    auto done = replay(db, member, [&](const LedgerChange& change, std::vector<LeafChange> leaves) {
      entries->push_back({change.seq, CustomerId(change.envelope.key), change.envelope, std::move(leaves), {}});
    });
    if (!done) return fail(done.error());
  }
  std::sort(entries->begin(), entries->end(), [](const auto& one, const auto& other) { return one.seq > other.seq; });
  GetHistory::Page page;
  for (auto& entry : *entries) {
    if (query.before != 0 && entry.seq >= query.before) continue;
    if (static_cast<std::int64_t>(page.entries.size()) == query.limit) {
      page.next_before = page.entries.back().seq;
      break;
    }
    page.entries.push_back(std::move(entry));
  }
  return GetHistory::Answer(std::move(page));
}

Result<GetProvenance::Answer> provenance_of(Connection& db, const CustomerId& id) {
  auto view = find_person(db, id);
  if (!view) return fail(view.error());
  if (!*view) return GetProvenance::Answer();
  const Customer& shown = (*view)->stored.customer;
  std::map<Field, LeafOrigin> origins;
  for (const auto& spec : fields()) {
    if (!shown[spec.field].version.is_set()) continue;
    origins[spec.field] = {spec.field, CustomerId{}, shown[spec.field].version, 0, {}, false};
  }
  for (const Record& member : (*view)->members) {
    const Customer& record = member.stored.customer;
    // A chosen field carries the choice's version; its value is a member's.
    for (auto& [field, origin] : origins) {
      const auto choice = (*view)->persons.choices.find({record.id, field});
      if (choice == (*view)->persons.choices.end() || choice->second.version != origin.version) continue;
      origin.is_chosen = true;
      origin.record = record.id;
      origin.version = record[field].version;
    }
  }
  for (const Record& member : (*view)->members) {
    auto done = replay(db, member, [&](const LedgerChange& change, const std::vector<LeafChange>& leaves) {
      for (const LeafChange& leaf : leaves) {
        if (!leaf.field) continue;
        const auto found = origins.find(*leaf.field);
        if (found == origins.end() || found->second.version != leaf.version || found->second.seq != 0) continue;
        if (found->second.is_chosen && found->second.record != member.stored.customer.id) continue;
        found->second.record = member.stored.customer.id;
        found->second.seq = change.seq;
        found->second.envelope = change.envelope;
      }
    });
    if (!done) return fail(done.error());
  }
  GetProvenance::Answer answer(std::in_place);
  for (auto& entry : origins) answer->push_back(std::move(entry.second));
  return answer;
}

}  // namespace tillgate
