#include "headoffice/conninfo.hpp"

#include <gtest/gtest.h>

namespace tillgate {
namespace {

TEST(Conninfo, APasswordIsNotShown) {
  EXPECT_EQ(without_password("postgresql://hq:s3cret@db/tillgate"), "postgresql://hq:***@db/tillgate");
  EXPECT_EQ(without_password("postgresql://hq:s3?cret@db/tillgate"), "postgresql://hq:***@db/tillgate");
  EXPECT_EQ(without_password("postgresql://db/tillgate?user=hq&password=s3cret&a=b"),
            "postgresql://db/tillgate?user=hq&password=***&a=b");
  EXPECT_EQ(without_password("host=db password=s3cret dbname=x"), "host=db password=*** dbname=x");
  EXPECT_EQ(without_password("host=db password='s3 c\\'ret' dbname=x"), "host=db password=*** dbname=x");
  EXPECT_EQ(without_password("host=db password = s3cret dbname=x"), "host=db password = *** dbname=x");
  EXPECT_EQ(without_password("password=s3&cret dbname=x"), "password=*** dbname=x");
  EXPECT_EQ(without_password("password=s3\\ cret dbname=x"), "password=*** dbname=x");
  EXPECT_EQ(without_password("sslpassword=s3cret"), "sslpassword=***");
}

TEST(Conninfo, APasswordThatIsWrittenWronglyIsNotShownEither) {
  EXPECT_EQ(without_password("postgresql://hq:p@ss@db/tillgate"), "postgresql://hq:***@db/tillgate");
  EXPECT_EQ(without_password("postgresql://hq:p/ss@db/tillgate"), "postgresql://hq:***@db/tillgate");
  EXPECT_EQ(without_password("host=db password='s3cret dbname=x"), "host=db password=***");
  EXPECT_EQ(without_password("host=db password='s3'cret dbname=x"), "host=db password=*** dbname=x");
}

TEST(Conninfo, TheRestIsShownAsItIs) {
  for (const char* text : {"postgresql:///tillgate", "postgresql://hq@db:5432/tillgate", "postgresql://db:5432/x?user=a@b",
                           "host=db dbname=password", "passfile=/etc/pg password_file"})
    EXPECT_EQ(without_password(text), text);
}

TEST(Conninfo, TimeoutsAreAddedWhereTheTextSaysNothing) {
  EXPECT_TRUE(with_timeouts("host=db").starts_with("host=db connect_timeout=10 "));
  EXPECT_TRUE(with_timeouts("postgresql://db/x").starts_with("postgresql://db/x?connect_timeout=10&"));
  const std::string own = with_timeouts("connect_timeout=3");
  EXPECT_EQ(own.find("connect_timeout=10"), std::string::npos) << own;
}

}  // namespace
}  // namespace tillgate
