// Where the tests find what lies beside the code: golden files, the sample configurations, the docs.
#pragma once

#include <string>

namespace tillgate {

// The folder of the checkout, without a slash at its end. The one file that knows it is compiled anew for each checkout; all
// others come out of the compiler cache.
[[nodiscard]] std::string source_dir();

}  // namespace tillgate
