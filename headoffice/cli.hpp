// The command line of tillgate-hq. Every command but `serve` reads the database directly and leaves.
#pragma once

namespace tillgate {

// The exit code (headoffice/exit_codes.hpp).
[[nodiscard]] int run_office_cli(int argc, const char* const* argv);

}  // namespace tillgate
