// MQTT 5 reason codes as words for the log: what the broker said, in a CONNACK, SUBACK, PUBACK or DISCONNECT.
#pragma once

#include <string_view>

namespace tillgate {

// 0x80 and above say no.
[[nodiscard]] constexpr bool is_refusal(int reason_code) {
  return reason_code >= 0x80 && reason_code <= 0xff;
}

// Of a PUBACK: the broker has it, and nobody subscribes to its topic.
inline constexpr int kNoMatchingSubscribers = 0x10;

[[nodiscard]] std::string_view words_for_reason(int reason_code);

}  // namespace tillgate
