#include "store/events.hpp"

#include <algorithm>
#include <utility>

#include "store/ledger.hpp"
#include "store/order_record.hpp"
#include "store/person_view.hpp"

namespace tillgate {
namespace {

// As its person is shown now: a later change of the same record is news of its own, and whoever has this ETag needs neither.
Result<> look_up(Connection& db, LedgerEvent& event, const CustomerId& id) {
  event.id = id;
  auto view = find_person(db, id);
  if (!view) return fail(view.error());
  if (!*view) return {};
  const StoredCustomer& stored = (*view)->stored;
  event.id = stored.customer.id;
  event.etag = stored.etag;
  event.records.insert(event.records.end(), stored.records.begin(), stored.records.end());
  return {};
}

// Whom a statement about persons touches, beside those whom they are shown with.
CustomerId touched(const PersonChange& change, std::vector<CustomerId>& records) {
  const auto add_ends = [&](const LinkAdd& add) {
    records.push_back(add.link.a);
    records.push_back(add.link.b);
  };
  if (const auto* merge = std::get_if<Merge>(&change)) {
    add_ends(merge->add);
    return merge->add.link.a;
  }
  if (const auto* unmerge = std::get_if<Unmerge>(&change)) {
    for (const auto& add : unmerge->seen) add_ends(add);
    records.push_back(unmerge->key);
    return unmerge->key;
  }
  if (const auto* choose = std::get_if<Choose>(&change)) return choose->from;
  const auto& keys = std::get<Erase>(change).keys;
  records.insert(records.end(), keys.begin(), keys.end());
  return keys.empty() ? CustomerId{} : keys.front();
}

// Looks up what the row is about. False: it is nobody's news.
Result<bool> fill_in(Connection& db, LedgerEvent& event, const Envelope& envelope) {
  event.entity = envelope.entity;
  event.kind = envelope.kind;
  Result<> done;
  if (envelope.entity == kCustomerEntity) {
    done = look_up(db, event, CustomerId(envelope.key));
  } else if (envelope.entity == kOrderEntity) {
    event.id = envelope.key;
    auto order = find_order(db, OrderId(envelope.key));
    if (!order)
      done = fail(order.error());
    else if (*order)
      event.etag = (*order)->stored.etag;
  } else if (envelope.entity == kPersonEntity) {
    auto change = change_at(db, event.at.seq);
    if (!change) return fail(change.error());
    if (!*change) return false;
    const auto id = touched(std::get<PersonChange>((*change)->payload.body), event.records);
    done = look_up(db, event, id);
  } else {
    return false;
  }
  // A record that is damaged is told without its version: it must not keep everybody from what comes behind it.
  if (!done && done.error().code != Errc::corrupt) return fail(done.error());
  std::sort(event.records.begin(), event.records.end());
  event.records.erase(std::unique(event.records.begin(), event.records.end()), event.records.end());
  return true;
}

}  // namespace

Result<ReadEvents::Answer> events_after(Connection& db, const ReadEvents& query) {
  ReadEvents::Answer answer;
  answer.end.seq = query.after;
  auto rows = db.prepare("SELECT seq, digest, envelope FROM ledger WHERE seq > ? ORDER BY seq LIMIT ?")
                  .with(query.after, std::clamp<std::int64_t>(query.limit, 1, kEventsMax));
  for (;;) {
    auto has = rows.step();
    if (!has) return fail(has.error());
    if (!*has) return answer;
    answer.end = Position{rows.integer(0), rows.digest(1)};
    const auto envelope = decode_envelope(rows.text(2));
    if (auto ok = rows.check(); !ok) return fail(ok.error());
    if (!envelope)
      return fail(Errc::corrupt, "the ledger is damaged", "row " + std::to_string(answer.end.seq) + " cannot be read");
    LedgerEvent event;
    event.at = answer.end;
    auto is_news = fill_in(db, event, *envelope);
    if (!is_news) return fail(is_news.error());
    if (*is_news) answer.events.push_back(std::move(event));
  }
}

}  // namespace tillgate
