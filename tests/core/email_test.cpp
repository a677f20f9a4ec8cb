#include "core/email.hpp"

#include <gtest/gtest.h>

namespace tillgate {
namespace {

TEST(Email, Row3_IsDeliveredAsTypedAndComparedFolded) {
  const EmailForm form = email_form("  Zoë.Quill+Shop@BÜCHER.example.org ");
  EXPECT_EQ(form.delivered, "Zoë.Quill+Shop@xn--bcher-kva.example.org");
  EXPECT_EQ(form.key, "zoe.quill+shop@xn--bcher-kva.example.org");
  EXPECT_EQ(form.loose_key, form.key) << "only gmail is known to drop tags";
  EXPECT_TRUE(form.is_identity());
}

TEST(Email, GmailHasOneBoxForManySpellings) {
  for (const char* raw :
       {"ada.quill@gmail.com", "AdaQuill@Gmail.com", "a.d.a.quill+shop@googlemail.com", "adaquill+@gmail.com"})
    EXPECT_EQ(email_form(raw).loose_key, "adaquill@gmail.com") << raw;
  EXPECT_NE(email_form("ada.quill@gmail.com").key, email_form("adaquill@gmail.com").key);
  EXPECT_EQ(email_form("ada.quill@gmail.com").delivered, "ada.quill@gmail.com");
  EXPECT_NE(email_form("ada.quill@yahoo.com").loose_key, email_form("adaquill@yahoo.com").loose_key);
}

TEST(Email, PlaceholdersAndSharedBoxesAreNobody) {
  for (const char* raw :
       {"none@none.com", "test@quarry.org", "Test123@quarry.org", "no-email@quarry.org", "noemail@gmail.com", "n.a@quarry.org",
        "xxx@quarry.org", "a@quarry.org", "info@quarry.org", "ada@example.com", "ada@shop.invalid", "customer@quarry.org",
        "...@quarry.org", "1111@quarry.org", "no.email+1@gmail.com"}) {
    EXPECT_FALSE(email_form(raw).is_identity()) << raw;
  }
  EXPECT_FALSE(email_form("ada@tillshop.com", "tillshop.com").is_identity()) << "the shop's own";
  EXPECT_TRUE(email_form("ada@tillshop.com").is_identity());
  EXPECT_TRUE(email_form("testa.rossa@quarry.org").is_identity());
  EXPECT_TRUE(email_form("1984@quarry.org").is_identity());
}

TEST(Email, WhatIsNoAddressGivesNothing) {
  for (const char* raw : {"", "@", "ada", "ada@", "@quarry.org", "ada@quarry", "ada quill@quarry.org", "ada@qu arry.org",
                          "a@b@quarry.org", "ada@\xff.org"})
    EXPECT_EQ(email_form(raw), EmailForm{}) << raw;
}

TEST(Email, OfItsOwnFormIsItself) {
  for (const char* raw : {"Ada.Quill+x@Gmail.com", "Zoë@BÜCHER.example.org", "ＡＤＡ@quarry.org"}) {
    const EmailForm form = email_form(raw);
    EXPECT_EQ(email_form(form.delivered), form) << raw;
    EXPECT_EQ(email_form(form.key).key, form.key) << raw;
    EXPECT_EQ(email_form(form.loose_key).loose_key, form.loose_key) << raw;
  }
}

}  // namespace
}  // namespace tillgate
