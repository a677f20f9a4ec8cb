#include <algorithm>
#include <array>
#include <charconv>

#include "store/backup_file.hpp"
#include "store/byte_file.hpp"

namespace tillgate {
namespace {

constexpr std::string_view kFirstLine = "tillgate backup ";
constexpr std::string_view kFormat = "1";
constexpr std::int64_t kBytesMax = std::int64_t{1} << 44;

tl::unexpected<Error> no_backup() {
  return fail(Errc::invalid, "this is no backup of Tillgate, or its header is damaged");
}

// Lines in their one order; each is taken once.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}
  // Empty: the next line is another one.
  [[nodiscard]] std::string_view take(std::string_view name) {
    const auto end = text_.find('\n');
    const std::string_view line = text_.substr(0, end);
    if (end == std::string_view::npos || !line.starts_with(name) || line.size() <= name.size() || line[name.size()] != ' ')
      return {};
    text_.remove_prefix(end + 1);
    return line.substr(name.size() + 1);
  }

 private:
  std::string_view text_;
};

bool is_number(std::string_view text, std::int64_t max, std::int64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() && out >= 0 && out <= max;
}

}  // namespace

std::string to_text(const BackupHeader& header) {
  std::string text = std::string(kFirstLine) + std::string(kFormat) + "\n";
  const auto add = [&](std::string_view name, const std::string& value) { text.append(name).append(" ").append(value).append("\n"); };
  add("org", header.org.value);
  add("store", header.store.value);
  add("key", header.key_id);
  add("taken", to_text(header.taken_at));
  add("program", header.program);
  add("schema", std::to_string(header.schema));
  add("epoch", header.epoch.text());
  add("head", std::to_string(header.head.seq) + ":" + header.head.digest.text());
  add("bytes", std::to_string(header.bytes));
  return text + "\n";
}

Result<ParsedHeader> parse_backup_header(std::string_view bytes) {
  bytes = bytes.substr(0, kBackupHeaderBytesMax);
  if (!bytes.starts_with(kFirstLine)) return no_backup();
  const auto end = bytes.find("\n\n");
  if (end == std::string_view::npos) return no_backup();
  const std::string_view text = bytes.substr(0, end + 1);
  const auto first_end = text.find('\n');
  if (text.substr(kFirstLine.size(), first_end - kFirstLine.size()) != kFormat)
    return fail(Errc::unsupported, "this backup is of a format that this program does not know; use a newer one");
  Lines lines(text.substr(first_end + 1));
  BackupHeader header;
  header.org.value = lines.take("org");
  header.store.value = lines.take("store");
  header.key_id = lines.take("key");
  const auto taken = timestamp_from_text(lines.take("taken"));
  header.program = lines.take("program");
  std::int64_t schema = 0;
  const bool has_schema = is_number(lines.take("schema"), 1'000'000, schema);
  const auto epoch = Epoch::from_text(lines.take("epoch"));
  const std::string_view head = lines.take("head");
  const auto colon = std::min(head.find(':'), head.size());
  const bool has_seq = is_number(head.substr(0, colon), INT64_MAX, header.head.seq);
  const auto digest = Digest::from_text(head.substr(std::min(colon + 1, head.size())));
  const bool has_bytes = is_number(lines.take("bytes"), kBytesMax, header.bytes);
  if (!taken || !has_schema || !epoch || !has_seq || !digest || !has_bytes || header.bytes == 0) return no_backup();
  if (!is_name_id(header.org.value) || !is_name_id(header.store.value)) return no_backup();
  header.taken_at = *taken;
  header.schema = static_cast<int>(schema);
  header.epoch = *epoch;
  header.head.digest = *digest;
  // One spelling: what is read is what would be written.
  if (to_text(header) != bytes.substr(0, end + 2)) return no_backup();
  return ParsedHeader{std::move(header), end + 2};
}

Result<BackupHeader> read_backup_header(const std::filesystem::path& file) {
  auto in = ByteFile::open(file);
  if (!in) return fail(in.error());
  std::array<std::uint8_t, kBackupHeaderBytesMax> begin{};
  auto count = in->read(begin);
  if (!count) return fail(count.error());
  auto parsed = parse_backup_header({reinterpret_cast<const char*>(begin.data()), *count});
  if (!parsed) return fail(parsed.error());
  return parsed->header;
}

std::int64_t sealed_bytes(const BackupHeader& header) {
  const auto chunk = static_cast<std::int64_t>(kBackupChunkBytes);
  const std::int64_t chunks = (header.bytes + chunk - 1) / chunk;
  return static_cast<std::int64_t>(to_text(header).size() + kStreamHeadBytes) + header.bytes +
         chunks * static_cast<std::int64_t>(kChunkTagBytes);
}

}  // namespace tillgate
