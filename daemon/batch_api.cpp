#include "daemon/batch_api.hpp"

#include <atomic>
#include <boost/asio/awaitable.hpp>

#include "daemon/customer_answers.hpp"
#include "daemon/customer_json.hpp"
#include "daemon/look_alikes.hpp"
#include "daemon/terminal_request.hpp"
#include "daemon/write_frame.hpp"
#include "service/clock.hpp"
#include "service/problem.hpp"

namespace tillgate {

using asio::awaitable;

namespace {

const Roles kWriters = Roles::of({Role::staff, Role::manager, Role::administrator, Role::service});

// A look at who may be here twice takes some ms where there are a million; an answer may take 30 s. What is written comes first.
constexpr seconds kAskedFor{10};

// One item: a command, or the answer that it has already.
struct Item {
  std::optional<Command> command;
  std::optional<HttpResponse> refusal;
  std::optional<Digest> seen;  // by If-Match
};

Item refused(HttpResponse response) {
  Item item;
  item.refusal = std::move(response);
  return item;
}

// `frame`: the batch's, with a key of the item's own.
Item item_in(const Json& json, const WriteFrame& frame) {
  const auto* object = json.as<Json::Object>();
  if (!object) return refused(problem(400, "bad_request", "Each item must be an object with a customer in it."));
  JsonReader reader(*object);
  const Json* id_given = reader.take_any("id");
  const Json* if_match_given = reader.take_any("if_match");
  const auto* body = reader.take<Json::Object>("customer");
  if (!body || reader.has_more())
    return refused(problem(400, "bad_request", "An item holds customer, and to change one id and if_match; nothing else."));
  const WriteKind kind = id_given ? WriteKind::update : WriteKind::create;
  auto parsed = patch_from(*body);
  auto faults = normalise(parsed.patch, kind);
  faults.insert(faults.end(), parsed.faults.begin(), parsed.faults.end());
  if (!faults.empty()) return refused(problem(faults));

  Item item;
  if (kind == WriteKind::create) {
    if (if_match_given) return refused(problem(400, "bad_request", "if_match belongs to an id; a new customer has neither."));
    auto create = frame.command<CreateCustomer>();
    create.patch = std::move(parsed.patch);
    item.command = std::move(create);
    return item;
  }
  const auto* id_text = id_given->as<std::string>();
  const auto id = id_text ? CustomerId::from_text(*id_text) : std::nullopt;
  if (!id) return refused(no_customer());
  const auto* if_match_text = if_match_given ? if_match_given->as<std::string>() : nullptr;
  if (!if_match_text) return refused(if_match_missing());
  const auto if_match = parse_if_match(*if_match_text);
  if (!if_match) return refused(problem(400, "bad_request", "if_match must be an ETag of this customer in quotes, or *."));
  auto update = frame.command<UpdateCustomer>();
  update.patch = std::move(parsed.patch);
  update.id = *id;
  update.if_match = item.seen = if_match->digest;
  item.command = std::move(update);
  return item;
}

// The answers of all commands; the last one to come in calls back.
using Outcomes = std::vector<Result<CommandOutcome>>;
class Gathering {
 public:
  Gathering(std::size_t count, std::function<void(Outcomes)> done)
      : outcomes_(count, Result<CommandOutcome>(fail(Errc::busy, "Too many writes are waiting; repeat in a moment."))),
        left_(count + 1),
        done_(std::move(done)) {}
  void set(std::size_t at, Result<CommandOutcome> outcome) { outcomes_[at] = std::move(outcome); }
  void arrived() {
    if (left_.fetch_sub(1) == 1) done_(std::move(outcomes_));
  }

 private:
  Outcomes outcomes_;
  std::atomic<std::size_t> left_;
  std::function<void(Outcomes)> done_;
};

awaitable<Outcomes> run_all(Store& store, std::vector<Item>& items) {
  std::size_t count = 0;
  for (const Item& item : items) count += item.command ? 1 : 0;
  auto start = [&](std::function<void(Outcomes)> done) {
    auto gathering = std::make_shared<Gathering>(count, std::move(done));
    std::size_t at = 0;
    for (Item& item : items) {
      if (!item.command) continue;
      const bool is_taken = store.submit(std::move(*item.command), [gathering, at](Result<CommandOutcome> outcome) {
        gathering->set(at, std::move(outcome));
        gathering->arrived();
      });
      if (!is_taken) gathering->arrived();
      ++at;
    }
    gathering->arrived();
    return true;
  };
  auto& by_reference = start;
  auto answer = co_await bridge<Outcomes>([&](auto done) { return by_reference(std::move(done)); });
  co_return answer ? std::move(*answer)
                   : Outcomes(count, Result<CommandOutcome>(fail(Errc::corrupt, "", "the answers were lost")));
}

// Status and body of an item that was refused.
void write_refusal(JsonWriter& json, const HttpResponse& response) {
  json.key("status").number(response.status).key("problem").raw(response.body);
}

// True: written.
bool write_outcome(JsonWriter& json, const Gateway& gateway, const Caller& caller, const Item& item,
                   const Result<CommandOutcome>& outcome, int status) {
  if (!outcome) return write_refusal(json, customer_problem(outcome.error())), false;
  if (std::holds_alternative<KeyReused>(*outcome)) return write_refusal(json, key_reused()), false;
  if (const auto* stale = std::get_if<StaleWrite>(&*outcome))
    return write_refusal(json, customer_stale(gateway, caller, *stale, item.seen.value_or(Digest{}))), false;
  const auto& committed = std::get<Committed>(*outcome);
  json.key("status").number(status);
  json.key("id").text(committed.customer.id.text()).key("etag").text(etag_of(committed.etag));
  if (committed.is_replay) json.key("replayed").boolean(true);
  return true;
}

awaitable<HttpResponse> write_batch(Gateway& gateway, const HttpRequest& request, const Caller& caller) {
  auto frame = write_frame(gateway, request, caller, {"POST /customers/batch"});
  if (!frame) co_return std::move(frame.error());
  JsonReader reader(frame->body);
  const auto* list = reader.take<Json::Array>("items");
  if (!list || list->empty() || reader.has_more())
    co_return problem(400, "bad_request", "The body must be {\"items\": [..]} with at least one item.");
  if (list->size() > kBatchItemsMax)
    co_return problem(413, "too_large", "A batch holds at most 1000 items; send several, or use an import.");

  std::vector<Item> items;
  const std::string scope = frame->key.scope;
  for (const Json& json : *list) {
    // The scope tells the items apart and not the key, whose time keeps what is written together together.
    frame->key.scope = scope + " " + std::to_string(items.size());
    items.push_back(item_in(json, *frame));
  }
  std::vector<bool> is_update;
  for (const Item& item : items) is_update.push_back(item.command && std::holds_alternative<UpdateCustomer>(*item.command));
  if (is_asked_about_duplicates(request, caller)) {
    const Time until = mono_now() + kAskedFor;
    for (Item& item : items) {
      if (mono_now() >= until) break;  // the review queue asks about the others
      const auto* create = item.command ? std::get_if<CreateCustomer>(&*item.command) : nullptr;
      if (!create) continue;
      auto conflict = co_await possible_duplicate(gateway, caller, *create);
      if (conflict) item = refused(std::move(*conflict));
    }
  }
  const Outcomes outcomes = co_await run_all(gateway.store, items);

  JsonWriter json;
  std::int64_t written = 0;
  std::size_t asked = 0;
  json.begin_object().key("results").begin_array();
  for (std::size_t i = 0; i < items.size(); ++i) {
    json.begin_object().key("index").number(static_cast<std::int64_t>(i));
    if (items[i].refusal) {
      write_refusal(json, *items[i].refusal);
    } else {
      written += write_outcome(json, gateway, caller, items[i], outcomes[asked], is_update[i] ? 200 : 201) ? 1 : 0;
      ++asked;
    }
    json.end_object();
  }
  json.end_array().key("written").number(written).key("refused").number(static_cast<std::int64_t>(items.size()) - written);
  write_sync(json, gateway);
  json.end_object();
  co_return json_response(200, json);
}

}  // namespace

void add_batch_api(Router& router, Gateway& gateway) {
  router.add({"POST", "/api/v1/customers/batch", kWriters,
              [&gateway](const HttpRequest& request, const Caller& caller, const RouteArgs&) {
                return write_batch(gateway, request, caller);
              }});
}

}  // namespace tillgate
