#include "headoffice/change_rows.hpp"

namespace tillgate {

namespace {

constexpr Statement kInsert{
    "change_insert",
    "INSERT INTO hq.change_log (epoch_id, org, received_at, seq, change_id, key, entity, kind, version, source, recorded_at, "
    "envelope, payload, payload_hash, digest, refused_lines, state, park_code, park_reason) "
    "SELECT $1::bigint, $2, $3::timestamptz, u.* FROM unnest($4::bigint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], "
    "$9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::text[], $14::bytea[], $15::bytea[], $16::bytea[], "
    "$17::text[], $18::text[], $19::text[]) AS u"};

}  // namespace

void ChangeTexts::add_place(Seq seq, const ChangeLines& lines, const Digest& chained, const ReadChange& change) {
  seq_.add(seq);
  payload_hash_.add(lines.payload_hash);
  digest_.add(chained);
  if (change.envelope) {
    change_id_.add(change.envelope->change_id);
    key_.add(change.envelope->key);
  } else {
    change_id_.add_null();
    key_.add_null();
  }
}

void ChangeTexts::add(Seq seq, const ChangeLines& lines, const Digest& chained, const ReadChange& change) {
  add_place(seq, lines, chained, change);
  envelope_.add(lines.envelope);
  payload_.add(lines.payload);
  refused_lines_.add_null();
  if (!change.envelope) {
    for (SqlArray* column : {&entity_, &kind_, &version_, &source_, &recorded_at_}) column->add_null();
    return;
  }
  entity_.add(std::string_view(change.envelope->entity));
  kind_.add(std::string_view(change.envelope->kind));
  version_.add(std::string_view(change.envelope->version.text()));
  source_.add(std::string_view(change.envelope->source));
  recorded_at_.add(change.envelope->recorded_at);
}

void ChangeTexts::add_refused(Seq seq, const ChangeLines& lines, const Digest& chained, const ReadChange& change) {
  add_place(seq, lines, chained, change);
  envelope_.add(std::string_view());
  refused_lines_.add_bytes(refused_lines(lines));
  for (SqlArray* column : {&payload_, &entity_, &kind_, &version_, &source_, &recorded_at_}) column->add_null();
}

std::size_t ChangeTexts::bytes() const {
  std::size_t bytes = 0;
  for (const SqlArray* column : columns()) bytes += column->bytes();
  return bytes;
}

void ChangeRulings::add(std::string_view state, const Ruling& ruling) {
  state_.add(state);
  if (ruling.park) {
    park_code_.add(name_of(*ruling.park));
    park_reason_.add(std::string_view(ruling.why));
  } else {
    park_code_.add_null();
    park_reason_.add_null();
  }
}

void ChangeRulings::insert(Transaction& tx, std::int64_t epoch_id, const std::string& org, Timestamp received_at,
                           const ChangeTexts& texts) const {
  if (state_.size() == 0) return;
  Params params;
  params.add(epoch_id).add(org).add(received_at);
  for (const SqlArray* column : texts.columns()) params.add(*column);
  params.add(state_).add(park_code_).add(park_reason_);
  tx.tell(kInsert, params);
}

std::string refused_lines(const ChangeLines& lines) {
  std::string both(lines.envelope);
  both += '\n';
  if (lines.payload) both += *lines.payload;
  return both;
}

ChangeLines lines_in(std::string_view refused, const Digest& payload_hash) {
  ChangeLines lines;
  const auto end = refused.find('\n');
  lines.envelope = refused.substr(0, end);
  if (end != std::string_view::npos && end + 1 < refused.size()) lines.payload = refused.substr(end + 1);
  lines.payload_hash = payload_hash;
  return lines;
}

}  // namespace tillgate
