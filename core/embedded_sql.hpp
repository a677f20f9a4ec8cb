// A numbered SQL migration compiled into the program by scripts/embed_sql.cmake.
#pragma once

#include <cstddef>

namespace tillgate {

struct EmbeddedSql {
  const char* name;  // "0001_first.sql"
  const char* text;
};

}  // namespace tillgate
