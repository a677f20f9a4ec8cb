#include "drivers/mqtt/reasons.hpp"

namespace tillgate {

std::string_view words_for_reason(int reason_code) {
  switch (reason_code) {
    case 0x00: return "normal end of the connection";
    case 0x04: return "ended with the will";
    case 0x10: return "nobody is subscribed";
    case 0x80: return "unspecified error";
    case 0x81: return "malformed packet";
    case 0x82: return "protocol error";
    case 0x83: return "refused for a reason of the broker's own";
    case 0x84: return "MQTT 5 is not supported";
    case 0x85: return "client id not valid";
    case 0x86: return "bad user name or password";
    case 0x87: return "not authorised";
    case 0x88: return "server unavailable";
    case 0x89: return "server busy";
    case 0x8a: return "banned";
    case 0x8b: return "server shutting down";
    case 0x8c: return "bad authentication method";
    case 0x8d: return "no sign of life from us within the keepalive";
    case 0x8e: return "session taken over: another client connected with our client id";
    case 0x8f: return "topic filter not valid";
    case 0x90: return "topic name not valid";
    case 0x91: return "packet identifier in use";
    case 0x92: return "packet identifier not found";
    case 0x93: return "more messages in flight than allowed";
    case 0x94: return "topic alias not valid";
    case 0x95: return "packet too large";
    case 0x96: return "message rate too high";
    case 0x97: return "quota exceeded";
    case 0x98: return "administrative action";
    case 0x99: return "payload format not valid";
    case 0x9a: return "retained messages are not supported";
    case 0x9b: return "this QoS is not supported";
    case 0x9c: return "use another server";
    case 0x9d: return "server moved";
    case 0x9e: return "shared subscriptions are not supported";
    case 0x9f: return "connection rate exceeded";
    case 0xa0: return "maximum connect time reached";
    case 0xa1: return "subscription identifiers are not supported";
    case 0xa2: return "wildcard subscriptions are not supported";
    default: return "a reason code this version does not know";
  }
}

}  // namespace tillgate
