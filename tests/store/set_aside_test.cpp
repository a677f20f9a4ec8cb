#include "store/set_aside.hpp"

#include "tests/store/support.hpp"

namespace tillgate {
namespace {

using namespace testing;

const Timestamp kMoment = timestamp_from_ms(1'795'390'000'123);

std::string bytes_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

void overwrite(const std::filesystem::path& file, std::string_view bytes) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << bytes;
}

TEST(SetAside, ALogWithoutItsDatabaseIsNotDeletedByOpeningIt) {
  World world;
  const std::string log = world.options.file.string() + "-wal";
  auto store = world.open();
  commit(*store, create("Ada"));
  const std::string accepted = bytes_of(log);  // as a power cut leaves it
  store.reset();
  ASSERT_FALSE(accepted.empty());
  for (const bool is_empty_file : {true, false}) {
    std::filesystem::remove(world.options.file);
    if (is_empty_file) overwrite(world.options.file, "");
    overwrite(log, accepted);
    EXPECT_TRUE(is_orphaned_log(world.options.file));
    EXPECT_EQ(world.refusal().code, Errc::corrupt);
    EXPECT_EQ(bytes_of(log), accepted);
  }
  const auto aside = set_aside(world.options.file, kMoment);
  ASSERT_TRUE(aside.has_value()) << aside.error().what;
  EXPECT_EQ(bytes_of(aside->string() + "-wal"), accepted);
  EXPECT_EQ(those_set_aside(world.options.file), std::vector{*aside});
  commit(*world.open(), create("Bob"));
  EXPECT_EQ(bytes_of(aside->string() + "-wal"), accepted);
}

TEST(SetAside, AFreshFolderAndASoundDatabaseHaveNoOrphanedLog) {
  World world;
  EXPECT_FALSE(is_orphaned_log(world.options.file));
  auto store = world.open();
  commit(*store, create("Ada"));
  EXPECT_FALSE(is_orphaned_log(world.options.file));
}

TEST(SetAside, OnlyDamagedContentIsBeyondReading) {
  World world;
  EXPECT_FALSE(is_beyond_reading(world.options.file)) << "nothing there";
  commit(*world.open(), create("Ada"));
  EXPECT_FALSE(is_beyond_reading(world.options.file)) << "sound";
  std::filesystem::remove(world.options.file.string() + "-wal");
  const std::string sound = bytes_of(world.options.file);
  overwrite(world.options.file, std::string(8192, 'x'));
  EXPECT_TRUE(is_beyond_reading(world.options.file)) << "no database";
  overwrite(world.options.file, sound.substr(0, sound.size() / 8));
  EXPECT_TRUE(is_beyond_reading(world.options.file)) << "cut off";
  std::filesystem::remove(world.options.file);
  std::filesystem::create_directory(world.options.file);
  EXPECT_FALSE(is_beyond_reading(world.options.file)) << "a folder in its place is somebody's mistake, not damage";
}

TEST(SetAside, KeepsEveryByteUnderANameThatIsFree) {
  World world;
  std::vector<std::filesystem::path> names;
  for (const char* content : {"one", "two", "three"}) {
    commit(*world.open(), create("Ada"));
    overwrite(world.options.file, content);
    const auto aside = set_aside(world.options.file, kMoment);
    ASSERT_TRUE(aside.has_value()) << aside.error().what;
    EXPECT_EQ(bytes_of(*aside), content);
    EXPECT_FALSE(std::filesystem::exists(world.options.file));
    names.push_back(*aside);
  }
  EXPECT_EQ(those_set_aside(world.options.file), names);
  commit(*world.open(), create("Ada"));
  const auto fourth = set_aside(world.options.file, kMoment);
  ASSERT_FALSE(fourth.has_value());
  EXPECT_EQ(fourth.error().code, Errc::full) << "a device that eats databases";
  EXPECT_TRUE(std::filesystem::exists(world.options.file));
}

TEST(SetAside, LeavesADatabaseAloneThatAProcessHasOpen) {
  World world;
  auto store = world.open();
  EXPECT_EQ(set_aside(world.options.file, kMoment).error().code, Errc::busy);
  EXPECT_TRUE(std::filesystem::exists(world.options.file));
}

}  // namespace
}  // namespace tillgate
