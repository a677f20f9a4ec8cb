#include "core/match.hpp"

#include <algorithm>
#include <cmath>

#include "core/match_weights.hpp"

namespace tillgate {

namespace {

using enum Agreement;

constexpr double kPopulationMin = 1000;
constexpr double kSwapBits = -6;         // one record in some sixty has first and last name exchanged
constexpr double kPlaceBitsMax = 13;     // four fields of one address are one fact
constexpr double kOtherUnitBitsMax = 3;  // two flats of one house are two households
constexpr double kPlaceBitsMin = -3.5;   // people move: four differences are one move
constexpr double kContactBitsMax = 16;   // address, phone and e-mail of one household together
constexpr double kContactBitsMin = -7;
constexpr double kContactProofBits = 5;  // more than living in one town
constexpr double kTwinBirthdayBits =
    7;  // of people who share a surname and a house but not a given name, some were born together
constexpr double kSurnameShareMin = 2e-5;
constexpr double kNothingPersonalBits = -3;

bool agrees(Agreement level) {
  return level != unknown && level <= close;
}

double weight_of(Evidence field, Agreement level) {
  return kWeights[static_cast<std::size_t>(field)][static_cast<std::size_t>(level)];
}

std::string_view sentence_of(ReasonKind kind, Agreement level) {
  switch (kind) {
    case ReasonKind::names:
      switch (level) {
        case same: return "First and last name are the same.";
        case variant: return "The names are the same but for a short form or a part of a double name.";
        case typo: return "The names are spelled almost the same.";
        case part: return "First and last name agree when exchanged.";
        case close:
        case alike: return "The names are somewhat alike.";
        default: return "The names differ.";
      }
    case ReasonKind::middle_name:
      return level == same   ? "The middle names agree."
             : level == part ? "The middle initials agree."
                             : "The middle names differ.";
    case ReasonKind::birthday:
      switch (level) {
        case same: return "Born on the same day.";
        case weak: return "The birthdays agree, but are of the kind that is typed when nobody asks.";
        case typo: return "The birthdays differ by one slip of the finger.";
        case alike: return "The birthdays are similar.";
        default: return "Born on different days.";
      }
    case ReasonKind::licence: return level == same ? "The licence is the same." : "Different licence numbers of one state.";
    case ReasonKind::phone:
      return level == same   ? "The phone number is the same."
             : level == typo ? "The phone numbers differ by one digit."
                             : "The phone numbers differ.";
    case ReasonKind::email:
      return level == same        ? "The e-mail address is the same."
             : level == variant   ? "The e-mail addresses lead to one mailbox."
             : level == different ? "The e-mail addresses differ."
                                  : "The e-mail addresses are almost the same.";
    case ReasonKind::address:
      return level == same        ? "The address is the same."
             : level == different ? "The addresses differ."
                                  : "The addresses are similar.";
    case ReasonKind::gender: return level == same ? "The gender is the same." : "The gender differs.";
    case ReasonKind::suffix: return "One is a Jr., Sr. or of another generation than the other.";
    case ReasonKind::household: return "What agrees is what a household shares; nothing says that this is one person.";
  }
  return {};
}

class Judge {
 public:
  Judge(const Identity& a, const Identity& b, const MatchSettings& settings)
      : a_(a), b_(b), settings_(settings), levels_(compare(a, b)) {}

  Judgement run() {
    const double prior = std::log2(settings_.duplicates_per_record / std::max(settings_.population, kPopulationMin));
    weigh_names();
    weigh_contact();
    weigh_birthday();
    weigh_single(ReasonKind::licence, Evidence::licence);
    if (levels_[Evidence::licence] == different) mark_conflict();
    weigh_single(ReasonKind::middle_name, Evidence::middle);
    weigh_single(ReasonKind::gender, Evidence::gender);
    if (a_.suffix != Suffix::none && b_.suffix != Suffix::none && a_.suffix != b_.suffix) {
      add(ReasonKind::suffix, different, kSuffixBits);
      mark_conflict();
    }
    out_.score = sum_ + prior;
    // An address, a phone, even a surname in common make a household. A person is a given name, a birthday or a licence.
    if (!has_personal_agreement() && out_.score > kNothingPersonalBits) {
      add(ReasonKind::household, different, kNothingPersonalBits - out_.score);
      out_.score = kNothingPersonalBits;
    }
    out_.probability = 1 / (1 + std::exp2(-out_.score));
    out_.has_proof = has_proof();
    decide();
    return out_;
  }

 private:
  void add(ReasonKind kind, Agreement level, double bits) {
    if (level == unknown || out_.reason_count == kReasonsMax) return;
    out_.reasons[out_.reason_count++] = Reason{kind, level, static_cast<float>(bits), false, sentence_of(kind, level)};
    sum_ += bits;
  }
  void mark_conflict() {
    out_.reasons[out_.reason_count - 1U].is_conflict = true;
    out_.has_conflict = true;
  }

  void weigh_single(ReasonKind kind, Evidence field) { add(kind, levels_[field], weight_of(field, levels_[field])); }

  double surname_bits(Agreement level, const NameForm& name) const {
    const double usual = weight_of(Evidence::surname, level);
    if (level != same || !settings_.surnames) return usual;
    const double share = settings_.surnames->share_of(name.letters);
    if (share <= 0) return usual;
    return std::log2(kSurnameSameM / std::max(share, kSurnameShareMin));
  }

  // Which of the two is the surname is not known, so the mean of both tables, whichever record comes first.
  static double crossed_bits(Agreement level) {
    return (weight_of(Evidence::given, level) + weight_of(Evidence::surname, level)) / 2;
  }

  void weigh_names() {
    given_ = levels_[Evidence::given];
    surname_ = levels_[Evidence::surname];
    const double straight = weight_of(Evidence::given, given_) + surname_bits(surname_, a_.surname);
    const double crossed = crossed_bits(levels_.given_as_surname) + crossed_bits(levels_.surname_as_given) + kSwapBits;
    const bool is_crossed = (agrees(levels_.given_as_surname) || agrees(levels_.surname_as_given)) && crossed > straight;
    if (is_crossed) {
      // Which of the two is the given name nobody can tell: it is taken to be the one that agrees less.
      const auto [better, worse] = std::minmax({levels_.given_as_surname, levels_.surname_as_given});
      given_ = better == unknown ? unknown : worse;
      surname_ = better == unknown ? worse : better;
      is_crossed_ = true;
    }
    add(ReasonKind::names, is_crossed ? part : level_of_names(), is_crossed ? crossed : straight);
  }

  Agreement level_of_names() const {
    if (given_ == unknown) return surname_ == part ? variant : surname_;
    const Agreement worse = surname_ == unknown ? given_ : std::max(given_, surname_);
    return worse == part ? variant : worse;
  }

  // The strongest of address, phone and e-mail counts whole, the others less: they come from one household.
  void weigh_contact() {
    double place = 0;
    Agreement place_level = unknown;
    for (const Evidence field : {Evidence::number, Evidence::street, Evidence::city, Evidence::postal_code}) {
      place += weight_of(field, levels_[field]);
      place_level = std::max(place_level, levels_[field]);
    }
    place = std::clamp(place, kPlaceBitsMin, kPlaceBitsMax);
    const std::string &unit = a_.address.unit, &other_unit = b_.address.unit;
    if (!unit.empty() && !other_unit.empty() && unit != other_unit) {
      place = std::min(place, kOtherUnitBitsMax);
      place_level = std::max(place_level, alike);
    }
    // Most who move stay in their state.
    if (place < 0 && levels_[Evidence::region] == different) place += weight_of(Evidence::region, different);
    if (place_level == different && place > 0) place_level = alike;
    struct Part {
      ReasonKind kind;
      Agreement level;
      double bits;
    };
    std::array<Part, 3> parts{
        {{ReasonKind::address, place_level, place},
         {ReasonKind::phone, levels_[Evidence::phone], weight_of(Evidence::phone, levels_[Evidence::phone])},
         {ReasonKind::email, levels_[Evidence::email], weight_of(Evidence::email, levels_[Evidence::email])}}};
    std::sort(parts.begin(), parts.end(), [](const Part& x, const Part& y) { return x.bits > y.bits; });
    double share = 1, up = 0, down = 0;
    for (Part& part : parts) {
      if (part.bits > 0) {
        part.bits = std::min(part.bits * share, kContactBitsMax - up);
        share /= 2;
        up += part.bits;
      } else {
        part.bits = std::max(part.bits, kContactBitsMin - down);
        down += part.bits;
      }
      add(part.kind, part.level, part.bits);
    }
    contact_bits_ = up;
  }

  void weigh_birthday() {
    const Agreement level = levels_[Evidence::birthday];
    double bits = weight_of(Evidence::birthday, level);
    const bool may_be_twins = given_ != unknown && !agrees(given_) && agrees(surname_);
    if (may_be_twins) bits = std::min(bits, kTwinBirthdayBits);
    add(ReasonKind::birthday, level, bits);
    const bool is_sure = a_.birthday.is_verified && b_.birthday.is_verified;
    if (is_sure && a_.birthday.digits != b_.birthday.digits) mark_conflict();
  }

  // Something that a household does not share. A given name that is missing leaves the question open where the surname agrees.
  bool has_personal_agreement() const {
    const Agreement birthday = levels_[Evidence::birthday];
    if (birthday == same || birthday == typo || levels_[Evidence::licence] == same) return true;
    return given_ == unknown ? agrees(surname_) : given_ <= alike;
  }

  // Twins called Deborah and Debra, Mary Ann and Mary Jane, or an Alexander and an Alexandra who are both Alex: a short form or a part
  // proves nothing beside the whole name, and a short form of several names only where the gender agrees.
  bool is_given_proven() const {
    if (given_ != same) return false;
    const bool has_many_meanings = a_.given.formal_count > 1 || (is_crossed_ && a_.surname.formal_count > 1);
    return !has_many_meanings || levels_[Evidence::gender] == same;
  }

  bool has_proof() const {
    const bool names_fit = agrees(given_) || agrees(surname_);
    if (levels_[Evidence::licence] == same) return names_fit;
    if (levels_[Evidence::middle] == different) return false;  // twins called Mary Ann and Mary Jane
    // In every larger town two people of one name were born on one day: a door, a phone, a mailbox or a middle name has to agree too.
    const bool is_backed = contact_bits_ >= kContactProofBits || levels_[Evidence::middle] == same;
    return is_given_proven() && agrees(surname_) && levels_[Evidence::birthday] == same && is_backed;
  }

  void decide() {
    if (out_.probability < kAskProbability) {
      out_.verdict = Sameness::different;
    } else if (out_.probability >= kSameProbability && out_.has_proof && !out_.has_conflict) {
      out_.verdict = Sameness::same;
    } else {
      out_.verdict = Sameness::ask;
    }
  }

  const Identity& a_;
  const Identity& b_;
  const MatchSettings& settings_;
  Comparison levels_;
  Judgement out_;
  Agreement given_ = unknown, surname_ = unknown;  // crosswise, when that fits better
  bool is_crossed_ = false;
  double sum_ = 0;
  double contact_bits_ = 0;  // what address, phone and e-mail say for one person
};

}  // namespace

Judgement judge(const Identity& a, const Identity& b, const MatchSettings& settings) {
  return Judge(a, b, settings).run();
}

}  // namespace tillgate
