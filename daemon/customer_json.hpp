// Customer <-> the JSON of the HTTP API. Reading is strict: an unknown field is a fault, never ignored (no mass assignment).
// Writing shows a role what it may see: a kiosk, which stands in public, names and contacts masked (daemon/mask.hpp) and little else.
#pragma once

#include <optional>
#include <span>
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
};

[[nodiscard]] ParsedPatch patch_from(const Json::Object& body);

// The plain text of what a field of sealed kind holds. `records`: of a person of several.
[[nodiscard]] Result<std::string> opened_number(const Sealer& sealer, const Customer& customer, std::span<const CustomerId> records,
                                                Field field, const std::string& sealed);

[[nodiscard]] bool may_see(const FieldSpec& spec, Role role);
// A field as `role` sees it: masked for a kiosk, a sealed number in the clear. None: it is empty, not for this role, or cannot be
// opened.
[[nodiscard]] std::optional<std::string> text_shown(const Customer& customer, std::span<const CustomerId> records, Field field,
                                                    Role role, const Sealer& sealer);
// The members of a customer's object: what `role` may see. `records`: of a person of several; empty, one record alone. A sealed number that cannot be opened is shown as null with
// "sealed": true beside it.
void write_customer(JsonWriter& json, const Customer& customer, std::span<const CustomerId> records, Role role,
                    const Sealer& sealer);

}  // namespace tillgate
