#include "daemon/terminal_request.hpp"

#include <algorithm>
#include <charconv>

#include "service/http_text.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kIdempotencyKeyBytesMax = 64;
constexpr std::int64_t kPageMax = 200;

// What every list takes; `read_own` takes what is this list's alone, and says whether it knew it.
template <class Query, class ReadOwn>
Result<> read_page(const HttpRequest& request, Query& query, const ReadOwn& read_own, std::string_view known) {
  for (const auto& [name, value] : request.query) {
    if (std::count_if(request.query.begin(), request.query.end(),
                      [&wanted = name](const auto& pair) { return pair.first == wanted; }) > 1)
      return fail(Errc::invalid, "A query parameter is given twice.");
    if (name == "limit") {
      const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), query.limit);
      if (error != std::errc() || end != value.data() + value.size() || query.limit < 1 || query.limit > kPageMax)
        return fail(Errc::invalid, "limit must be a number from 1 to 200.");
    } else if (name == "cursor") {
      query.cursor = value;
    } else {
      auto is_known = read_own(name, value);
      if (!is_known) return fail(is_known.error());
      if (!*is_known)
        return fail(Errc::invalid,
                    "Unknown query parameter. Known: " + std::string(known) + ". Searching is never done in the URL.");
    }
  }
  return {};
}

}  // namespace

Result<CommandKey> command_key(const HttpRequest& request, const Caller& caller, std::string_view route) {
  const auto key = request.header("idempotency-key");
  if (!key)
    return fail(Errc::invalid,
                "The header Idempotency-Key is missing. Send a new random key with each new request, and the same key when you "
                "repeat one.");
  const bool is_plain = std::all_of(key->begin(), key->end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (key->empty() || key->size() > kIdempotencyKeyBytesMax || !is_plain)
    return fail(Errc::invalid, "Idempotency-Key must be 1 to 64 printable ASCII characters.");
  Hasher hasher;
  hasher.add(request.method).add(std::string_view("\n", 1)).add(request.path).add(std::string_view("\n", 1));
  hasher.add(request.header("if-match").value_or("")).add(std::string_view("\n", 1)).add(request.body);
  CommandKey out;
  out.key = std::string(*key);
  out.scope = caller.credential + " " + std::string(route);
  out.request = hasher.finish();
  return out;
}

bool has_json_body(const HttpRequest& request, bool allow_merge_patch) {
  auto type = request.header("content-type").value_or("");
  type = trimmed(type.substr(0, type.find(';')));
  return equals_ignoring_case(type, "application/json") ||
         (allow_merge_patch && equals_ignoring_case(type, "application/merge-patch+json"));
}

std::optional<IfMatch> parse_if_match(std::string_view text) {
  if (text == "*") return IfMatch{};
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return std::nullopt;
  auto digest = Digest::from_text(text.substr(1, text.size() - 2));
  if (!digest) return std::nullopt;
  return IfMatch{digest};
}

Result<ListCustomers> list_query(const HttpRequest& request) {
  ListCustomers query;
  auto read = read_page(
      request, query,
      [&](std::string_view name, std::string_view value) -> Result<bool> {
        if (name == "sort") {
          if (value != "created" && value != "updated") return fail(Errc::invalid, "sort must be created or updated.");
          query.sort = value == "created" ? CustomerSort::created : CustomerSort::updated;
          return true;
        }
        if (name != "updated_since") return false;
        query.updated_since = timestamp_from_text(value);
        if (!query.updated_since) return fail(Errc::invalid, "updated_since must be a UTC time such as 2026-11-22T08:00:00Z.");
        return true;
      },
      "cursor, limit, sort, updated_since");
  if (!read) return fail(read.error());
  return query;
}

Result<ListOrders> orders_query(const HttpRequest& request) {
  ListOrders query;
  auto read = read_page(
      request, query,
      [&](std::string_view name, std::string_view value) -> Result<bool> {
        if (name != "status") return false;
        query.status = order_status_named(value);
        if (!query.status)
          return fail(Errc::invalid, "status must be one of the states of an order, such as AWAITING_PROCESSING.");
        return true;
      },
      "cursor, limit, status");
  if (!read) return fail(read.error());
  return query;
}

Result<OrdersOf> orders_of_query(const HttpRequest& request) {
  OrdersOf query;
  auto read = read_page(
      request, query, [](std::string_view, std::string_view) { return Result<bool>(false); }, "cursor, limit");
  if (!read) return fail(read.error());
  return query;
}

}  // namespace tillgate
