// The text that tells libpq where the database is: a URI or key=value words. What is added to it, and what may be shown of it.
#pragma once

#include <string>
#include <string_view>

namespace tillgate {

// Without these a server that vanishes without a word holds the thread for a quarter of an hour. What the text says itself stays.
[[nodiscard]] std::string with_timeouts(std::string conninfo);

// What may be shown: every password is blanked, as libpq would read it and where it is written wrongly, too.
[[nodiscard]] std::string without_password(std::string_view conninfo);

}  // namespace tillgate
