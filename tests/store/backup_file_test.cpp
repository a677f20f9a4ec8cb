// The file of a backup: what was sealed opens, and nothing else does.
#include "store/backup_file.hpp"

#include "store/byte_file.hpp"
#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}
void overwrite(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

struct Sealed {
  TempDir dir;
  std::filesystem::path plain = dir.path() / "plain", file = dir.path() / "one.backup", again = dir.path() / "again";
  BackupKey key = backup_key({0x11});
  BackupHeader header;
  std::string content;

  explicit Sealed(std::size_t bytes) {
    std::mt19937_64 random(20261128);
    for (std::size_t i = 0; i < bytes; ++i) content += static_cast<char>(random());
    overwrite(plain, content);
    header.org = OrgId{"acme"};
    header.store = StoreId{"store-7"};
    header.key_id = "k1";
    header.taken_at = timestamp_from_ms(1'795'390'000'123);
    header.program = "0.1.0";
    header.schema = 5;
    header.epoch = Epoch(uuid_v4({7}));
    header.head = Position{42, hash_of("a row")};
    header.bytes = static_cast<std::int64_t>(bytes);
    const auto done = seal_backup(plain, header, key, file, nullptr);
    EXPECT_TRUE(done.has_value()) << done.error().what;
  }
  Result<BackupHeader> open() { return open_backup(file, key, again, nullptr); }
};

TEST(BackupFile, Row76_WhatWasSealedOpensAtEverySizeAroundAChunk) {
  for (const std::size_t bytes : {std::size_t{1}, kBackupChunkBytes - 1, kBackupChunkBytes, kBackupChunkBytes + 1, 3 * kBackupChunkBytes}) {
    Sealed sealed(bytes);
    const auto opened = sealed.open();
    ASSERT_TRUE(opened.has_value()) << opened.error().what;
    EXPECT_EQ(*opened, sealed.header);
    EXPECT_EQ(bytes_of(sealed.again), sealed.content) << bytes;
    EXPECT_EQ(static_cast<std::int64_t>(bytes_of(sealed.file).size()), sealed_bytes(sealed.header));
    EXPECT_EQ(std::filesystem::status(sealed.file).permissions(), std::filesystem::perms(0600));
    EXPECT_FALSE(std::filesystem::exists(sealed.file.string() + ".part"));
  }
}

TEST(BackupFile, Row55_HoldsNothingOfWhatItSeals) {
  Sealed sealed(10);
  overwrite(sealed.plain, "Zq7CANARY ");
  ASSERT_TRUE(seal_backup(sealed.plain, sealed.header, sealed.key, sealed.file, nullptr).has_value());
  EXPECT_EQ(bytes_of(sealed.file).find("Zq7CANARY"), std::string::npos);
  ASSERT_TRUE(sealed.open().has_value());
  EXPECT_EQ(bytes_of(sealed.again), "Zq7CANARY ") << "the control";
  overwrite(sealed.again, "");
  const std::string once = bytes_of(sealed.file);
  ASSERT_TRUE(seal_backup(sealed.plain, sealed.header, sealed.key, sealed.file, nullptr).has_value());
  EXPECT_NE(bytes_of(sealed.file), once) << "the same twice is not the same bytes";
}

TEST(BackupFile, Row76_EveryTruncationAndEveryFlippedByteIsRefused) {
  Sealed sealed(300);
  const std::string whole = bytes_of(sealed.file);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    overwrite(sealed.file, whole.substr(0, length));
    const auto opened = sealed.open();
    ASSERT_FALSE(opened.has_value()) << "of " << length << " bytes";
    ASSERT_EQ(opened.error().code, Errc::invalid);
    ASSERT_FALSE(std::filesystem::exists(sealed.again));
  }
  for (std::size_t at = 0; at < whole.size(); ++at) {
    for (const char flip : {'\x01', '\x80'}) {
      std::string altered = whole;
      altered[at] = static_cast<char>(altered[at] ^ flip);
      overwrite(sealed.file, altered);
      ASSERT_FALSE(sealed.open().has_value()) << "byte " << at;
      ASSERT_FALSE(std::filesystem::exists(sealed.again));
    }
  }
  overwrite(sealed.file, whole + "x");
  EXPECT_NE(sealed.open().error().what.find("longer than it should be"), std::string::npos);
  overwrite(sealed.file, whole.substr(0, whole.size() - 1));
  EXPECT_NE(sealed.open().error().what.find("was cut off"), std::string::npos);
  overwrite(sealed.file, whole);
  EXPECT_TRUE(sealed.open().has_value()) << "the control";
}

TEST(BackupFile, Row76_ChunksCannotBeExchangedOrTakenFromAnotherBackup) {
  Sealed sealed(3 * kBackupChunkBytes);
  const std::string whole = bytes_of(sealed.file);
  const std::size_t begin = to_text(sealed.header).size() + kStreamHeadBytes, chunk = kBackupChunkBytes + kChunkTagBytes;
  overwrite(sealed.file, whole.substr(0, begin) + whole.substr(begin + chunk, chunk) + whole.substr(begin, chunk) + whole.substr(begin + 2 * chunk));
  EXPECT_FALSE(sealed.open().has_value());
  Sealed other(3 * kBackupChunkBytes);
  const std::string foreign = bytes_of(other.file);
  overwrite(sealed.file, whole.substr(0, begin + chunk) + foreign.substr(begin + chunk));
  const auto opened = sealed.open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().what.find("was altered at byte"), std::string::npos);
  // A header that says one chunk less, with the file cut to fit: the last chunk left is not the last one that was sealed.
  BackupHeader less = sealed.header;
  less.bytes = 2 * static_cast<std::int64_t>(kBackupChunkBytes);
  overwrite(sealed.file, to_text(less) + whole.substr(to_text(sealed.header).size(), kStreamHeadBytes + 2 * chunk));
  EXPECT_FALSE(sealed.open().has_value());
}

TEST(BackupFile, AnotherKeyIsRefusedAndSaidSo) {
  Sealed sealed(100);
  sealed.key = backup_key({0x12});
  const auto opened = sealed.open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_NE(opened.error().what.find("another key than the one given (it says k1)"), std::string::npos);
}

TEST(BackupFile, AHeaderHasOneSpelling) {
  Sealed sealed(1);
  const std::string text = to_text(sealed.header);
  const auto parsed = parse_backup_header(text + "rest");
  ASSERT_TRUE(parsed.has_value());
  EXPECT_EQ(parsed->header, sealed.header);
  EXPECT_EQ(parsed->length, text.size());
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string other = text;
    other.replace(other.find(from), from.size(), to);
    EXPECT_FALSE(parse_backup_header(other).has_value()) << other;
  };
  refused("bytes 1", "bytes 01");
  refused("bytes 1", "bytes 0");
  refused("bytes 1", "bytes -1");
  refused("bytes 1", "bytes 99999999999999999999");
  refused("org acme", "org ../x");
  refused("org acme\nstore store-7", "store store-7\norg acme");
  refused("schema 5", "schema 5 ");
  refused("tillgate", "Tillgate");
  EXPECT_FALSE(parse_backup_header(std::string(10'000, 'x')).has_value());
  EXPECT_FALSE(parse_backup_header("tillgate backup 1\n" + std::string(5000, 'x') + "\n\n").has_value());
  std::string newer = text;
  newer.replace(newer.find("backup 1"), 8, "backup 2");
  EXPECT_EQ(parse_backup_header(newer).error().code, Errc::unsupported);
}

TEST(BackupFile, StoppedOrWithoutRoomNothingIsLeftUnderItsName) {
  Sealed sealed(100);
  std::filesystem::remove(sealed.file);
  EXPECT_FALSE(seal_backup(sealed.plain, sealed.header, sealed.key, sealed.file, [](auto, auto) { return false; }).has_value());
  EXPECT_FALSE(std::filesystem::exists(sealed.file));
  EXPECT_FALSE(std::filesystem::exists(sealed.file.string() + ".part"));
  const auto room = require_room(sealed.dir.path(), std::int64_t{1} << 60);
  ASSERT_FALSE(room.has_value());
  EXPECT_EQ(room.error().code, Errc::full);
  EXPECT_NE(room.error().what.find("1099511627776 MiB are needed"), std::string::npos);
  EXPECT_TRUE(require_room(sealed.dir.path(), 1).has_value());
}

}  // namespace
}  // namespace tillgate
