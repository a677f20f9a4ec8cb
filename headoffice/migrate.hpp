// Brings head office's schema to this program's version, or refuses. Safe to run from several instances at once.
#pragma once

#include "core/result.hpp"
#include "headoffice/database.hpp"

namespace tillgate {

// Applies what is missing, all in one transaction under an advisory lock. Errc::unsupported: the database belongs to a newer
// program, or one of its migrations is not the text that we know.
[[nodiscard]] Result<> migrate(Database& database);

}  // namespace tillgate
