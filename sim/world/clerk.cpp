#include "sim/world/clerk.hpp"

#include <array>
#include <utility>

namespace tillgate::sim {
namespace {

constexpr Duration kPatience = milliseconds(1'500);
constexpr std::array<Field, 5> kFields{Field::first_name, Field::phone, Field::notes, Field::address_city, Field::type};
constexpr std::array<const char*, 3> kTags{"vip", "allergic", "staff"};

CommandKey& key_of(Command& command) {
  if (auto* create = std::get_if<CreateCustomer>(&command)) return *create->key;
  return *std::get<UpdateCustomer>(command).key;
}

}  // namespace

Patch Clerk::draw_patch(bool is_create) {
  Patch patch;
  const std::string text = "v" + std::to_string(stage_.random.below(4));  // few values: some writes change nothing
  if (is_create) {
    patch.fields.emplace_back(Field::first_name, "n" + std::to_string(requests_.size()));
    patch.fields.emplace_back(Field::last_name, text);
    return patch;
  }
  patch.fields.emplace_back(kFields[stage_.random.below(kFields.size())], text);
  if (stage_.chance(100)) patch.fields.front().second.reset();
  if (stage_.chance(200)) patch.consent.push_back({Purpose::email, stage_.chance(500)});
  if (stage_.chance(200))
    (stage_.chance(500) ? patch.tags_added : patch.tags_removed).emplace_back(kTags[stage_.random.below(3)]);
  return patch;
}

void Clerk::write(std::size_t shop) {
  const auto& known = known_[shop];
  if (known.empty() || stage_.chance(350)) {
    create(shop, draw_patch(true));
    return;
  }
  update(shop, known[stage_.random.below(known.size())], draw_patch(false));
}

std::int64_t Clerk::create(std::size_t shop, Patch patch) {
  CreateCustomer command;
  command.patch = std::move(patch);
  return add(shop, std::move(command));
}

std::int64_t Clerk::update(std::size_t shop, const CustomerId& customer, Patch patch) {
  UpdateCustomer command;
  command.id = customer;
  command.patch = std::move(patch);
  return add(shop, std::move(command));
}

std::int64_t Clerk::add(std::size_t shop, Command command) {
  const auto number = static_cast<std::int64_t>(requests_.size());
  const CommandKey key{"key-" + std::to_string(number), "till-" + std::to_string(shop),
                       hash_of("request " + std::to_string(number))};
  Request request;
  request.shop = shop;
  request.number = number;
  if (auto* create = std::get_if<CreateCustomer>(&command)) {
    create->key = key;
    create->actor = Actor{key.scope, "", "cashier"};
    request.customer = customer_id_of(key);
  } else {
    auto& update = std::get<UpdateCustomer>(command);
    update.key = key;
    update.actor = Actor{key.scope, "", "cashier"};
    request.customer = update.id;
  }
  request.change_id = change_id_of(key);
  request.command = std::move(command);
  asked_[request.change_id] = request.customer;
  requests_.push_back(std::move(request));
  send(number);
  return number;
}

// Until there is an answer: nobody leaves the counter without one.
void Clerk::send(std::int64_t number) {
  const Request& request = requests_[static_cast<std::size_t>(number)];
  Command command = request.command;
  if (stage_.policy.draws_ids)
    std::visit(
        [](auto& each) {
          if constexpr (requires { each.key; }) each.key.reset();
        },
        command);
  (void)ask_(request.shop, command, [this, number](const auto& outcome, auto written) { hear(number, outcome, written); });
  stage_.after(kPatience + stage_.spread(kPatience), [this, number] {
    if (requests_[static_cast<std::size_t>(number)].state == Request::State::open) send(number);
  });
}

void Clerk::repeat(std::int64_t number) {
  ++stage_.outcome.repeats;
  send(number);
}

void Clerk::reuse_key_of(std::int64_t number) {
  ++stage_.outcome.reused_keys;
  Command command = requests_[static_cast<std::size_t>(number)].command;
  CommandKey& key = key_of(command);
  key.request = hash_of("another request " + std::to_string(number));
  // Where the first one is lost with its disk, this one is new there and may have its effect.
  const auto* update = std::get_if<UpdateCustomer>(&command);
  asked_[change_id_of(key)] = update ? update->id : customer_id_of(key);
  (void)ask_(request(number).shop, command, [this, number](const auto& outcome, auto) {
    if (!outcome || std::holds_alternative<KeyReused>(*outcome) || request(number).is_excused) return;
    stage_.violate("the key of request " + std::to_string(number) + " was taken for another request");
  });
}

void Clerk::hear(std::int64_t number, const Result<CommandOutcome>& outcome, std::optional<ChangeId> written) {
  Request& request = requests_[static_cast<std::size_t>(number)];
  if (!outcome) {
    const Errc code = outcome.error().code;
    const bool is_refusal = code == Errc::invalid || code == Errc::not_found || code == Errc::conflict;
    if (!is_refusal) return;  // full, busy, corrupt: "unknown", ask again
    if (request.state == Request::State::answered && !request.is_excused)
      stage_.violate("request " + std::to_string(number) + " was answered 2xx, and refused when repeated");
    if (request.state == Request::State::open) request.state = Request::State::refused;
    return;
  }
  const auto* committed = std::get_if<Committed>(&*outcome);
  if (!committed && request.is_excused) return;  // its key has since been used for something else
  if (!committed) return stage_.violate("request " + std::to_string(number) + " got an answer of another kind");
  compare(request, *committed, written);
  if (stage_.chance(stage_.faults.late_repeat)) stage_.after(stage_.spread(seconds(8)), [this, number] { repeat(number); });
  if (stage_.chance(stage_.faults.key_reuse)) stage_.after(stage_.spread(seconds(8)), [this, number] { reuse_key_of(number); });
}

void Clerk::compare(Request& request, const Committed& answer, std::optional<ChangeId> written) {
  const std::string name = "request " + std::to_string(request.number);
  if (answer.customer.id != request.customer) return stage_.violate(name + " was answered with another customer");
  if (request.state == Request::State::answered && !request.is_excused) {
    if (answer.seq != request.seq || answer.etag != request.etag)
      stage_.violate(name + " was answered with row " + std::to_string(request.seq) + ", and repeated with row " +
                     std::to_string(answer.seq));
    return;
  }
  request.state = Request::State::answered;
  request.is_excused = false;  // done again after its first effect was lost: from now on it counts again
  request.seq = answer.seq;
  request.etag = answer.etag;
  request.has_row = written == request.change_id;
  request.answered_at = stage_.now();
  if (std::holds_alternative<CreateCustomer>(request.command)) known_[request.shop].push_back(request.customer);
}

std::optional<CustomerId> Clerk::customer_of(const ChangeId& id) const {
  const auto found = asked_.find(id);
  return found == asked_.end() ? std::nullopt : std::optional(found->second);
}

bool Clerk::has_open() const {
  for (const auto& request : requests_)
    if (request.state == Request::State::open) return true;
  return false;
}

void Clerk::account(std::size_t shop, const std::map<ChangeId, Seq>& held, std::optional<Time> since) {
  const Seq head = static_cast<Seq>(held.size());
  for (auto& request : requests_) {
    if (request.shop != shop || request.state != Request::State::answered || request.is_excused) continue;
    const auto found = held.find(request.change_id);
    const bool is_young = since && request.answered_at >= *since;
    // Where nothing had to change there is no row, only the kept answer, which shows at the next repeat.
    const bool is_held =
        request.has_row ? found != held.end() && found->second == request.seq : request.seq <= head && !is_young;
    if (is_held) continue;
    if (is_young) {
      request.is_excused = true;
      stage_.tell("request ", request.number, " is lost, and excused");
    } else {
      stage_.violate("request " + std::to_string(request.number) + ", answered 2xx as row " + std::to_string(request.seq) +
                     ", is not on the disk of shop " + std::to_string(shop));
    }
  }
}

}  // namespace tillgate::sim
