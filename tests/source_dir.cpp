#include "tests/source_dir.hpp"

namespace tillgate {

std::string source_dir() { return TILLGATE_SOURCE_DIR; }

}  // namespace tillgate
