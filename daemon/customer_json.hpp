// Customer <-> the JSON of the HTTP API. Reading is strict: an unknown field is a fault, never ignored (no mass assignment).
// Writing shows a role what it may see: sealed numbers and notes are not for a kiosk.
#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/customer.hpp"
#include "core/json.hpp"
#include "core/result.hpp"
#include "service/router.hpp"
#include "store/queries.hpp"
#include "store/seal.hpp"

namespace tillgate {

struct ParsedPatch {
  Patch patch;
  std::vector<FieldFault> faults;  // shape faults: unknown_field, wrong_type, read_only
  // `tags` replaces the whole set (RFC 7396: arrays are replaced); what that removes depends on the record as it stands.
  std::optional<std::vector<std::string>> tags;
};

// Errc::invalid: not a JSON object (depth, size, duplicate keys, UTF-8).
[[nodiscard]] Result<Json::Object> parse_object(std::string_view body);
[[nodiscard]] ParsedPatch patch_from(const Json::Object& body);
// Fills tags_added / tags_removed from the wanted set against what is there.
void settle_tags(ParsedPatch& parsed, const Customer* now);

// What `role` may see of a customer. A sealed number that cannot be opened is shown as null with "sealed": true beside it.
[[nodiscard]] boost::json::object customer_json(const Customer& customer, Role role, const Sealer& sealer);

}  // namespace tillgate
