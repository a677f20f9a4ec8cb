// What is done about the ledger's consumers: a receipt is saved, the ledger is re-chained, the search index begins anew.
#include <utility>

#include "store/apply_common.hpp"
#include "store/feeds.hpp"
#include "store/search_index.hpp"

namespace tillgate {

Result<CommandOutcome> apply(ApplyContext& context, const SaveAck& command) {
  Connection& db = context.transaction.db();
  auto own = digest_at(db, command.upto.seq);
  if (!own) return fail(own.error());
  if (*own != command.upto.digest) return fail(Errc::conflict, "the position acknowledged is not one of this ledger");
  // Acks may overtake each other on the wire; an older one is no news.
  auto held = find_feed(db, command.feed);
  if (!held) return fail(held.error());
  if (*held && (*held)->cursor.seq > command.upto.seq && !command.may_go_back) return Done{};
  FeedRow feed = *held ? **held : FeedRow{command.feed, {}, {}, {}, {}};
  feed.cursor = command.upto;
  feed.ho_epoch = command.ho_epoch;
  feed.updated_at = moment_of(context).recorded_at;
  if (auto saved = save_feed(context.transaction, feed); !saved) return fail(saved.error());
  return Done{};
}

Result<CommandOutcome> apply(ApplyContext& context, const Rechain& command) {
  const Epoch epoch(uuid_v4(random_bytes<16>(context.options)));
  auto root = context.ledger.rechain(context.transaction, command.root, epoch, moment_of(context).recorded_at);
  if (!root) return fail(root.error());
  return Rechained{*root};
}

Result<CommandOutcome> apply(ApplyContext& context, const RebuildSearch&) {
  if (auto begun = begin_reindex(context.transaction, moment_of(context).recorded_at); !begun) return fail(begun.error());
  return Done{};
}

}  // namespace tillgate
