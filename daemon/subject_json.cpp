#include "daemon/subject_json.hpp"

#include <algorithm>

#include "core/order_text.hpp"
#include "daemon/api_common.hpp"
#include "daemon/customer_json.hpp"
#include "daemon/history_json.hpp"
#include "daemon/order_json.hpp"

namespace tillgate {

namespace {

// The blind indexes and the search's words are made out of these values, and say nothing more.
void write_record(JsonWriter& json, const StoredCustomer& stored, const Sealer& sealer) {
  json.begin_object();
  write_customer(json, stored.customer, {}, Role::administrator, sealer);
  write_times(json, stored.created_at, stored.updated_at);
  json.key("etag").text(etag_of(stored.etag)).key("versions").begin_object();
  for (const auto& spec : fields()) {
    const auto& version = stored.customer[spec.field].version;
    if (version.is_set()) json.key(spec.name).text(version.text());
  }
  json.end_object().end_object();
}

// Without whom: that is somebody else.
void write_alike(JsonWriter& json, const GetSubject::Subject& subject) {
  json.key("look_alikes").begin_array();
  for (const auto& one : subject.alike) {
    json.begin_object().key("record").text(one.record.text()).key("chance_in_10000").number(one.chance);
    if (one.apart_seq != 0) json.key("said_apart").begin_object().key("seq").number(one.apart_seq).end_object();
    json.end_object();
  }
  json.end_array();
}

// Every word on every purpose, oldest first, refusals and all.
void write_consents(JsonWriter& json, const std::vector<HistoryEntry>& history) {
  json.begin_array();
  for (auto entry = history.rbegin(); entry != history.rend(); ++entry) {
    for (const LeafChange& leaf : entry->leaves) {
      if (!leaf.leaf.starts_with("consent.")) continue;
      json.begin_object().key("purpose").text(leaf.leaf.substr(8)).key("granted").boolean(leaf.to == "true");
      json.member_unless_empty("consent_source", leaf.source).member_unless_empty("text_version", leaf.text_version);
      write_origin(json, entry->seq, entry->record, entry->envelope);
      json.end_object();
    }
  }
  json.end_array();
}

void write_links(JsonWriter& json, const Persons& said) {
  json.key("links").begin_array();
  for (const auto& [add, is_removed] : said.links) {
    json.begin_object().key("records").begin_array().text(add.link.a.text()).text(add.link.b.text()).end_array();
    json.key("version").text(add.version.text()).key("stands").boolean(!is_removed).end_object();
  }
  json.end_array().key("choices").begin_array();
  for (const auto& [of, choice] : said.choices) {
    json.begin_object().key("record").text(of.first.text()).key("field").text(spec_of(of.second).name);
    json.key("version").text(choice.version.text()).end_object();
  }
  json.end_array();
}

void write_orders(JsonWriter& json, const std::vector<SubjectOrder>& orders) {
  json.begin_array();
  for (const SubjectOrder& order : orders) {
    json.begin_object();
    write_order(json, order.stored.order, Role::administrator);
    write_times(json, order.stored.created_at, order.stored.updated_at);
    json.key("history").begin_array();
    for (const auto& said : order.said.changes) {
      json.begin_object().key("kind").text(said.envelope.kind);
      write_origin(json, said.seq, said.envelope.key, said.envelope);
      write_members(json, said.change, said.envelope.version);
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
}

}  // namespace

bool is_whole(const SubjectFile& file) {
  const auto has = [&](Seq seq) {
    return std::any_of(file.history.begin(), file.history.end(), [&](const auto& entry) { return entry.seq == seq; });
  };
  return std::all_of(file.subject.records.begin(), file.subject.records.end(),
                     [&](const auto& record) { return has(record.first_seq); }) &&
         std::all_of(file.orders.begin(), file.orders.end(), [](const auto& order) { return order.said.is_whole; });
}

std::string subject_json(const SubjectFile& file, const Sealer& sealer) {
  JsonWriter json;
  json.begin_object().key("format").text("tillgate-subject-1");
  json.key("org").text(file.org.value).key("store").text(file.store.value);
  json.key("as_of").text(to_text(file.as_of)).key("head_office").text(file.as_of_head_office);
  json.key("is_whole").boolean(is_whole(file));
  json.key("customer").begin_object();
  const StoredCustomer& person = file.subject.person;
  write_customer(json, person.customer, person.records, Role::administrator, sealer);
  write_times(json, person.created_at, person.updated_at);
  json.end_object().key("records").begin_array();
  for (const auto& record : file.subject.records) write_record(json, record.stored, sealer);
  json.end_array();
  write_links(json, file.subject.said);
  write_alike(json, file.subject);
  json.key("consents");
  write_consents(json, file.history);
  json.key("provenance").begin_array();
  for (const LeafOrigin& origin : file.provenance) write_leaf_origin(json, origin);
  json.end_array().key("history").begin_array();
  for (const HistoryEntry& entry : file.history) write_entry(json, sealer, entry);
  json.end_array().key("orders");
  write_orders(json, file.orders);
  return json.end_object().take();
}

}  // namespace tillgate
