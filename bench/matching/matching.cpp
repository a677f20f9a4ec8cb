// How well one person is recognised, and how fast.
//   bench_matching town --seed N --households N         a generated town
//   bench_matching febrl1|febrl4 --folder F             the public sets; any name of a file in F without .csv is one list
//   bench_matching speed --seed N                       microseconds of deriving and of judging
//   bench_matching errors --set town|febrl1|...         the pairs that were judged wrongly, with their reasons
//   bench_matching keys --seed N --folder F             which key finds what, as text for docs/matching.md
#include <algorithm>
#include <array>
#include <ctime>

#include "bench/figures.hpp"
#include "bench/matching/febrl.hpp"
#include "bench/matching/trial.hpp"

namespace tillgate::bench {
namespace {

struct Set {
  std::vector<Sample> samples;
  std::vector<std::uint8_t> sides;
};

Set set_named(const std::string& name, const Arguments& given) {
  if (name == "town")
    return {town({static_cast<std::uint64_t>(given.number("seed")), static_cast<std::uint32_t>(given.number("households"))}),
            {}};
  const std::string folder = given.text("folder") + "/";
  if (name == "febrl4") {
    Set set{read_febrl(folder + "dataset4a.csv"), {}};
    set.sides.assign(set.samples.size(), 0);
    for (Sample& sample : read_febrl(folder + "dataset4b.csv")) set.samples.push_back(std::move(sample));
    set.sides.resize(set.samples.size(), 1);
    return set;
  }
  return {read_febrl(folder + (name == "febrl1" ? "dataset1" : name) + ".csv"), {}};
}

// Parts per million: a share of 0.9990 and one of 1 must not print alike.
double ppm(double share) {
  return share * 1e6;
}

int report(const std::string& name, const Arguments& given) {
  const Set set = set_named(name, given);
  if (set.samples.empty()) give_up("no records in " + name);
  const auto subjects = subjects_of(set.samples);
  const Candidates candidates = candidates_of(subjects, set.sides);
  const Tally result = tally(subjects, candidates);
  std::printf(
      "{\"precisionPpm\":%.0f,\"recallPpm\":%.0f,\"samePrecisionPpm\":%.0f,\"sameRecallPpm\":%.0f,\"blockingRecallPpm\":%.0f,"
      "\"truePairs\":%llu,\"pairsPerRecord\":%.2f}\n",
      ppm(result.precision()), ppm(result.recall()), ppm(result.same_precision()), ppm(result.same_recall()),
      ppm(result.blocking_recall()), static_cast<unsigned long long>(result.true_pairs),
      static_cast<double>(candidates.pairs.size()) / static_cast<double>(subjects.size()));
  return 0;
}

// Which key brings how much, alone and with those before it.
int print_keys(const Arguments& given) {
  static constexpr std::array<const char*, kBlockKinds> names{"birthday", "sounds",       "phone", "door",         "email",
                                                              "licence",  "given_street", "house", "surname_place"};
  for (const std::string name : {"town", "febrl1", "febrl4"}) {
    const Set set = set_named(name, given);
    if (set.samples.empty()) continue;
    const auto subjects = subjects_of(set.samples);
    const Candidates candidates = candidates_of(subjects, set.sides);
    std::printf("%s: %zu records, %llu true pairs, %llu blocks dropped\n", name.c_str(), subjects.size(),
                static_cast<unsigned long long>(candidates.true_pairs),
                static_cast<unsigned long long>(candidates.blocks_dropped));
    const auto share = [&](std::uint64_t count) {
      return static_cast<double>(count) / static_cast<double>(candidates.true_pairs);
    };
    std::uint32_t taken = 0;
    for (std::size_t kind = 0; kind < kBlockKinds; ++kind) {
      taken |= 1U << kind;
      std::uint64_t found = 0;
      for (const std::uint32_t kinds : candidates.kinds_of_true) found += (kinds & taken) != 0 ? 1 : 0;
      const auto has_key = static_cast<double>(std::count_if(subjects.begin(), subjects.end(), [&](const Subject& subject) {
        return std::find(subject.keys.kinds.begin(), subject.keys.kinds.begin() + subject.keys.count,
                         static_cast<BlockKind>(kind)) != subject.keys.kinds.begin() + subject.keys.count;
      }));
      const auto records = static_cast<double>(subjects.size());
      std::printf("  %-14s in %.2f of records  alone %.4f  with those above %.4f  pairs per record %.2f\n", names[kind],
                  has_key / records, share(candidates.found[kind]), share(found),
                  static_cast<double>(candidates.pairs_of[kind]) / records);
    }
  }
  return 0;
}

void print_pair(const std::vector<Sample>& samples, const Judgement& judgement, Pair pair) {
  static constexpr std::array<const char*, 3> verdicts{"different", "ask", "same"};
  std::printf("%s, probability %.4f, %.1f bits\n", verdicts[static_cast<std::size_t>(judgement.verdict)], judgement.probability,
              judgement.score);
  for (const std::uint32_t at : {pair.first, pair.second}) {
    for (const FieldSpec& spec : fields()) {
      if (const auto text = samples[at].customer.text(spec.field); !text.empty())
        std::printf("  %.*s", static_cast<int>(text.size()), text.data());
    }
    std::printf("\n");
  }
  for (std::size_t i = 0; i < judgement.reason_count; ++i) {
    const Reason& reason = judgement.reasons[i];
    std::printf("    %+6.1f %.*s%s\n", static_cast<double>(reason.bits), static_cast<int>(reason.sentence.size()),
                reason.sentence.data(), reason.is_conflict ? " (conflict)" : "");
  }
}

// Every pair that was judged against the truth, with its reasons: nobody in these sets lives.
int print_errors(const Arguments& given) {
  const Set set = set_named(given.text("set"), given);
  const auto subjects = subjects_of(set.samples);
  const SurnameShares shares = shares_of(subjects);
  const Candidates candidates = candidates_of(subjects, set.sides);
  const MatchSettings settings = settings_for(subjects, candidates, shares);
  for (const Pair& pair : candidates.pairs) {
    const Judgement judgement = judge(subjects[pair.first].identity, subjects[pair.second].identity, settings);
    const bool is_true = subjects[pair.first].person == subjects[pair.second].person;
    if (is_true ? judgement.verdict == Sameness::different : judgement.verdict != Sameness::different) {
      std::printf("%s: ", is_true ? "MISSED" : judgement.verdict == Sameness::same ? "FALSELY MERGED" : "ASKED IN VAIN");
      print_pair(set.samples, judgement, pair);
    }
  }
  for (const Pair& pair : candidates.unblocked) {
    std::printf("NO KEY: ");
    print_pair(set.samples, judge(subjects[pair.first].identity, subjects[pair.second].identity, settings), pair);
  }
  return 0;
}

// Of this process, so that what else runs here counts less.
std::int64_t cpu_us() {
  return static_cast<std::int64_t>(std::clock()) * 1'000'000 / CLOCKS_PER_SEC;
}

int measure_speed(const Arguments& given) {
  const auto samples = town({static_cast<std::uint64_t>(given.number("seed")), 2000});
  const std::int64_t before = cpu_us();
  const auto subjects = subjects_of(samples);
  const std::int64_t derived = cpu_us();
  constexpr std::size_t candidates = 500;
  std::size_t count = 0, asked = 0;
  const std::int64_t began = cpu_us();
  for (std::size_t i = 0; i < 400; ++i) {
    for (std::size_t j = 1; j <= candidates; ++j, ++count) {
      const Judgement judgement = judge(subjects[i].identity, subjects[(i + j) % subjects.size()].identity, {});
      asked += judgement.verdict == Sameness::different ? 0 : 1;
    }
  }
  const std::int64_t ended = cpu_us();
  if (asked > count) give_up("impossible");
  const double judge_us = static_cast<double>(ended - began) / static_cast<double>(count);
  const double derive_us = static_cast<double>(derived - before) / static_cast<double>(subjects.size());
  std::printf("{\"perSecond\":%.0f,\"judge500Ms\":%.4f,\"derive500Ms\":%.4f,\"both500Ms\":%.4f}\n", 1e6 / judge_us,
              judge_us * candidates / 1000, derive_us * candidates / 1000, (judge_us + derive_us) * candidates / 1000);
  return 0;
}

}  // namespace
}  // namespace tillgate::bench

int main(int count, char** values) {
  using namespace tillgate::bench;
  if (count < 2) give_up("usage: bench_matching town|febrl1|febrl4|speed|keys --name value ...");
  const std::string name = values[1];
  const Arguments given(count, values, 2);
  if (name == "speed") return measure_speed(given);
  if (name == "errors") return print_errors(given);
  if (name == "keys") return print_keys(given);
  return report(name, given);
}
