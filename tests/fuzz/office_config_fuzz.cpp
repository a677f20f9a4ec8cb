// Head office's configuration file: typed and within its bounds, or a complaint that is safe to print. What is accepted is
// printed and read again without change, but for the password of the database, which is never printed.
#include <algorithm>
#include <string>

#include "core/bytes.hpp"
#include "core/ids.hpp"
#include "core/json.hpp"
#include "headoffice/config.hpp"
#include "headoffice/conninfo.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

constexpr std::string_view kSecret = "pIzQ";  // no other word of a conninfo holds these letters

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || host.starts_with("127.");
}

void check_complaints(std::string_view text) {
  claim(!text.empty() && is_utf8(text), "a complaint can be read");
  claim(std::ranges::none_of(text, [](char c) { return (static_cast<unsigned char>(c) < 0x20 && c != '\n') || c == 0x7f; }),
        "a complaint holds no control character");
}

void check_config(const OfficeConfig& config) {
  claim(config.orgs.size() <= 256 && std::ranges::all_of(config.orgs, is_name_id), "organisations are named and bounded");
  claim(!config.broker.plain || is_loopback(config.broker.host), "without TLS only to this machine");
  claim(config.broker.port >= 1 && !config.broker.client_id.empty(), "the broker has a port, and we a name");
  claim(is_loopback(config.http.listen), "head office listens to this machine only");
  claim(config.http.token_hash.empty() || Digest::from_text(config.http.token_hash), "a token is a hash");
  claim(!config.topic_root.empty() && config.topic_root.find_first_of("+#$ ") == std::string::npos, "a topic is plain");
}

// A password as libpq reads it, between words that a stranger chose.
void check_password(const std::string& before, const std::string& after) {
  for (const std::string& password : {"password=" + std::string(kSecret), "password = '" + std::string(kSecret) + "\\' x'",
                                      "password=x\\ " + std::string(kSecret) + "&" + std::string(kSecret)}) {
    const std::string shown = without_password("host=db " + password + " " + after);
    claim(shown.find(kSecret) == std::string::npos, "a password among words is not shown");
  }
  if (before.find_first_of("@/:") != std::string::npos) return;
  const std::string uri = "postgresql://" + before + ":" + std::string(kSecret) + "?@db/" + after;
  claim(without_password(uri).find(kSecret) == std::string::npos, "a password in a URI is not shown");
}

void check_shown(const std::string& database) {
  const std::string shown = without_password(database);
  claim(without_password(shown) == shown, "what is blanked stays blanked, and nothing else goes");
  const std::string half = database.substr(0, database.size() / 2);
  if (database.find(kSecret) == std::string::npos) check_password(half, database.substr(half.size()));
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view text = fuzz::text_of(data, size);
  if (size <= 256) fuzz::check_shown(std::string(text));
  OfficeConfig config;
  try {
    config = read_office_config(YamlFile("hq.yaml", text));
  } catch (const ConfigError& error) {
    fuzz::check_complaints(error.what());
    return 0;
  }
  fuzz::check_config(config);
  const std::string printed = print_office_config(config);
  config.database = without_password(config.database);
  try {
    fuzz::claim(read_office_config(YamlFile("printed.yaml", printed)) == config, "a configuration reads back");
  } catch (const ConfigError& error) {
    fuzz::claim(false, error.what());
  }
  return 0;
}
