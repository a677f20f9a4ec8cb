#include "core/sound.hpp"

#include <algorithm>
#include <string>

namespace tillgate {

namespace {

constexpr std::size_t kCodeMax = 5;

bool is_vowel(char32_t c) {
  return std::u32string_view(U"aeiouy").find(c) != std::u32string_view::npos;
}

// The class of a consonant by itself; 0: silent.
char32_t consonant(char32_t c, char32_t next) {
  switch (c) {
    case U'b':
    case U'p': return next == U'h' && c == U'p' ? U'f' : U'p';
    case U'f':
    case U'v': return U'f';
    case U'c': return next == U'e' || next == U'i' || next == U'y' ? U's' : next == U'h' ? U'x' : U'k';
    case U'g': return next == U'h' ? 0 : next == U'e' || next == U'i' || next == U'y' ? U'x' : U'k';
    case U'k':
    case U'q': return U'k';
    case U'j': return U'x';
    case U's': return next == U'h' ? U'x' : U's';
    case U'x':
    case U'z': return U's';
    case U'd':
    case U't': return U't';
    case U'm':
    case U'n': return U'n';
    case U'l': return U'l';
    case U'r': return U'r';
    default: return 0;  // h, w
  }
}

}  // namespace

std::u32string sound_of(std::u32string_view letters) {
  if (!std::all_of(letters.begin(), letters.end(), [](char32_t c) { return c >= U'a' && c <= U'z'; }))
    return std::u32string(letters.substr(0, 3));
  for (const std::u32string_view silent : {U"kn", U"gn", U"wr", U"pn"}) {
    if (letters.starts_with(silent)) letters.remove_prefix(1);
  }
  std::u32string code;
  char32_t last = 0;
  for (std::size_t i = 0; i < letters.size() && code.size() < kCodeMax; ++i) {
    const char32_t c = letters[i], next = i + 1 < letters.size() ? letters[i + 1] : 0;
    if (is_vowel(c)) {
      if (i == 0) code += U'a';
      last = 0;
      continue;
    }
    const char32_t sound = consonant(c, next);
    if (sound == 0) {
      if (i == 0) code += c;  // "h", "w" at the front are heard
      continue;
    }
    if (sound != last) code += sound;
    last = sound;
  }
  return code;
}

}  // namespace tillgate
