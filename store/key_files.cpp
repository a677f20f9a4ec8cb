#include "store/key_files.hpp"

#include <cstdlib>
#include <fstream>

#include "core/bytes.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kKeyHexDigits = 64;

std::string path_of(const std::string& configured, const char* credential) {
  if (!configured.empty()) return configured;
  const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
  return directory == nullptr ? std::string() : std::string(directory) + "/" + credential;
}

Result<> load_key(const std::string& configured, const char* credential, std::array<std::uint8_t, 32>& out) {
  const std::string path = path_of(configured, credential);
  if (path.empty())
    return fail(Errc::invalid, std::string("no ") + credential + ": name its file, or run under systemd with the credential");
  std::ifstream in(path);
  std::string text;
  if (!in || !(in >> text)) return fail(Errc::invalid, "the key file " + path + " cannot be read");
  if (text.size() != kKeyHexDigits || !from_hex(text, out))
    return fail(Errc::invalid, "the key file " + path + " must hold 64 hexadecimal digits (make one with: tillgatectl key)");
  return {};
}

}  // namespace

Result<SealKeys> load_keys(const KeyFiles& files) {
  SealKeys keys;
  keys.id = files.id;
  if (auto done = load_key(files.pii, "pii-key", keys.pii); !done) return fail(done.error());
  if (auto done = load_key(files.index, "index-key", keys.index); !done) return fail(done.error());
  if (keys.pii == keys.index) return fail(Errc::invalid, "pii-key and index-key are the same; they must be two different keys");
  return keys;
}

}  // namespace tillgate
