// How often a caller may ask who somebody is. Guessing telephone numbers is slow then, wherever they are typed in.
// Thread: logic.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/http.hpp"
#include "core/token_bucket.hpp"
#include "service/router.hpp"

namespace tillgate {

inline constexpr std::int64_t kIdentifyBurstKiosk = 10, kIdentifyBurstStaff = 120;  // and as many a minute

class IdentifyPace {
 public:
  // None: go on. Else the 429, with how long to wait.
  [[nodiscard]] std::optional<HttpResponse> refusal(const Caller& caller, Time now);
  // The same without counting it as an attempt: for questions that count only where the answer is no. It is asked before one looks, so
  // that being refused tells nothing.
  [[nodiscard]] std::optional<HttpResponse> refusal_uncounted(const Caller& caller, Time now);

 private:
  [[nodiscard]] TokenBucket& bucket_of(const Caller& caller, Time now);
  std::map<std::string, TokenBucket> buckets_;  // by credential
};

}  // namespace tillgate
