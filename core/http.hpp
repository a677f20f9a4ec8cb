// An HTTP request and its answer as plain values, shared by server, client and everything that only decides.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tillgate {

struct HttpRequest {
  std::string method;   // upper case
  std::string target;   // as received: path and query
  std::string path;     // percent-decoded, no query; always begins with '/'
  std::vector<std::pair<std::string, std::string>> query;    // percent-decoded, in order
  std::vector<std::pair<std::string, std::string>> headers;  // names lower case
  std::string body;
  std::string peer;          // address of the far side, or "unix"
  std::optional<unsigned> peer_uid;  // on the admin socket
  bool is_local_socket = false;
  std::string correlation_id;        // from X-Request-Id when sane, else made by the server
  [[nodiscard]] std::optional<std::string_view> header(std::string_view lower_case_name) const {
    for (const auto& [name, value] : headers)
      if (name == lower_case_name) return value;
    return std::nullopt;
  }
  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const {
    for (const auto& [key, value] : query)
      if (key == name) return value;
    return std::nullopt;
  }
};

class HttpStream;  // service/http_stream.hpp

struct HttpResponse {
  int status = 200;
  std::vector<std::pair<std::string, std::string>> headers;
  std::string content_type = "application/json";
  std::string body;
  bool close = false;  // end the connection after this answer
  std::shared_ptr<HttpStream> stream;  // instead of a body: one that goes on, until the connection ends
};

}  // namespace tillgate
