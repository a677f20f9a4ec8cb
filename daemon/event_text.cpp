#include "daemon/event_text.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/json.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kDigestDigits = 16;

struct Name {
  std::string_view entity, kind, event;
};
constexpr std::array<Name, 8> kNames{{{kCustomerEntity, "create", "customer.created"},
                                      {kCustomerEntity, "update", "customer.changed"},
                                      {kPersonEntity, "merge", "customer.merged"},
                                      {kPersonEntity, "unmerge", "customer.unmerged"},
                                      {kPersonEntity, "choose", "customer.changed"},
                                      {kPersonEntity, "erase", "customer.erased"},
                                      {kOrderEntity, "create", "order.placed"},
                                      {kOrderEntity, "update", "order.changed"}}};

std::string framed(const std::string& id, std::string_view event, std::string_view data) {
  std::string text;
  if (!id.empty()) text.append("id: ").append(id).append("\n");
  return text.append("event: ").append(event).append("\ndata: ").append(data).append("\n\n");
}

}  // namespace

std::string event_id_text(const Position& at) {
  return std::to_string(at.seq) + "-" + at.digest.text().substr(0, kDigestDigits);
}

std::optional<EventId> event_id_from(std::string_view text) {
  EventId id;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id.seq);
  if (error != std::errc() || id.seq < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  if (text.size() != kDigestDigits + 1 || text.front() != '-') return std::nullopt;
  id.digest = text.substr(1);
  const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
  if (!std::all_of(id.digest.begin(), id.digest.end(), is_digit)) return std::nullopt;
  return id;
}

bool names(const EventId& id, const Digest& digest) {
  return digest.text().starts_with(id.digest);
}

std::string event_text(const LedgerEvent& event) {
  const auto* name = std::find_if(kNames.begin(), kNames.end(),
                                  [&](const Name& known) { return known.entity == event.entity && known.kind == event.kind; });
  if (name == kNames.end()) return {};
  JsonWriter json;
  json.begin_object().key("seq").number(event.at.seq);
  json.key(event.entity == kOrderEntity ? "order" : "customer").text(event.id.text());
  if (!event.records.empty()) {
    json.key("records").begin_array();
    for (const auto& record : event.records) json.text(record.text());
    json.end_array();
  }
  json.key("etag");
  event.etag ? json.text("\"" + event.etag->text() + "\"") : json.null();
  json.end_object();
  return framed(event_id_text(event.at), name->event, json.take());
}

std::string event_text(const Notice& notice) {
  return framed({}, notice.event, notice.data);
}

std::string start_text(const Position& at, std::string_view data) {
  return framed(event_id_text(at), "start", data);
}

std::string reset_text(const Position& at, std::string_view reason) {
  JsonWriter json;
  json.begin_object().key("reason").text(reason).end_object();
  return framed(event_id_text(at), "reset", json.take());
}

}  // namespace tillgate
