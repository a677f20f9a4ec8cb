#include "service/metrics.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <string_view>
#include <utility>
#include <variant>

#include "core/check.hpp"

namespace tillgate {

namespace {

enum class Kind : std::uint8_t { counter, gauge, histogram };
constexpr std::array<std::string_view, 3> kind_names = {"counter", "gauge", "histogram"};

using Read = std::function<double()>;
using Value = std::variant<std::unique_ptr<Counter>, std::unique_ptr<Gauge>, std::unique_ptr<Histogram>, Read>;

struct Series {
  std::string labels;  // as rendered, without braces: a="b",c="d"
  Value value;
};

// A name is [a-zA-Z_:][a-zA-Z0-9_:]*; colons are for recording rules, so ours have none.
bool is_name(std::string_view name) {
  if (name.empty() || (name[0] >= '0' && name[0] <= '9')) return false;
  return std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

std::string escaped(std::string_view text, bool is_label) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\\\";
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '"' && is_label) {
      out += "\\\"";
    } else {
      out += c;
    }
  }
  return out;
}

// Sorted by name, so that the same set is the same series whatever the order it was written in.
std::string labels_text(Metrics::Labels labels, Kind kind) {
  std::sort(labels.begin(), labels.end());
  std::string out;
  std::string_view before;
  for (const auto& [name, value] : labels) {
    CHECK(is_name(name) && name != before);
    CHECK(kind != Kind::histogram || name != "le");
    before = name;
    if (!out.empty()) out += ',';
    out += name + "=\"" + escaped(value, true) + '"';
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value);
  return std::string(digits.data(), end.ptr);
}

void line(std::string& out, std::string_view name, std::string_view suffix, std::string_view labels, std::string_view value) {
  out += name;
  out += suffix;
  if (!labels.empty()) {
    out += '{';
    out += labels;
    out += '}';
  }
  out += ' ';
  out += value;
  out += '\n';
}

void render_histogram(std::string& out, std::string_view name, const std::string& labels, const Histogram& histogram) {
  const std::vector<std::int64_t> cumulative = histogram.cumulative();
  const std::vector<double>& bounds = histogram.bounds();
  const std::string start = labels.empty() ? "le=\"" : labels + ",le=\"";
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    line(out, name, "_bucket", start + number(bounds[i]) + '"', std::to_string(cumulative[i]));
  }
  // The count comes from the same reading as the buckets: a scrape between two of them must not contradict itself.
  line(out, name, "_bucket", start + "+Inf\"", std::to_string(cumulative.back()));
  line(out, name, "_sum", labels, number(histogram.sum()));
  line(out, name, "_count", labels, std::to_string(cumulative.back()));
}

struct Family {
  std::string name, help;
  Kind kind;
  std::deque<Series> series;

  [[nodiscard]] Series* find(std::string_view labels) {
    for (Series& one : series) {
      if (one.labels == labels) return &one;
    }
    return nullptr;
  }
};

void render_series(std::string& out, const Family& family, const Series& series) {
  if (const auto* counter = std::get_if<std::unique_ptr<Counter>>(&series.value)) {
    line(out, family.name, {}, series.labels, std::to_string((*counter)->value()));
  } else if (const auto* gauge = std::get_if<std::unique_ptr<Gauge>>(&series.value)) {
    line(out, family.name, {}, series.labels, number((*gauge)->value()));
  } else if (const auto* histogram = std::get_if<std::unique_ptr<Histogram>>(&series.value)) {
    render_histogram(out, family.name, series.labels, **histogram);
  } else {
    line(out, family.name, {}, series.labels, number(std::get<Read>(series.value)()));
  }
}

}  // namespace

// --- Histogram

Histogram::Histogram(std::vector<double> upper_bounds) : bounds_(std::move(upper_bounds)) {
  CHECK(!bounds_.empty() && std::isfinite(bounds_.back()));
  CHECK(std::adjacent_find(bounds_.begin(), bounds_.end(), [](double a, double b) { return !(a < b); }) == bounds_.end());
  buckets_ = std::make_unique<std::atomic<std::int64_t>[]>(bounds_.size() + 1);
}

void Histogram::observe(double value) {
  if (std::isnan(value)) return;  // one of them would make the sum useless for ever
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  buckets_[static_cast<std::size_t>(bound - bounds_.begin())].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(value, std::memory_order_relaxed);
}

std::vector<std::int64_t> Histogram::cumulative() const {
  std::vector<std::int64_t> counts(bounds_.size() + 1);
  std::int64_t total = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    total += buckets_[i].load(std::memory_order_relaxed);
    counts[i] = total;
  }
  return counts;
}

double Histogram::sum() const {
  return sum_.load(std::memory_order_relaxed);
}

// --- Metrics

struct Metrics::Parts {
  std::deque<Family> families;

  Family& family(std::string name, std::string help, Kind kind) {
    for (Family& known : families) {
      if (known.name != name) continue;
      CHECK(known.kind == kind);  // one name, one type: anything else is a page no scraper accepts
      return known;
    }
    CHECK(is_name(name));
    return families.emplace_back(Family{std::move(name), std::move(help), kind, {}});
  }

  template <class T, class... Args>
  T& object(std::string name, std::string help, Labels labels, Kind kind, Args&&... args) {
    Family& home = family(std::move(name), std::move(help), kind);
    const std::string text = labels_text(std::move(labels), kind);
    if (Series* known = home.find(text)) {
      auto* same = std::get_if<std::unique_ptr<T>>(&known->value);
      CHECK(same != nullptr);  // the labels are already read from a function
      return **same;
    }
    home.series.push_back(Series{text, std::make_unique<T>(std::forward<Args>(args)...)});
    return *std::get<std::unique_ptr<T>>(home.series.back().value);
  }

  void reader(std::string name, std::string help, Read read, Labels labels, Kind kind) {
    Family& home = family(std::move(name), std::move(help), kind);
    const std::string text = labels_text(std::move(labels), kind);
    CHECK(home.find(text) == nullptr);  // two readers of one series: which of them is true?
    home.series.push_back(Series{text, std::move(read)});
  }
};

Metrics::Metrics() : parts_(std::make_unique<Parts>()) {}
Metrics::~Metrics() = default;

Counter& Metrics::counter(std::string name, std::string help, Labels labels) {
  return parts_->object<Counter>(std::move(name), std::move(help), std::move(labels), Kind::counter);
}

Gauge& Metrics::gauge(std::string name, std::string help, Labels labels) {
  return parts_->object<Gauge>(std::move(name), std::move(help), std::move(labels), Kind::gauge);
}

Histogram& Metrics::histogram(std::string name, std::string help, std::vector<double> upper_bounds, Labels labels) {
  Histogram& found =
      parts_->object<Histogram>(std::move(name), std::move(help), std::move(labels), Kind::histogram, upper_bounds);
  CHECK(found.bounds() == upper_bounds);
  return found;
}

void Metrics::gauge_from(std::string name, std::string help, std::function<double()> read, Labels labels) {
  parts_->reader(std::move(name), std::move(help), std::move(read), std::move(labels), Kind::gauge);
}

void Metrics::counter_from(std::string name, std::string help, std::function<double()> read, Labels labels) {
  parts_->reader(std::move(name), std::move(help), std::move(read), std::move(labels), Kind::counter);
}

std::string Metrics::render() const {
  std::string out;
  for (const Family& family : parts_->families) {
    line(out, "# HELP ", family.name, {}, escaped(family.help, false));
    line(out, "# TYPE ", family.name, {}, kind_names[static_cast<std::size_t>(family.kind)]);
    for (const Series& series : family.series) render_series(out, family, series);
  }
  return out;
}

}  // namespace tillgate
