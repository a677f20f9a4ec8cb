// How tillgate-hq ends (sysexits.h where it has a word for it).
#pragma once

namespace tillgate {

inline constexpr int kOfficeExitOk = 0;
inline constexpr int kOfficeExitNotThere = 1;   // of the store, or of the parked change, that was named nothing is known
inline constexpr int kOfficeExitUsage = 2;      // wrong arguments
inline constexpr int kOfficeExitParked = 3;     // the change stays parked
inline constexpr int kOfficeExitDatabase = 69;  // PostgreSQL cannot be reached
inline constexpr int kOfficeExitLink = 71;      // the link thread is stuck; systemd starts us again
inline constexpr int kOfficeExitAddress = 75;   // the HTTP address is taken
inline constexpr int kOfficeExitConfig = 78;    // configuration or schema: restarting does not help

}  // namespace tillgate
