#include "tillgatectl/export_command.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/json.hpp>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "service/clock.hpp"
#include "tillgatectl/gateway_call.hpp"
#include "tillgatectl/progress.hpp"
#include "tillgatectl/render.hpp"

namespace tillgate {

namespace json = boost::json;

namespace {

// Standard output, or a file that takes its name once it is whole: half an export is not taken for one.
class Output {
 public:
  explicit Output(const std::string& name) : name_(name), fresh_(name + ".part") {
    descriptor_ = name.empty() ? STDOUT_FILENO : ::open(fresh_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    is_fine_ = descriptor_ >= 0;
  }
  ~Output() {
    if (name_.empty() || descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(fresh_.c_str());
  }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void write(std::string_view text) {
    while (is_fine_ && !text.empty()) {
      const auto done = ::write(descriptor_, text.data(), text.size());
      is_fine_ = done > 0;
      if (is_fine_) text.remove_prefix(static_cast<std::size_t>(done));
    }
  }
  // False: it is not there, and what was written of it is gone.
  [[nodiscard]] bool finish() {
    if (name_.empty()) return is_fine_;
    is_fine_ = is_fine_ && ::fsync(descriptor_) == 0 && ::rename(fresh_.c_str(), name_.c_str()) == 0;
    return is_fine_;
  }
  [[nodiscard]] bool is_fine() const { return is_fine_; }

 private:
  const std::string name_, fresh_;
  int descriptor_ = -1;
  bool is_fine_ = false;
};

int cannot_write(const std::string& name) {
  std::fprintf(stderr, "tillgatectl: cannot write %s\n", name.empty() ? "to standard output" : name.c_str());
  return kExitFiles;
}

std::string header_of(const HttpResponse& response, std::string_view wanted) {
  for (const auto& [name, value] : response.headers)
    if (name == wanted) return value;
  return {};
}

std::int64_t count_in(const HttpResponse& response, std::string_view name) {
  return std::atoll(header_of(response, name).c_str());
}

struct Begun {
  std::string id;
  std::int64_t customers = 0;
};

Result<Begun> begun_in(const HttpResponse& response) {
  json::error_code error;
  const auto value = json::parse(response.body, error);
  if (response.status == 201 && !error) {
    const auto* id = value.find_pointer("/export/id", error);
    const auto* customers = value.find_pointer("/export/customers", error);
    if (id && customers && id->is_string() && customers->is_int64())
      return Begun{std::string(id->as_string()), customers->as_int64()};
  }
  return fail(Errc::invalid, words_of(response));
}

}  // namespace

int run_export(const ExportArguments& arguments) {
  const PatientGateway gateway(arguments.socket);
  const json::object wish{{"format", arguments.format}, {"numbers", arguments.has_numbers}, {"reason", arguments.reason}};
  const GatewayCall begin{"POST",
                          "/api/v1/exports",
                          json::serialize(wish),
                          {{"Content-Type", "application/json"}, {"Idempotency-Key", random_hex()}}};
  auto answer = gateway.call(begin);
  if (!answer) return report_unreachable(answer.error(), gateway.socket());
  auto begun = begun_in(*answer);
  if (!begun) return report_refusal(*answer);
  Output out(arguments.out);
  if (!out.is_fine()) return cannot_write(arguments.out);
  Progress progress(stderr, isatty(STDERR_FILENO) == 1);
  std::int64_t customers = 0, unopened = 0;
  std::string next;
  do {
    const GatewayCall fetch{"GET", "/api/v1/exports/" + begun->id + (next.empty() ? "" : "?cursor=" + next), {}};
    auto part = gateway.call(fetch);
    if (part && part->status == 404) {  // the gateway was restarted; the same request finds the same export
      if (auto again = gateway.call(begin); again && again->status == 201) part = gateway.call(fetch);
    }
    if (!part) return progress.clear(), report_unreachable(part.error(), gateway.socket());
    if (part->status != 200) return progress.clear(), report_refusal(*part);
    out.write(part->body);
    if (!out.is_fine()) return progress.clear(), cannot_write(arguments.out);
    customers += count_in(*part, "tillgate-customers");
    unopened += count_in(*part, "tillgate-unopened");
    progress.show({"exporting", customers, begun->customers, customers, "customers"}, mono_now());
    next = header_of(*part, "tillgate-next");
  } while (!next.empty());
  progress.clear();
  if (!out.finish()) return cannot_write(arguments.out);
  std::fprintf(stderr, "%s customers exported.\n", human_count(customers).c_str());
  if (unopened == 0) return 0;
  std::fprintf(stderr,
               "tillgatectl: of %s customers a number was left out: this gateway has not the key that it was sealed under.\n",
               human_count(unopened).c_str());
  return kExitBadFile;
}

int run_subject_export(const SubjectArguments& arguments) {
  const PatientGateway gateway(arguments.socket);
  const json::object why{{"reason", arguments.reason}};
  auto answer = gateway.call(
      {"POST", "/api/v1/customers/" + arguments.id + "/export", json::serialize(why), {{"Content-Type", "application/json"}}});
  if (!answer) return report_unreachable(answer.error(), gateway.socket());
  if (answer->status != 200) return report_refusal(*answer);
  Output out(arguments.out);
  if (!out.is_fine()) return cannot_write(arguments.out);
  out.write(answer->body);
  out.write("\n");
  if (!out.finish()) return cannot_write(arguments.out);
  json::error_code error;
  const auto value = json::parse(answer->body, error);
  const auto* is_whole = error ? nullptr : value.find_pointer("/is_whole", error);
  if (is_whole && is_whole->is_bool() && is_whole->as_bool()) return 0;
  std::fputs("tillgatectl: not everything is in it: there are more changes than one document holds. Its members say which.\n",
             stderr);
  return kExitBadFile;
}

}  // namespace tillgate
