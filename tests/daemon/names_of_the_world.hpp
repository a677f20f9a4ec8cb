// Names as people have them: every script that a till may meet, marks that combine, directions that change, and what breaks naive readers.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace tillgate::test {

inline std::vector<std::pair<std::string, std::string>> names_of_the_world() {
  return {
      {"Zoë", "Quill"},
      {"Seán", "Ó Súilleabháin"},
      {"Łukasz", "Żółć"},
      {"Nguyễn Thị", "Minh Khai"},
      {"Đặng", "Ngọc"},
      {"Jürgen", "Groß"},
      {"Þórunn", "Æsirdóttir"},
      {"Έλλη", "Παπαδοπούλου"},
      {"Алёна", "Щукина"},
      {"Ґанна", "Їжак"},
      {"Անահիտ", "Սարգսյան"},
      {"ნინო", "წერეთელი"},
      {"שרה", "בן־דוד"},
      {"فاطمة", "الزهراء"},
      {"پریسا", "شیرازی"},
      {"अनुष्का", "शर्मा"},
      {"অনন্যা", "চট্টোপাধ্যায়"},
      {"ਹਰਪ੍ਰੀਤ", "ਸਿੰਘ"},
      {"દીપિકા", "પટેલ"},
      {"தமிழ்ச்செல்வி", "கண்ணன்"},
      {"లక్ష్మి", "రెడ్డి"},
      {"ಕಾವ್ಯ", "ಗೌಡ"},
      {"മീനാക്ഷി", "നായർ"},
      {"සඳුනි", "පෙරේරා"},
      {"สมหญิง", "ใจดี"},
      {"ແສງ", "ວົງສາ"},
      {"မြင့်မြင့်", "ခင်"},
      {"សុភា", "ចាន់"},
      {"བསྟན་འཛིན", "རྒྱ་མཚོ"},
      {"ትዕግስት", "በቀለ"},
      {"王", "小明"},
      {"陳", "怡君"},
      {"さくら", "髙橋"},
      {"タロウ", "渡邊"},
      {"김", "민준"},
      {"ᠮᠣᠩᠭᠣᠯ", "ᠬᠦᠮᠦᠨ"},
      {"ᏣᎳᎩ", "ᎠᏂᏴᏫᏯ"},
      {"ꦱꦶꦠꦶ", "ꦫꦲꦪꦸ"},
      {"𞤀𞤣𞤢𞤥", "𞤁𞤭𞤢𞤤𞤮"},
      {"𠮷", "野家"},
      {"Mary-Jane", "O'Neil"},
      {"D'Angelo, Jr.", "von \"Baron\" Ü"},
      {"Anne|Marie", "back\\slash"},
      {"X Æ A-12", "N/A Smith"},
      {"Ωmega", "İstanbullu ışık"},
  };
}

}  // namespace tillgate::test
