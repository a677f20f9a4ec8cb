#include "daemon/storage_faults.hpp"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/daemon/gateway_rig.hpp"

namespace tillgate {
namespace {

using std::chrono::minutes;

TEST(StorageFaults, TheThirdWithinTenMinutesIsTooMany) {
  test::ScratchFolder folder;
  const StorageFaults faults(folder.path());
  const Time start{minutes(100)};
  EXPECT_FALSE(faults.is_too_many(start));
  faults.record(start);
  faults.record(start + minutes(1));
  EXPECT_FALSE(faults.is_too_many(start + minutes(2)));
  faults.record(start + minutes(2));
  EXPECT_TRUE(faults.is_too_many(start + minutes(3)));
  EXPECT_FALSE(faults.is_too_many(start + minutes(11))) << "the first has left the window";
}

TEST(StorageFaults, MomentsBeforeAPowerCutDoNotCount) {
  test::ScratchFolder folder;
  const StorageFaults faults(folder.path());
  for (int i = 0; i < 3; ++i) faults.record(Time{minutes(100)});
  EXPECT_FALSE(faults.is_too_many(Time{minutes(1)})) << "this boot began later than the recorded moments say";
}

TEST(StorageFaults, KeepsABoundedListAndSurvivesRubbish) {
  test::ScratchFolder folder;
  const StorageFaults faults(folder.path());
  for (int i = 0; i < 100; ++i) faults.record(Time{minutes(i)});
  std::ifstream in(folder.path() / "storage-faults");
  EXPECT_LE(std::count(std::istreambuf_iterator<char>(in), {}, '\n'), 16);
  std::ofstream(folder.path() / "storage-faults") << "not a number";
  EXPECT_FALSE(faults.is_too_many(Time{minutes(1)}));
}

TEST(StorageFaults, AMissingFolderIsNoFault) {
  const StorageFaults faults("/nonexistent/folder");
  faults.record(Time{minutes(1)});
  EXPECT_FALSE(faults.is_too_many(Time{minutes(1)}));
}

}  // namespace
}  // namespace tillgate
