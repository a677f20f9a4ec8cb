// P(agreement | one person) and P(agreement | two people) of every field, as bits of evidence. Written by bench_matching_learn
// --seed 20 from an invented town (bench/matching/town.cpp); docs/matching.md says how. Not to be tuned by hand.
#pragma once

#include "core/compare.hpp"

namespace tillgate {

inline constexpr double kSurnameSameM = 0.805;  // over the share of a surname, where that is known
inline constexpr double kSuffixBits = -5;  // by judgement: few fathers and sons are in the town

// clang-format off
inline constexpr double kWeights[kEvidenceCount][kAgreementCount] = {
    //   unknown      same      weak   variant      part      typo     close     alike different
    {      0.00,     6.63,     0.00,     5.21,     1.80,     5.09,     1.76,    -2.22,    -5.04 },  // given
    {      0.00,     8.20,     0.00,     0.00,     3.78,     7.02,     0.56,    -2.70,    -3.48 },  // surname
    {      0.00,     6.07,     0.00,     0.00,     3.69,     0.00,     0.00,     0.00,    -6.14 },  // middle
    {      0.00,    14.06,     4.47,     0.00,     0.00,     4.35,     0.00,    -0.09,    -5.68 },  // birthday
    {      0.00,    15.69,     0.00,     0.00,     0.00,     0.00,     0.00,     0.00,    -4.42 },  // licence
    {      0.00,    15.79,     0.00,     0.00,     0.00,    11.38,     0.00,     0.00,    -2.89 },  // phone
    {      0.00,    15.38,     0.00,    14.44,     0.00,    15.90,     0.00,    12.60,    -2.96 },  // email
    {      0.00,     5.82,     0.00,     0.00,     0.00,    -2.05,     0.00,     0.00,    -2.59 },  // number
    {      0.00,     8.04,     0.00,     0.00,     0.00,     2.80,     0.00,    -0.10,    -2.56 },  // street
    {      0.00,     3.14,     0.00,     0.00,     0.00,     3.10,     0.00,     0.00,    -2.63 },  // city
    {      0.00,     3.47,     0.00,     0.00,     0.00,    -2.39,     0.00,     0.00,    -2.67 },  // postal_code
    {      0.00,     0.10,     0.00,     0.00,     0.00,     0.00,     0.00,     0.00,    -2.66 },  // region
    {      0.00,     0.98,     0.00,     0.00,     0.00,     0.00,     0.00,     0.00,    -5.00 },  // gender
};
// clang-format on

// What they were made of: level, m, u.
// given: same 0.82348 0.0083367; variant 0.06351 0.0017215; part 0.00009 0.0000271; typo 0.07733 0.0022699; close 0.00123 0.0003640; alike 0.00502 0.0233231; different 0.02934 0.9639577;
// surname: same 0.80530 0.0027410; part 0.00288 0.0002095; typo 0.09996 0.0007697; close 0.00121 0.0008222; alike 0.00326 0.0211207; different 0.08739 0.9743369;
// middle: same 0.25332 0.0037823; part 0.73335 0.0567946; different 0.01333 0.9394230;
// birthday: same 0.92098 0.0000538; weak 0.00260 0.0001176; typo 0.03204 0.0015723; alike 0.02548 0.0271492; different 0.01890 0.9711070;
// licence: same 0.95335 0.0000181; different 0.04665 0.9999819;
// phone: same 0.83319 0.0000147; typo 0.03166 0.0000119; different 0.13515 0.9999734;
// email: same 0.82093 0.0000193; variant 0.01970 0.0000009; typo 0.01807 0.0000003; alike 0.01286 0.0000021; different 0.12844 0.9999775;
// number: same 0.83339 0.0147460; typo 0.00993 0.0410873; different 0.15668 0.9441667;
// street: same 0.78570 0.0029805; typo 0.03413 0.0048910; alike 0.01509 0.0162245; different 0.16509 0.9759040;
// city: same 0.81463 0.0923674; typo 0.03903 0.0045594; different 0.14634 0.9030732;
// postal_code: same 0.85075 0.0768686; typo 0.02551 0.1334335; different 0.12374 0.7896979;
// region: same 0.98790 0.9236992; different 0.01210 0.0763008;
// gender: same 0.98438 0.5000065; different 0.01562 0.4999935;

}  // namespace tillgate
