#include "daemon/identify_pace.hpp"

#include <algorithm>

#include "service/problem.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kCredentialsMax = 1024;

HttpResponse too_many(Duration wait) {
  auto response = problem(429, "too_many_requests", "Too many attempts. Wait a moment, or have staff look the customer up.");
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(wait).count();
  response.headers.emplace_back("Retry-After", std::to_string(std::max<std::int64_t>(1, seconds)));
  return response;
}

}  // namespace

TokenBucket& IdentifyPace::bucket_of(const Caller& caller, Time now) {
  const std::int64_t burst = caller.role == Role::kiosk ? kIdentifyBurstKiosk : kIdentifyBurstStaff;
  if (buckets_.size() >= kCredentialsMax && !buckets_.contains(caller.credential)) buckets_.clear();
  return buckets_.try_emplace(caller.credential, burst, Duration(std::chrono::minutes(1)) / burst, now).first->second;
}

std::optional<HttpResponse> IdentifyPace::refusal(const Caller& caller, Time now) {
  TokenBucket& bucket = bucket_of(caller, now);
  if (bucket.take(now)) return std::nullopt;
  return too_many(bucket.wait(now));
}

std::optional<HttpResponse> IdentifyPace::refusal_uncounted(const Caller& caller, Time now) {
  const Duration wait = bucket_of(caller, now).wait(now);
  return wait > Duration{0} ? std::optional(too_many(wait)) : std::nullopt;
}

}  // namespace tillgate
