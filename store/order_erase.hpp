// The orders of an erased customer. What they were worth stays, for the books; the words that people wrote into them go. An order is
// said once more as it stands, without those words, and all that was said of it before is blanked: so it can still be rebuilt from the
// ledger, here and at head office. Thread: the writer's.
#pragma once

#include "core/hlc.hpp"
#include "store/apply_common.hpp"

namespace tillgate {

// Of every order that names the customer and ever held such words. The kind of these changes is `update`, their reason "erase".
[[nodiscard]] Result<> strip_orders(ApplyContext& context, const EraseCustomer& command, const CustomerId& customer,
                                    const Moment& now);

}  // namespace tillgate
