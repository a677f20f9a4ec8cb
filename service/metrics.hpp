// Counters, gauges and histograms in the Prometheus text format 0.0.4. Names tillgate_..., base units, bounded labels.
// Owned by the App, passed by reference. Counting is for any thread (atomics); registering and rendering are for the logic thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace tillgate {

class Counter {
 public:
  void add(std::int64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::int64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

class Histogram {
 public:
  explicit Histogram(std::vector<double> upper_bounds);  // ascending, finite, at least one; +Inf is added
  void observe(double value);  // NaN is ignored
  [[nodiscard]] const std::vector<double>& bounds() const { return bounds_; }
  [[nodiscard]] std::vector<std::int64_t> cumulative() const;  // one per bound, then +Inf
  [[nodiscard]] double sum() const;

 private:
  std::vector<double> bounds_;
  std::unique_ptr<std::atomic<std::int64_t>[]> buckets_;
  std::atomic<double> sum_{0};
};

class Metrics {
 public:
  using Labels = std::vector<std::pair<std::string, std::string>>;

  Metrics();
  ~Metrics();
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  // References stay valid as long as the registry. Registering the same name and labels again gives the same object; the same
  // name with another type, or with other bounds, is a bug (CHECK).
  Counter& counter(std::string name, std::string help, Labels labels = {});
  Gauge& gauge(std::string name, std::string help, Labels labels = {});
  Histogram& histogram(std::string name, std::string help, std::vector<double> upper_bounds, Labels labels = {});
  // Read at scrape time, on the thread that scrapes. One reader per name and labels.
  void gauge_from(std::string name, std::string help, std::function<double()> read, Labels labels = {});
  void counter_from(std::string name, std::string help, std::function<double()> read, Labels labels = {});
  // Families in the order of their first registration, HELP and TYPE once each.
  [[nodiscard]] std::string render() const;

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace tillgate
