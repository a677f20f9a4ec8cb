#include "core/json.hpp"

#include <gtest/gtest.h>

namespace tillgate {
namespace {

std::string as_json(std::string_view text) {
  JsonWriter json;
  return json.text(text).take();
}

TEST(JsonWriter, WritesWithoutWhiteSpaceInTheOrderGiven) {
  JsonWriter json;
  json.begin_object().key("b").number(-7).key("a").begin_array().boolean(true).null().begin_object().end_object().end_array();
  json.member_unless_empty("none", "").member_unless_empty("some", "x");
  EXPECT_EQ(json.end_object().take(), R"({"b":-7,"a":[true,null,{}],"some":"x"})");
}

TEST(JsonWriter, EscapesTheLeastThatJsonAsksFor) {
  EXPECT_EQ(as_json("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(as_json("\n\t\r\x1f\x7f"), "\"\\n\\t\\u000d\\u001f\x7f\"");
  EXPECT_EQ(as_json("M\u00fcller \u2028 \U0001f33f"), "\"M\u00fcller \u2028 \U0001f33f\"");
}

TEST(JsonWriter, FindsWhatToEscapeWhereverItStands) {
  for (int c = 1; c < 0x80; ++c) {
    for (std::size_t place = 0; place < 20; ++place) {
      std::string text(20, 'x');
      text[place] = static_cast<char>(c);
      JsonWriter json;
      const std::string written = json.begin_object().key("k").text(text).end_object().take();
      auto read = parse_json(written, 1000);
      ASSERT_TRUE(read.has_value()) << c << " at " << place << ": " << written;
      EXPECT_EQ(*std::get<Json::Object>(read->value).front().second.as<std::string>(), text) << c << " at " << place;
      EXPECT_EQ(written.size() == 20 + std::string_view(R"({"k":""})").size(), c >= ' ' && c != '"' && c != '\\') << c;
    }
  }
}

TEST(JsonWriter, NeverWritesWhatItsReaderWouldRefuse) {
  for (const std::string& bad :
       {std::string("\xff"), std::string("a\0b", 3), std::string("\xed\xa0\x80"), std::string("x\xc3")}) {
    const auto read = parse_json(as_json(bad), 100);
    ASSERT_TRUE(read);
    EXPECT_NE(read->as<std::string>()->find("\ufffd"), std::string::npos);
  }
}

TEST(JsonReader, ReadsWhatOthersMayWrite) {
  const auto json = parse_json(" { \"a\" : [ 1 , -2, true, null ], \"b\\u00e9\": \"\\ud83c\\udf3f\\/\" } ", 1000);
  ASSERT_TRUE(json);
  const auto* object = json->as<Json::Object>();
  ASSERT_TRUE(object);
  EXPECT_EQ(object->at(0).first, "a");
  EXPECT_EQ(*object->at(0).second.as<Json::Array>()->at(1).as<std::int64_t>(), -2);
  EXPECT_EQ(object->at(1).first, "b\u00e9");
  EXPECT_EQ(*object->at(1).second.as<std::string>(), "\U0001f33f/");
}

TEST(JsonReader, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  for (const std::string& text : {std::string(""),
                                  std::string("{"),
                                  std::string("{}x"),
                                  std::string("{}{}"),
                                  std::string("{\"a\":1,\"a\":1}"),
                                  std::string("{\"a\":1,\"\\u0061\":2}"),
                                  std::string("[{\"x\":{\"a\":1,\"b\":2,\"a\":3}}]"),
                                  std::string("{\"a\":1,}"),
                                  std::string("{'a':1}"),
                                  std::string("{a:1}"),
                                  std::string("[1 2]"),
                                  std::string("// x\n1"),
                                  std::string("NaN"),
                                  std::string("\"\\u0000\""),
                                  std::string("{\"\\u0000\":1}"),
                                  std::string("\"\0\"", 3),
                                  std::string("\"\xff\""),
                                  std::string("\"\\ud800\""),
                                  std::string("\"a\nb\""),
                                  std::string("\"\\x\""),
                                  std::string("01"),
                                  std::string("+1"),
                                  std::string("\xef\xbb\xbf{}")}) {
    const auto json = parse_json(text, 1000);
    ASSERT_FALSE(json) << text;
    EXPECT_EQ(json.error().code, Errc::invalid);
  }
}

TEST(JsonReader, NumbersAreWholeAndFit) {
  EXPECT_EQ(*parse_json("9223372036854775807", 100)->as<std::int64_t>(), INT64_MAX);
  for (const std::string_view text :
       {"9223372036854775808", "18446744073709551615", "1.0", "1e3", "123456789012345678901234567890"}) {
    const auto json = parse_json(text, 100);
    ASSERT_TRUE(json) << text;
    EXPECT_FALSE(json->as<std::int64_t>()) << text;
  }
}

TEST(JsonReader, IsBoundedInLengthAndDepth) {
  EXPECT_TRUE(parse_json("[1]", 3));
  EXPECT_FALSE(parse_json("[1]", 2));
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(kJsonDepthMax), 1000));
  EXPECT_FALSE(parse_json(nested(kJsonDepthMax + 1), 1000));
  EXPECT_FALSE(parse_json(nested(500'000), 1'000'000));
}

TEST(JsonReader, TellsWhetherAKeyWasLeft) {
  const Json::Object object{{"a", Json{std::int64_t{1}}}, {"b", Json{true}}};
  JsonReader reader(object);
  EXPECT_TRUE(reader.take<std::int64_t>("a"));
  EXPECT_TRUE(reader.has_more());
  EXPECT_FALSE(reader.take<std::string>("b")) << "of another type";
  EXPECT_FALSE(reader.has_more());
}

TEST(Utf8, FollowsTheTableOfWellFormedSequences) {
  for (const std::string_view good : {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                                      "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"}) {
    EXPECT_TRUE(is_utf8(good));
  }
  for (const std::string_view bad :
       {"\x80", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xef\xbf", "\xf0\x8f\xbf\xbf",
        "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff", "a\xf0\x90\x80"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

}  // namespace
}  // namespace tillgate
