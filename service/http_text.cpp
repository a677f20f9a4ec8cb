#include "service/http_text.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "service/utf8.hpp"

namespace tillgate {
namespace {

bool is_alnum(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool is_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool is_control(unsigned char c) {
  return c < 0x20 || c == 0x7f;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// RFC 3986 pchar; '%' is judged by percent_decode.
bool is_path_char(char c) {
  return is_alnum(c) || std::string_view("-._~!$&'()*+,;=:@%").find(c) != std::string_view::npos;
}
bool is_query_char(char c) {
  return is_path_char(c) || c == '/' || c == '?';
}

// What an escape may have smuggled in: bytes that are not UTF-8, control characters beyond ASCII.
bool is_clean(std::string_view text) {
  while (!text.empty()) {
    const auto decoded = utf8::decode(text);
    if (!decoded || utf8::is_control(decoded->point)) return false;
    text.remove_prefix(decoded->bytes);
  }
  return true;
}

std::optional<std::string> decoded_path(std::string_view raw) {
  std::string path;
  path.reserve(raw.size());
  while (!raw.empty()) {
    raw.remove_prefix(1);  // the '/'
    const auto segment_raw = raw.substr(0, raw.find('/'));
    raw.remove_prefix(segment_raw.size());
    if (!std::ranges::all_of(segment_raw, is_path_char)) return std::nullopt;
    auto segment = percent_decode(segment_raw);
    if (!segment || *segment == "." || *segment == ".." || segment->find('/') != std::string::npos) return std::nullopt;
    path += '/';
    path += *segment;
  }
  return path;
}

bool add_query_part(std::string_view raw, HttpTarget& target) {
  if (target.query.size() == kQueryPartsMax) return false;
  const auto equals = raw.find('=');
  auto name = percent_decode(raw.substr(0, equals));
  auto value = percent_decode(equals == std::string_view::npos ? std::string_view() : raw.substr(equals + 1));
  if (!name || !value || name->empty() || !is_clean(*name) || !is_clean(*value)) return false;
  for (const auto& [known, ignored] : target.query)
    if (known == *name) return false;
  target.query.emplace_back(std::move(*name), std::move(*value));
  return true;
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    if (i + 2 >= text.size()) return std::nullopt;
    const int high = hex_digit(text[i + 1]), low = hex_digit(text[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    const auto byte = static_cast<unsigned char>(high * 16 + low);
    if (is_control(byte)) return std::nullopt;
    out += static_cast<char>(byte);
    i += 2;
  }
  return out;
}

std::optional<HttpTarget> parse_target(std::string_view target) {
  if (target.empty() || target.front() != '/' || target.size() > kTargetBytesMax) return std::nullopt;
  const auto mark = target.find('?');
  auto path = decoded_path(target.substr(0, mark));
  if (!path || !is_clean(*path)) return std::nullopt;
  HttpTarget parsed{std::move(*path), {}};
  if (mark == std::string_view::npos) return parsed;
  auto query = target.substr(mark + 1);
  if (!std::ranges::all_of(query, is_query_char)) return std::nullopt;
  while (!query.empty()) {
    const auto part = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(part.size() + 1, query.size()));
    if (!add_query_part(part, parsed)) return std::nullopt;
  }
  return parsed;
}

bool is_token(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return is_alnum(c) || std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
  });
}

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 &&
         std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '.' || c == '_' || c == '-'; });
}

std::string to_lower(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && to_lower(a) == to_lower(b);
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

bool list_has(std::string_view list, std::string_view member) {
  while (!list.empty()) {
    const auto item = list.substr(0, list.find(','));
    if (equals_ignoring_case(trimmed(item), member)) return true;
    list.remove_prefix(std::min(item.size() + 1, list.size()));
  }
  return false;
}

std::optional<std::string> host_of(std::string_view host_field) {
  std::size_t end = 0;
  if (host_field.starts_with('[')) {
    end = host_field.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    ++end;
    std::array<unsigned char, sizeof(in6_addr)> address{};
    if (inet_pton(AF_INET6, std::string(host_field.substr(1, end - 2)).c_str(), address.data()) != 1) return std::nullopt;
  } else {
    end = std::min(host_field.find(':'), host_field.size());
    if (end == 0 || end > 253) return std::nullopt;
    const auto name = host_field.substr(0, end);
    if (!std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '.' || c == '-' || c == '_'; })) return std::nullopt;
  }
  const auto rest = host_field.substr(end);
  if (!rest.empty()) {
    if (rest.front() != ':' || rest.size() > 6 || !is_digits(rest.substr(1))) return std::nullopt;
    if (std::stoul(std::string(rest.substr(1))) > 65535) return std::nullopt;
  }
  return to_lower(host_field.substr(0, end));
}

bool is_host_allowed(std::string_view host, const std::vector<std::string>& also) {
  if (host == "localhost" || host.starts_with('[')) return true;
  in_addr address{};
  if (inet_pton(AF_INET, std::string(host).c_str(), &address) == 1) return true;
  return std::ranges::find(also, host) != also.end();
}

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "";
  }
}

bool is_field_value(std::string_view value) {
  return std::ranges::none_of(value, [](char c) { return is_control(static_cast<unsigned char>(c)) && c != '\t'; });
}

}  // namespace tillgate
