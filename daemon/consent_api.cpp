#include "daemon/consent_api.hpp"

#include <array>
#include <boost/asio/awaitable.hpp>
#include <string_view>
#include <vector>

#include "daemon/api_common.hpp"
#include "daemon/customer_answers.hpp"
#include "daemon/history_json.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kReaders = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});
constexpr int kPagesMax = 10;  // 2,000 changes of one person; what is older is left to the history
constexpr std::string_view kPrefix = "consent.";

struct Word {
  HistoryEntry* entry;
  LeafChange* leaf;
};

void write_granted(JsonWriter& json, std::optional<bool> granted) {
  json.key("granted");
  granted ? json.boolean(*granted) : json.null();
}

void write_word(JsonWriter& json, const Word& word) {
  json.begin_object();
  write_granted(json, word.leaf->to ? std::optional(*word.leaf->to == "true") : std::nullopt);
  json.member_unless_empty("consent_source", word.leaf->source).member_unless_empty("text_version", word.leaf->text_version);
  write_origin(json, word.entry->seq, word.entry->record, word.entry->envelope);
  if (!word.leaf->is_shown) json.key("lost").boolean(true);
  json.end_object();
}

awaitable<HttpResponse> get_consents(Gateway& gateway, const RouteArgs& args) {
  const auto id = CustomerId::from_text(args.at("id"));
  if (!id) co_return no_customer();
  GetCustomer now;
  now.id = *id;
  auto person = co_await ask(gateway.store, now);
  if (!person) co_return problem(person.error());
  if (!*person) co_return co_await missing_customer(gateway, *id);
  std::vector<HistoryEntry> entries;
  GetHistory query;
  query.id = *id;
  query.limit = kHistoryPageMax;
  bool is_whole = false;
  for (int pages = 0; pages < kPagesMax && !is_whole; ++pages) {
    auto page = co_await ask(gateway.store, query);
    if (!page) co_return problem(page.error());
    if (!*page) co_return co_await missing_customer(gateway, *id);
    for (HistoryEntry& entry : (*page)->entries) {
      std::erase_if(entry.leaves, [](const LeafChange& leaf) { return !leaf.leaf.starts_with(kPrefix); });
      if (!entry.leaves.empty()) entries.push_back(std::move(entry));
    }
    query.before = (*page)->next_before;
    is_whole = query.before == 0;
  }
  std::array<std::vector<Word>, kPurposeNames.size()> words;
  for (HistoryEntry& entry : entries)
    for (LeafChange& leaf : entry.leaves)
      for (std::size_t purpose = 0; purpose < kPurposeNames.size(); ++purpose)
        if (std::string_view(leaf.leaf).substr(kPrefix.size()) == kPurposeNames[purpose]) words[purpose].push_back({&entry, &leaf});
  JsonWriter json;
  json.begin_object().key("consents").begin_object();
  for (std::size_t purpose = 0; purpose < kPurposeNames.size(); ++purpose) {
    json.key(kPurposeNames[purpose]).begin_object();
    write_granted(json, (*person)->customer.consent[purpose].is_granted());
    json.key("words").begin_array();
    for (const Word& word : words[purpose]) write_word(json, word);
    json.end_array().end_object();
  }
  json.end_object().key("is_whole").boolean(is_whole);
  write_freshness(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

}  // namespace

void add_consent_api(Router& router, Gateway& gateway) {
  router.add({"GET", "/api/v1/customers/{id}/consents", kReaders,
              [&gateway](const HttpRequest&, const Caller&, const RouteArgs& args) { return get_consents(gateway, args); }});
}

}  // namespace tillgate
