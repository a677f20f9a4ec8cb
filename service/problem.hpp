// RFC 9457 problem bodies, one place that maps our errors to HTTP. A body carries a code and a sentence, never SQL, paths,
// peer text or personal data.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/customer.hpp"
#include "core/http.hpp"
#include "core/result.hpp"

namespace tillgate {

// type is "urn:tillgate:problem:<code>".
[[nodiscard]] HttpResponse problem(int status, std::string_view code, std::string_view sentence);
[[nodiscard]] HttpResponse problem(const Error& error);  // by Errc; busy and unavailable carry Retry-After
[[nodiscard]] HttpResponse problem(const std::vector<FieldFault>& faults);  // 422 with every fault at once
[[nodiscard]] int status_of(Errc code);

}  // namespace tillgate
