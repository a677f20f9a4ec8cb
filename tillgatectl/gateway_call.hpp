// One request to the gateway's admin socket, patient: a gateway that is being restarted is waited for, so that what takes long is not
// lost with it. Everything asked through here may be asked again.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/http.hpp"
#include "core/result.hpp"
#include "core/time.hpp"

namespace tillgate {

inline constexpr int kExitUnreachable = 69;  // EX_UNAVAILABLE: the daemon does not answer
inline constexpr int kExitRefused = 77;      // EX_NOPERM, or any other answer that is not 2xx
inline constexpr int kExitBadFile = 65;      // EX_DATAERR: the file has faults
inline constexpr int kExitFiles = 74;        // EX_IOERR: a file of ours cannot be read or written

struct GatewayCall {
  std::string method, path, body;
  std::vector<std::pair<std::string, std::string>> headers = {};
};

class PatientGateway {
 public:
  explicit PatientGateway(std::string socket, seconds patience = seconds(60))
      : socket_(std::move(socket)), patience_(patience) {}
  // Any answer that is not "come again" (503), or what stood in the way when patience ran out.
  [[nodiscard]] Result<HttpResponse> call(const GatewayCall& what) const;
  [[nodiscard]] const std::string& socket() const { return socket_; }

 private:
  std::string socket_;
  seconds patience_;
};

// What a problem says to people, line by line; of anything else its status.
[[nodiscard]] std::string words_of(const HttpResponse& response);
// Prints what went wrong; the exit code.
int report_refusal(const HttpResponse& response);
int report_unreachable(const Error& error, const std::string& socket);

[[nodiscard]] std::string random_hex();  // 64 digits

}  // namespace tillgate
