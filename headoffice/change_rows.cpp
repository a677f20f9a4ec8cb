#include "headoffice/change_rows.hpp"

namespace tillgate {

namespace {

constexpr Statement kInsert{
    "change_insert",
    "INSERT INTO hq.change_log (epoch_id, org, received_at, seq, change_id, key, entity, kind, version, source, recorded_at, "
    "envelope, payload, payload_hash, digest, state, park_code, park_reason, refused_lines) "
    "SELECT $1::bigint, $2, $3::timestamptz, u.* FROM unnest($4::bigint[], $5::uuid[], $6::uuid[], $7::text[], $8::text[], "
    "$9::text[], $10::text[], $11::timestamptz[], $12::text[], $13::text[], $14::bytea[], $15::bytea[], $16::text[], "
    "$17::text[], $18::text[], $19::bytea[]) AS u"};

}  // namespace

void ChangeRows::add(Seq seq, const ChangeLines& lines, const Digest& chained, const Judged& judged, std::string_view state) {
  const bool is_refused = judged.park == Park::refused;
  seq_.add(seq);
  add_envelope(judged);
  envelope_.add(is_refused ? std::string_view() : lines.envelope);
  payload_.add(is_refused ? std::nullopt : lines.payload);
  payload_hash_.add(lines.payload_hash);
  digest_.add(chained);
  state_.add(state);
  if (judged.park) {
    park_code_.add(name_of(*judged.park));
    park_reason_.add(std::string_view(judged.why));
  } else {
    park_code_.add_null();
    park_reason_.add_null();
  }
  if (is_refused) {
    refused_lines_.add_bytes(refused_lines(lines));
  } else {
    refused_lines_.add_null();
  }
}

void ChangeRows::add_envelope(const Judged& judged) {
  if (!judged.envelope) {
    for (SqlArray* column : {&change_id_, &key_, &entity_, &kind_, &version_, &source_, &recorded_at_}) column->add_null();
    return;
  }
  const Envelope& read = *judged.envelope;
  change_id_.add(read.change_id);
  key_.add(read.key);
  if (judged.park == Park::refused) {  // whatever it was that was refused: ids are nothing but 16 bytes
    for (SqlArray* column : {&entity_, &kind_, &version_, &source_, &recorded_at_}) column->add_null();
    return;
  }
  entity_.add(std::string_view(read.entity));
  kind_.add(std::string_view(read.kind));
  version_.add(std::string_view(read.version.text()));
  source_.add(std::string_view(read.source));
  recorded_at_.add(read.recorded_at);
}

void ChangeRows::insert(Transaction& tx, std::int64_t epoch_id, const std::string& org, Timestamp received_at) const {
  if (seq_.size() == 0) return;
  Params params;
  params.add(epoch_id).add(org).add(received_at);
  for (const SqlArray* column : {&seq_, &change_id_, &key_, &entity_, &kind_, &version_, &source_, &recorded_at_, &envelope_,
                                 &payload_, &payload_hash_, &digest_, &state_, &park_code_, &park_reason_, &refused_lines_})
    params.add(*column);
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
