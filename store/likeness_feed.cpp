#include "store/likeness_feed.hpp"

#include <algorithm>
#include <utility>

#include "core/check.hpp"
#include "store/feeds.hpp"
#include "store/ledger.hpp"
#include "store/look_alikes.hpp"
#include "store/person_view.hpp"

namespace tillgate {
namespace {

constexpr std::size_t kPairsPerRecord = 5;  // the likeliest: whoever settles these is shown the next ones at the next change

bool is_one_person(const PersonView& view, const CustomerId& other) {
  return std::any_of(view.members.begin(), view.members.end(),
                     [&](const Record& member) { return member.stored.customer.id == other; });
}

}  // namespace

LikenessFeed::LikenessFeed(Connection& db) : db_(db) {
  auto feed = find_feed(db_, kLikenessFeed);
  is_halted_ = !feed;
  done_ = saved_ = feed && *feed ? (*feed)->cursor.seq : 0;
}

Result<> LikenessFeed::step(Timestamp now, Seq indexed, const std::function<bool()>& is_wanted) {
  is_put_off_ = false;
  Finding finding;
  Seq upto = done_;
  for (int rows = 0; rows < kRowsPerStep && upto < indexed; ++rows) {
    auto read = find_next(upto, finding);
    if (!read) return give_up(read.error());
    upto = *read;
    if (is_wanted()) break;
  }
  // What was found is saved at once, since the next command may be the one that erases a customer of it.
  const bool has_news = !finding.added.empty() || !finding.gone.empty();
  if (has_news || upto - saved_ >= kRowsPerSave) {
    if (auto saved = save(finding, upto, now); !saved) return saved;
  }
  if (!is_halted_ && !is_put_off_) done_ = upto;
  return {};
}

// Returns the row up to which it went.
Result<Seq> LikenessFeed::find_next(Seq after, Finding& finding) {
  auto rows = customers_touched(db_, after, 1);
  if (!rows) return fail(rows.error());
  for (const auto& [n, touched] : rows->customers) {
    if (auto found = find_for(touched.id, finding); !found) return fail(found.error());
  }
  return rows->upto;
}

Result<> LikenessFeed::find_for(const CustomerId& id, Finding& finding) {
  auto record = find_record(db_, id);
  if (!record) return fail(record.error());
  if (!*record) return {};
  auto alike = look_alikes(db_, nullptr, identity_in(**record), id);
  if (!alike) return fail(alike.error());
  auto held = likenesses_of(db_, id);
  if (!held) return fail(held.error());
  if (alike->empty() && held->empty()) return {};
  auto person = person_around(db_, std::move(**record));
  if (!person) return fail(person.error());

  const auto find_pair = [](const std::vector<Likeness>& list, const RecordPair& pair) {
    return std::find_if(list.begin(), list.end(), [&](const Likeness& one) { return one.pair == pair; });
  };
  std::vector<Likeness> wanted;
  for (const LookAlike& one : *alike) {
    const CustomerId& other = one.record.stored.customer.id;
    if (wanted.size() == kPairsPerRecord) break;
    const auto pair = RecordPair::between(id, other);
    const auto before = find_pair(*held, pair);
    const bool is_settled = is_one_person(*person, other) || (before != held->end() && before->apart_seq != 0);
    if (!is_settled) wanted.push_back(likeness_of(pair, one.judgement));
  }
  for (const Likeness& one : wanted) {
    const auto before = find_pair(*held, one.pair);
    if (before == held->end() || (before->apart_seq == 0 && before->chance != one.chance)) finding.added.push_back(one);
  }
  // What the other record proposed stays while it is still like this one; that it was said to be apart stays for good.
  for (const Likeness& one : *held) {
    const auto other = one.pair.a == id ? one.pair.b : one.pair.a;
    const bool is_alike =
        std::any_of(alike->begin(), alike->end(), [&](const LookAlike& now) { return now.record.stored.customer.id == other; });
    if (one.apart_seq == 0 && (!is_alike || is_one_person(*person, other))) finding.gone.push_back(one.pair);
  }
  return {};
}

Result<> LikenessFeed::save(const Finding& finding, Seq upto, Timestamp now) {
  auto transaction = Transaction::begin(db_);
  if (!transaction) return give_up(transaction.error());
  const auto written = [&]() -> Result<> {
    for (const RecordPair& pair : finding.gone) {
      if (auto done = remove_likeness(*transaction, pair); !done) return done;
    }
    for (const Likeness& one : finding.added) {
      if (auto done = save_likeness(*transaction, one); !done) return done;
    }
    auto digest = digest_at(db_, upto);
    if (!digest) return fail(digest.error());
    CHECK(digest->has_value());
    return save_feed(*transaction, FeedRow{std::string(kLikenessFeed), {upto, **digest}, {}, {}, now});
  }();
  if (!written) {
    if (auto back = transaction->rollback(); !back) return back;
    return give_up(written.error());
  }
  if (auto done = transaction->commit(); !done) {
    if (done.error().code != Errc::full) return done;
    if (auto back = transaction->rollback(); !back) return back;
    return give_up(done.error());
  }
  saved_ = upto;
  return {};
}

// Nothing of the step became durable. What is wrong with the storage itself shows at the next command's commit.
Result<> LikenessFeed::give_up(const Error& error) {
  const bool is_passing = error.code == Errc::full || error.code == Errc::busy;
  (is_passing ? is_put_off_ : is_halted_) = true;
  return {};
}

}  // namespace tillgate
