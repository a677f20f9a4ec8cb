#include "service/metrics.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <thread>

namespace tillgate {
namespace {

TEST(Metrics, RendersEachFamilyOnceInTheOrderOfRegistration) {
  Metrics metrics;
  Counter& b = metrics.counter("tillgate_b_total", "Second letter.", {{"kind", "x"}});
  metrics.gauge("tillgate_a", "First letter.").set(1.5);
  metrics.counter("tillgate_b_total", "Second letter.", {{"kind", "y"}}).add(7);
  b.add();
  b.add(2);
  EXPECT_EQ(metrics.render(),
            "# HELP tillgate_b_total Second letter.\n# TYPE tillgate_b_total counter\n"
            "tillgate_b_total{kind=\"x\"} 3\ntillgate_b_total{kind=\"y\"} 7\n"
            "# HELP tillgate_a First letter.\n# TYPE tillgate_a gauge\ntillgate_a 1.5\n");
}

TEST(Metrics, GivesTheSameObjectForTheSameNameAndLabels) {
  Metrics metrics;
  Counter& one = metrics.counter("tillgate_x_total", "X.", {{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(&one, &metrics.counter("tillgate_x_total", "X.", {{"b", "2"}, {"a", "1"}}));  // in whatever order
  EXPECT_NE(&one, &metrics.counter("tillgate_x_total", "X.", {{"a", "1"}}));
  EXPECT_EQ(&metrics.gauge("tillgate_g", "G."), &metrics.gauge("tillgate_g", "G."));
  EXPECT_EQ(&metrics.histogram("tillgate_h", "H.", {1, 2}), &metrics.histogram("tillgate_h", "H.", {1, 2}));
}

TEST(Metrics, KeepsReferencesWhileOthersAreAdded) {
  Metrics metrics;
  Counter& first = metrics.counter("tillgate_first_total", "First.");
  for (int i = 0; i < 1'000; ++i) metrics.counter("tillgate_n" + std::to_string(i) + "_total", "N.");
  first.add(5);
  EXPECT_NE(metrics.render().find("\ntillgate_first_total 5\n"), std::string::npos);
}

TEST(Metrics, EscapesLabelsAndHelp) {
  Metrics metrics;
  metrics.gauge("tillgate_g", "Back\\slash\nand \"quotes\".", {{"k", "a\\b\nc\"d"}});
  EXPECT_EQ(
      metrics.render(),
      "# HELP tillgate_g Back\\\\slash\\nand \"quotes\".\n# TYPE tillgate_g gauge\ntillgate_g{k=\"a\\\\b\\nc\\\"d\"} 0\n");
}

TEST(Metrics, ReadsAtScrapeTime) {
  Metrics metrics;
  double depth = 1;
  metrics.gauge_from("tillgate_depth", "Depth.", [&] { return depth; });
  metrics.counter_from("tillgate_seen_total", "Seen.", [&] { return depth * 10; }, {{"by", "us"}});
  depth = 4;
  EXPECT_EQ(metrics.render(),
            "# HELP tillgate_depth Depth.\n# TYPE tillgate_depth gauge\ntillgate_depth 4\n"
            "# HELP tillgate_seen_total Seen.\n# TYPE tillgate_seen_total counter\ntillgate_seen_total{by=\"us\"} 40\n");
}

TEST(Metrics, WritesNumbersAsPrometheusReadsThem) {
  Metrics metrics;
  Gauge& gauge = metrics.gauge("tillgate_g", "G.");
  const auto shown = [&] {
    const std::string page = metrics.render();
    const std::size_t start = page.find("\ntillgate_g ") + 12;
    return page.substr(start, page.size() - start - 1);
  };
  gauge.set(0.1);
  EXPECT_EQ(shown(), "0.1");
  gauge.set(1e21);
  EXPECT_EQ(shown(), "1e+21");
  gauge.set(std::numeric_limits<double>::infinity());
  EXPECT_EQ(shown(), "+Inf");
  gauge.set(-std::numeric_limits<double>::infinity());
  EXPECT_EQ(shown(), "-Inf");
  gauge.set(std::nan(""));
  EXPECT_EQ(shown(), "NaN");
}

TEST(Metrics, CountsAnObservationInEveryBucketAtOrAboveIt) {
  Metrics metrics;
  Histogram& histogram = metrics.histogram("tillgate_wait_seconds", "Wait.", {0.1, 1}, {{"route", "r"}});
  for (const double value : {0.05, 0.1, 0.5, 3.0}) histogram.observe(value);
  histogram.observe(std::nan(""));  // ignored, or the sum would be lost for ever
  EXPECT_EQ(histogram.cumulative(), (std::vector<std::int64_t>{2, 3, 4}));
  EXPECT_EQ(metrics.render(),
            "# HELP tillgate_wait_seconds Wait.\n# TYPE tillgate_wait_seconds histogram\n"
            "tillgate_wait_seconds_bucket{route=\"r\",le=\"0.1\"} 2\n"
            "tillgate_wait_seconds_bucket{route=\"r\",le=\"1\"} 3\n"
            "tillgate_wait_seconds_bucket{route=\"r\",le=\"+Inf\"} 4\n"
            "tillgate_wait_seconds_sum{route=\"r\"} 3.65\n"
            "tillgate_wait_seconds_count{route=\"r\"} 4\n");
}

TEST(Metrics, LosesNoCountBetweenThreads) {
  Metrics metrics;
  Counter& counter = metrics.counter("tillgate_c_total", "C.");
  Histogram& histogram = metrics.histogram("tillgate_h", "H.", {1});
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) {
          counter.add();
          histogram.observe(0.5);
        }
      });
    }
    static_cast<void>(metrics.render());
  }
  EXPECT_EQ(counter.value(), 40'000);
  EXPECT_EQ(histogram.cumulative().back(), 40'000);
  EXPECT_EQ(histogram.sum(), 20'000);
}

TEST(MetricsDeathTest, RefuseOneNameWithTwoTypes) {
  Metrics metrics;
  metrics.counter("tillgate_x", "X.");
  EXPECT_DEATH(metrics.gauge("tillgate_x", "X."), "CHECK failed");
  EXPECT_DEATH(metrics.gauge_from("tillgate_x", "X.", [] { return 0.0; }), "CHECK failed");
  EXPECT_DEATH(metrics.gauge("tillgate_x", "X.", {{"with", "labels"}}), "CHECK failed");
  EXPECT_DEATH(metrics.counter_from("tillgate_x", "X.", [] { return 0.0; }), "CHECK failed");
  metrics.histogram("tillgate_h", "H.", {1});
  EXPECT_DEATH(metrics.histogram("tillgate_h", "H.", {1, 2}), "CHECK failed");
}

TEST(MetricsDeathTest, RefuseNamesThatNoScraperTakes) {
  Metrics metrics;
  EXPECT_DEATH(metrics.gauge("tillgate-x", "X."), "CHECK failed");
  EXPECT_DEATH(metrics.gauge("9x", "X."), "CHECK failed");
  EXPECT_DEATH(metrics.gauge("", "X."), "CHECK failed");
  EXPECT_DEATH(metrics.gauge("tillgate_x", "X.", {{"a b", "1"}}), "CHECK failed");
  EXPECT_DEATH(metrics.gauge("tillgate_x", "X.", {{"a", "1"}, {"a", "2"}}), "CHECK failed");
  EXPECT_DEATH(metrics.histogram("tillgate_h", "H.", {1}, {{"le", "1"}}), "CHECK failed");
  EXPECT_DEATH(metrics.histogram("tillgate_h", "H.", {2, 1}), "CHECK failed");
}

}  // namespace
}  // namespace tillgate
