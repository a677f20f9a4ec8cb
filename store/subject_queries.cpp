// Reads for the copy that a customer is given of everything that is known of them.
#include <algorithm>
#include <utility>

#include "store/ledger.hpp"
#include "store/likenesses.hpp"
#include "store/order_record.hpp"
#include "store/person_view.hpp"
#include "store/queries.hpp"
#include "store/transaction.hpp"

namespace tillgate {

Result<GetSubject::Answer> Queries::run(const GetSubject& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  auto view = find_person(db_, query.id);
  if (!view) return fail(view.error());
  if (!*view) return GetSubject::Answer();
  GetSubject::Subject subject;
  subject.person = std::move((*view)->stored);
  for (const Record& member : (*view)->members) {
    const CustomerId& id = member.stored.customer.id;
    auto alike = likenesses_of(db_, id);
    if (!alike) return fail(alike.error());
    for (const Likeness& one : *alike) subject.alike.push_back({id, one.chance, one.apart_seq});
  }
  for (Record& member : (*view)->members) subject.records.push_back({std::move(member.stored), member.n});
  subject.said = std::move((*view)->persons);
  return GetSubject::Answer(std::move(subject));
}

Result<OrderChanges::Answer> Queries::run(const OrderChanges& query) {
  auto snapshot = Transaction::begin(db_, Transaction::Kind::read);
  if (!snapshot) return fail(snapshot.error());
  auto record = find_order(db_, query.id);
  if (!record) return fail(record.error());
  if (!*record) return OrderChanges::Answer();
  OrderChanges::Chain chain;
  Seq seq = (*record)->stored.last_seq;
  while (seq > 0 && chain.changes.size() < kOrderChangesMax) {
    auto blanked = blanked_at(db_, seq);
    if (!blanked) return fail(blanked.error());
    if (*blanked) {
      seq = (*blanked)->prior;
      continue;
    }
    auto change = change_at(db_, seq);
    if (!change) return fail(change.error());
    if (!*change || (*change)->envelope.key != query.id || (*change)->prior >= seq)
      return fail(Errc::corrupt, "the ledger is damaged",
                  "row " + std::to_string(seq) + " is not a change of the order that leads to it");
    chain.changes.push_back({seq, (*change)->envelope, std::get<OrderChange>(std::move((*change)->payload.body))});
    seq = (*change)->prior;
  }
  chain.is_whole = seq == 0;
  std::reverse(chain.changes.begin(), chain.changes.end());
  return OrderChanges::Answer(std::move(chain));
}

}  // namespace tillgate
