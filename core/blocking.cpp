#include "core/blocking.hpp"

#include <algorithm>
#include <string>
#include <string_view>

#include "core/nickname.hpp"
#include "core/sound.hpp"

namespace tillgate {

namespace {

// FNV-1a, finished so that neighbours differ in all bits. Not a secret: the records lie beside it.
class Key {
 public:
  explicit Key(BlockKind kind) { add_byte(static_cast<std::uint8_t>(kind) + 1U); }
  Key& add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<unsigned char>(c));
    add_byte(0);
    return *this;
  }
  Key& add(std::u32string_view text) {
    for (const char32_t c : text) {
      for (unsigned shift = 0; shift < 24; shift += 8) add_byte((static_cast<std::uint32_t>(c) >> shift) & 0xffU);
    }
    add_byte(0);
    return *this;
  }
  [[nodiscard]] std::uint64_t value() const {
    std::uint64_t x = hash_;
    x = (x ^ (x >> 33U)) * 0xff51afd7ed558ccdU;
    x = (x ^ (x >> 33U)) * 0xc4ceb9fe1a85ec53U;
    return x ^ (x >> 33U);
  }

 private:
  void add_byte(std::uint32_t byte) { hash_ = (hash_ ^ byte) * 0x100000001b3U; }
  std::uint64_t hash_ = 0xcbf29ce484222325U;
};

// "Bill" and "William" make one key, "Mary Ann" and "Mary" too. Of several formal names the first is taken: the key finds less then,
// never wrongly.
std::u32string formal(const NameForm& name) {
  if (name.formal_count > 0) {
    const std::string_view known = formal_name(name.formals[0]);
    return {known.begin(), known.end()};
  }
  constexpr std::size_t letters_min = 3;  // "De Andre" is no "De"
  return std::u32string(name.parts > 1 && name.part(0).size() >= letters_min ? name.part(0) : name.letters);
}

}  // namespace

BlockKeys block_keys(const Identity& identity) {
  BlockKeys out;
  const auto put = [&](BlockKind kind, const Key& key) {
    out.kinds[out.count] = kind;
    out.keys[out.count++] = key.value();
  };
  const bool has_given = identity.given.is_identity(), has_surname = identity.surname.is_identity();
  const AddressForm& address = identity.address;
  const std::u32string given = sound_of(formal(identity.given)), surname = sound_of(formal(identity.surname)),
                       street = sound_of(address.street);

  if (!identity.birthday.digits.empty() && !identity.birthday.is_weak)
    put(BlockKind::birthday, Key(BlockKind::birthday).add(identity.birthday.digits));
  if (has_given && has_surname)
    put(BlockKind::sounds, Key(BlockKind::sounds).add(std::min(given, surname)).add(std::max(given, surname)));
  if (identity.phone.is_identity()) put(BlockKind::phone, Key(BlockKind::phone).add(identity.phone.e164));
  if (!address.number.empty() && !street.empty()) put(BlockKind::door, Key(BlockKind::door).add(address.number).add(street));
  if (identity.email.is_identity()) put(BlockKind::email, Key(BlockKind::email).add(identity.email.loose_key));
  if (identity.licence) {
    const auto& index = identity.licence->index;
    put(BlockKind::licence,
        Key(BlockKind::licence).add(std::string_view(reinterpret_cast<const char*>(index.data()), index.size())));
  }
  if (has_given && !street.empty()) put(BlockKind::given_street, Key(BlockKind::given_street).add(given).add(street));
  if (!address.number.empty() && !address.postal_code.empty())
    put(BlockKind::house, Key(BlockKind::house).add(address.number).add(address.postal_code));
  if (has_surname && !address.postal_code.empty())
    put(BlockKind::surname_place, Key(BlockKind::surname_place).add(surname).add(address.postal_code));
  return out;
}

}  // namespace tillgate
