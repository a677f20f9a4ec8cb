// Clerk: the people at the terminals. They ask for writes under an Idempotency-Key, repeat what was not answered, sometimes repeat
// what was, sometimes use a key again for something else; and they remember every answer they were given. Everything the world
// promises to people is judged against this memory.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "core/command.hpp"
#include "core/result.hpp"
#include "sim/world/stage.hpp"

namespace tillgate::sim {

struct Request {
  std::size_t shop = 0;
  std::int64_t number = 0;
  Command command;
  ChangeId change_id;   // that its one change must have
  CustomerId customer;  // whom it concerns
  enum class State : std::uint8_t { open, answered, refused } state = State::open;
  // Of the first 2xx:
  Seq seq = 0;
  Digest etag;
  Time answered_at{};
  bool has_row = false;     // no: everything was so already
  bool is_excused = false;  // its disk lied, or was restored from a copy that is older than the answer
};

class Clerk {
 public:
  // Hands a command to a shop; false: it is closed just now. `answer` may never be called. `written`: the change that lies in the
  // row which was answered.
  using Answer = std::function<void(const Result<CommandOutcome>&, std::optional<ChangeId> written)>;
  using Ask = std::function<bool(std::size_t shop, const Command& command, Answer answer)>;
  Clerk(Stage& stage, Ask ask) : stage_(stage), ask_(std::move(ask)) {}

  void write(std::size_t shop);  // something new, drawn
  // A scripted request; its number.
  std::int64_t create(std::size_t shop, Patch patch);
  std::int64_t update(std::size_t shop, const CustomerId& customer, Patch patch);
  void repeat(std::int64_t number);
  void reuse_key_of(std::int64_t number);

  [[nodiscard]] const Request& request(std::int64_t number) const { return requests_.at(static_cast<std::size_t>(number)); }
  [[nodiscard]] std::deque<Request>& requests() { return requests_; }
  // Whom a change concerns; none: nobody asked for it.
  [[nodiscard]] std::optional<CustomerId> customer_of(const ChangeId& id) const;
  [[nodiscard]] bool has_open() const;
  // What a disk no longer holds, though it answered 2xx: excused when it was answered at or after `since`; else that is the
  // violation. `held`: the changes on the disk and their rows.
  void account(std::size_t shop, const std::map<ChangeId, Seq>& held, std::optional<Time> since);

 private:
  std::int64_t add(std::size_t shop, Command command);
  void send(std::int64_t number);
  void hear(std::int64_t number, const Result<CommandOutcome>& outcome, std::optional<ChangeId> written);
  void compare(Request& request, const Committed& answer, std::optional<ChangeId> written);
  [[nodiscard]] Patch draw_patch(bool is_create);

  Stage& stage_;
  Ask ask_;
  std::deque<Request> requests_;                          // by number
  std::map<ChangeId, CustomerId> asked_;                  // every effect that was ever asked for
  std::map<std::size_t, std::vector<CustomerId>> known_;  // customers, per shop, whose creation was answered
};

}  // namespace tillgate::sim
