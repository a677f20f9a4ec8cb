#include "headoffice/parked.hpp"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>

#include "core/bytes.hpp"
#include "core/envelope.hpp"
#include "headoffice/change_rows.hpp"
#include "headoffice/fleet.hpp"
#include "headoffice/text_table.hpp"
#include "headoffice/unpark.hpp"
#include "service/utf8.hpp"

namespace tillgate {

namespace json = boost::json;

namespace {

constexpr std::size_t kWhoBytesMax = 64, kReasonBytesMax = 200;

#define TILLGATE_PARKED_COLUMNS                                                                                     \
  "c.epoch_id, c.seq, s.org, s.name, e.epoch, c.park_code, c.park_reason, c.entity, c.kind, c.key, "                \
  "(extract(epoch FROM c.recorded_at) * 1000)::bigint, (extract(epoch FROM c.received_at) * 1000)::bigint"
#define TILLGATE_PARKED_TABLES \
  " FROM hq.change_log c JOIN hq.epoch e ON e.id = c.epoch_id JOIN hq.store s ON s.id = e.store_id WHERE c.state = 'parked' AND "
constexpr Statement kList{"parked_list", "SELECT " TILLGATE_PARKED_COLUMNS TILLGATE_PARKED_TABLES
                          "(c.park_code = 'dropped') = $1::boolean AND ($2 = '' OR s.org = $2) AND ($3 = '' OR s.name = $3) "
                          "AND (c.epoch_id, c.seq) > ($4::bigint, $5::bigint) ORDER BY c.epoch_id, c.seq LIMIT $6::bigint"};
constexpr Statement kFind{"parked_find", "SELECT " TILLGATE_PARKED_COLUMNS
                          ", c.envelope, c.payload, c.refused_lines, c.payload_hash" TILLGATE_PARKED_TABLES
                          "c.park_code <> 'dropped' AND c.epoch_id = $1::bigint AND c.seq = $2::bigint FOR UPDATE OF c"};
#undef TILLGATE_PARKED_COLUMNS
#undef TILLGATE_PARKED_TABLES
constexpr Statement kDrop{"parked_drop",
                          "UPDATE hq.change_log SET park_code = 'dropped', payload = NULL, refused_lines = NULL WHERE epoch_id = $1::bigint AND seq = $2::bigint"};
constexpr Statement kNote{"parked_note",
                          "INSERT INTO hq.decision_log (at, who, action, epoch_id, seq, park_code, outcome, reason) "
                          "VALUES ($1::timestamptz, $2, $3, $4::bigint, $5::bigint, $6, $7, $8)"};

ParkedChange change_of(const Row& row) {
  ParkedChange change;
  change.id = {row.integer(0), row.integer(1)};
  change.org = row.text(2);
  change.store = row.text(3);
  change.epoch = row.text(4);
  change.code = row.text(5);
  change.reason = row.text_or(6, "");
  change.entity = row.text_or(7, "");
  change.kind = row.text_or(8, "");
  change.key = row.text_or(9, "");
  change.recorded_at = row.time(10);
  change.received_at = row.time(11).value_or(Timestamp{});
  return change;
}

// Locked until the transaction ends: two people do not decide about one at once.
Result<ParkedDetail> find(Transaction& tx, const ParkedId& id) {
  const Rows rows = tx.ask(kFind, Params().add(id.epoch_id).add(id.seq));
  if (rows.empty()) return fail(Errc::not_found, "there is no parked change " + id.text());
  const Row& row = rows.front();
  ParkedDetail detail{change_of(row), row.text(12), std::nullopt};
  if (!row.is_null(13)) detail.payload = row.text(13);
  if (!row.is_null(14)) {  // PostgreSQL took neither line as a text
    const std::string refused = row.bytes(14);
    const ChangeLines lines = lines_in(refused, row.digest(15));
    detail.envelope = lines.envelope;
    if (lines.payload) detail.payload = std::string(*lines.payload);
    // Its columns hold nothing either.
    if (const auto envelope = decode_envelope(lines.envelope)) {
      detail.change.entity = envelope->entity;
      detail.change.kind = envelope->kind;
    }
  }
  return detail;
}

void note(Transaction& tx, const ParkedChange& change, const Decider& decider, std::string_view action, std::string_view outcome) {
  tx.tell(kNote, Params()
                     .add(decider.at)
                     .add(decider.who)
                     .add(action)
                     .add(change.id.epoch_id)
                     .add(change.id.seq)
                     .add(change.code)
                     .add(outcome)
                     .add(decider.reason));
}

bool is_text(std::string_view text) {
  while (!text.empty()) {
    const auto decoded = utf8::decode(text);
    if (!decoded || decoded->point == 0) return false;
    text.remove_prefix(decoded->bytes);
  }
  return true;
}

bool is_plain(std::string_view text, std::size_t bytes_max) {
  if (text.empty() || text.size() > bytes_max || !is_text(text)) return false;
  while (!text.empty()) {
    const auto decoded = utf8::decode(text);
    if (utf8::is_treacherous(decoded->point)) return false;
    text.remove_prefix(decoded->bytes);
  }
  return true;
}

// Or an order's being said once more without its words, which is the same.
bool is_erasure(const ParkedDetail& detail) {
  if (detail.change.entity == kPersonEntity && detail.change.kind == "erase") return true;
  const auto envelope = decode_envelope(detail.envelope);
  return envelope && envelope->reason == "erase";
}

json::value or_null(const std::string& text) {
  return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object object_of(const ParkedChange& change) {
  return {{"id", change.id.text()},
          {"org", change.org},
          {"store", change.store},
          {"epoch", change.epoch},
          {"seq", change.id.seq},
          {"code", change.code},
          {"reason", change.reason},
          {"entity", or_null(change.entity)},
          {"kind", or_null(change.kind)},
          {"key", or_null(change.key)},
          {"recorded_at", change.recorded_at ? json::value(to_text(*change.recorded_at)) : json::value(nullptr)},
          {"received_at", to_text(change.received_at)}};
}

}  // namespace

std::string ParkedId::text() const {
  return std::to_string(epoch_id) + "-" + std::to_string(seq);
}

std::optional<ParkedId> ParkedId::from_text(std::string_view text) {
  const auto number = [](std::string_view digits, std::int64_t& out) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), out);
    return error == std::errc{} && end == digits.data() + digits.size() && out > 0;
  };
  const auto dash = text.find('-');
  ParkedId id;
  if (dash == std::string_view::npos || !number(text.substr(0, dash), id.epoch_id) || !number(text.substr(dash + 1), id.seq))
    return std::nullopt;
  return id.text() == text ? std::optional(id) : std::nullopt;  // one text for one change
}

Result<> check(const Decider& decider) {
  if (!is_plain(decider.who, kWhoBytesMax)) return fail(Errc::invalid, "who decides must be 1 to 64 bytes of plain text");
  if (!is_plain(decider.reason, kReasonBytesMax))
    return fail(Errc::invalid, "reason must be 1 to 200 bytes of plain text, without anything personal");
  return {};
}

std::vector<ParkedChange> list_parked(Transaction& tx, const ParkedQuery& query) {
  std::vector<ParkedChange> parked;
  const Params params = Params()
                            .add_flag(query.is_dropped)
                            .add(query.org)
                            .add(query.store)
                            .add(query.after.epoch_id)
                            .add(query.after.seq)
                            .add(std::clamp<std::int64_t>(query.limit, 1, kFleetPageMax));
  for (const Row& row : tx.ask(kList, params)) parked.push_back(change_of(row));
  return parked;
}

Result<ParkedDetail> show_parked(Transaction& tx, const ParkedId& id, const Decider& decider) {
  if (auto sound = check(decider); !sound) return fail(sound.error());
  auto detail = find(tx, id);
  if (detail) note(tx, detail->change, decider, "show", "shown");
  return detail;
}

Result<bool> retry_parked(Transaction& tx, const ParkedId& id, const OfficeNow& office, const Decider& decider) {
  if (auto sound = check(decider); !sound) return fail(sound.error());
  const auto detail = find(tx, id);
  if (!detail) return fail(detail.error());
  const std::string& code = detail->change.code;
  if (code == "invalid" || code == "clock_ahead" || code == "no_payload")
    return fail(Errc::invalid, "a change parked as " + code +
                                   " is never tried again: write the value again at the store, then drop this one");
  const auto applied = unpark_one(tx, office, {id.epoch_id, id.seq});
  if (!applied) return fail(applied.error());
  note(tx, detail->change, decider, "retry", *applied ? "applied" : "parked");
  return applied;
}

Result<> drop_parked(Transaction& tx, const ParkedId& id, const Decider& decider) {
  if (auto sound = check(decider); !sound) return fail(sound.error());
  const auto detail = find(tx, id);
  if (!detail) return fail(detail.error());
  if (is_erasure(*detail)) return fail(Errc::invalid, "an erasure is not dropped: find out why it cannot be done, and try it again");
  tx.tell(kDrop, Params().add(id.epoch_id).add(id.seq));
  note(tx, detail->change, decider, "drop", "dropped");
  return {};
}

std::string to_json(const std::vector<ParkedChange>& parked, std::int64_t limit) {
  json::array list;
  for (const ParkedChange& change : parked) list.push_back(object_of(change));
  json::value next(nullptr);
  if (!parked.empty() && static_cast<std::int64_t>(parked.size()) >= limit) next = parked.back().id.text();
  return json::serialize(json::object{{"parked", std::move(list)}, {"next", std::move(next)}});
}

// The two lines as texts: they are what a store wrote, byte for byte, where they are text at all.
std::string to_json(const ParkedDetail& detail) {
  json::object object = object_of(detail.change);
  const auto text = [](const std::string& line) {
    return is_text(line) ? json::value(line) : json::value("(not UTF-8) " + to_hex(as_bytes(line)));
  };
  object["envelope"] = text(detail.envelope);
  object["payload"] = detail.payload ? text(*detail.payload) : json::value(nullptr);
  return json::serialize(object);
}

std::string to_table(const std::vector<ParkedChange>& parked, Timestamp now) {
  if (parked.empty()) return "nothing is parked\n";
  std::vector<TableLine> lines{{"ID", "STORE", "CODE", "RECEIVED", "WHAT", "WHY"}};
  for (const ParkedChange& change : parked)
    lines.push_back({change.id.text(), change.org + "/" + change.store, change.code, age_text(now - change.received_at) + " ago",
                     change.entity.empty() ? "-" : change.entity + " " + change.kind, change.reason});
  return text_table(lines, {false, false, false, false, false, false});
}

std::string to_text(const ParkedDetail& detail) {
  const ParkedChange& change = detail.change;
  std::string text;
  const auto line = [&](std::string_view name, std::string_view value) {
    std::string shown;
    utf8::append_printable(shown, value, false, std::size_t{256} * 1024);
    text.append(name).append(std::string(12 - name.size(), ' ')).append(shown).append("\n");
  };
  line("id", change.id.text());
  line("store", change.org + "/" + change.store);
  line("epoch", change.epoch);
  line("parked as", change.code);
  line("why", change.reason);
  line("received", to_text(change.received_at));
  line("envelope", detail.envelope);
  line("payload", detail.payload.value_or("(it stayed behind)"));
  return text;
}

}  // namespace tillgate
