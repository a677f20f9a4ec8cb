#include "tillgatectl/audit.hpp"

#include <unistd.h>

#include <boost/json.hpp>
#include <charconv>
#include <cstdio>
#include <functional>
#include <memory>
#include <utility>

#include "core/audit_trail.hpp"
#include "core/json.hpp"
#include "store/offline_copy.hpp"
#include "tillgatectl/gateway_call.hpp"
#include "tillgatectl/render.hpp"

namespace tillgate {

namespace {

constexpr int kExitFound = 1;
constexpr int kExitNoInput = 66;  // EX_NOINPUT: the copy cannot be read
constexpr std::int64_t kPage = 1000;

// Reads the rows after one; the exit code and what to say where it cannot.
struct Page {
  std::vector<AuditRow> rows;
  Position head;
};
struct Trouble {
  int exit_code;
  std::string text;
};
using ReadPage = std::function<tl::expected<Page, Trouble>(Seq after)>;

std::optional<AuditRow> row_from(const boost::json::value& value) {
  const auto& object = value.as_object();
  AuditRow row;
  row.seq = object.at("seq").as_int64();
  row.envelope = object.at("envelope").as_string();
  const auto hash = Digest::from_text(object.at("payload_hash").as_string());
  const auto digest = Digest::from_text(object.at("digest").as_string());
  if (!hash || !digest) return std::nullopt;
  row.payload_hash = *hash;
  row.digest = *digest;
  for (const auto& entry : object.at("erases").as_array()) {
    const auto id = CustomerId::from_text(entry.as_string());
    if (!id) return std::nullopt;
    row.erases.push_back(*id);
  }
  const auto& payload = object.at("payload").as_string();
  row.payload = payload == "intact"   ? AuditRow::Payload::intact
                : payload == "erased" ? AuditRow::Payload::erased
                                      : AuditRow::Payload::altered;
  return row;
}

tl::expected<Page, Trouble> page_of(const HttpResponse& response) {
  if (response.status != 200) return tl::unexpected(Trouble{kExitRefused, words_of(response)});
  Page page;
  try {
    const auto value = boost::json::parse(response.body);
    for (const auto& entry : value.at("rows").as_array()) {
      auto row = row_from(entry);
      if (!row) return tl::unexpected(Trouble{kExitRefused, "the gateway's answer holds no digests"});
      page.rows.push_back(std::move(*row));
    }
    page.head.seq = value.at("head").at("seq").as_int64();
  } catch (const std::exception&) {
    return tl::unexpected(Trouble{kExitRefused, "the gateway's answer is not what was asked for"});
  }
  return page;
}

ReadPage from_gateway(const std::string& socket) {
  return [gateway = PatientGateway(socket)](Seq after) -> tl::expected<Page, Trouble> {
    auto response =
        gateway.call({"GET", "/api/v1/audit?after=" + std::to_string(after) + "&limit=" + std::to_string(kPage), {}, {}});
    if (!response)
      return tl::unexpected(Trouble{kExitUnreachable, response.error().what + " (socket " + gateway.socket() +
                                                          ")\nIs tillgated running? With a copy of the database: --copy FILE"});
    return page_of(*response);
  };
}

tl::expected<ReadPage, Trouble> from_copy(const std::string& file) {
  auto opened = OfflineCopy::open(file);
  if (!opened) return tl::unexpected(Trouble{kExitNoInput, file + ": " + opened.error().what});
  auto copy = std::make_shared<OfflineCopy>(std::move(*opened));
  return ReadPage([copy, file](Seq after) -> tl::expected<Page, Trouble> {
    ReadAudit query;
    query.after = after;
    query.limit = kPage;
    auto page = copy->audit(query);
    if (!page) return tl::unexpected(Trouble{kExitNoInput, file + ": " + page.error().what});
    return Page{std::move(page->rows), page->head};
  });
}

void print_json(const AuditTrail& trail) {
  JsonWriter json;
  json.begin_object().key("rows").number(trail.rows()).key("erased").number(trail.erased());
  json.key("anchors_met").number(static_cast<std::int64_t>(trail.anchors_met()));
  json.key("head").text(std::to_string(trail.head().seq) + ":" + trail.head().digest.text());
  json.key("found").number(trail.found()).key("findings").begin_array();
  for (const auto& one : trail.findings())
    json.begin_object().key("seq").number(one.seq).key("what").text(one.what).end_object();
  json.end_array().end_object();
  std::printf("%s\n", json.take().c_str());
}

void print_text(const AuditTrail& trail, bool has_anchors) {
  for (const auto& one : trail.findings())
    std::printf("row %lld %.*s\n", static_cast<long long>(one.seq), static_cast<int>(one.what.size()), one.what.data());
  if (trail.found() > static_cast<std::int64_t>(trail.findings().size()))
    std::printf("… and %s more\n", human_count(trail.found() - static_cast<std::int64_t>(trail.findings().size())).c_str());
  std::printf("%s: %s rows, %s of them blanked by erasures, %zu anchors met\nhead  %lld:%s\n",
              trail.found() == 0 ? "sound" : "NOT SOUND", human_count(trail.rows()).c_str(),
              human_count(trail.erased()).c_str(), trail.anchors_met(), static_cast<long long>(trail.head().seq),
              trail.head().digest.text().c_str());
  if (!has_anchors)
    std::puts(
        "Without an anchor nobody can tell a ledger that was cut off, or written anew from some row on: give --anchor what\n"
        "`tillgate-hq anchor` prints for this store.");
}

}  // namespace

std::optional<Position> anchor_from(std::string_view text) {
  const auto colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  Position anchor;
  const auto [end, error] = std::from_chars(text.data(), text.data() + colon, anchor.seq);
  const auto digest = Digest::from_text(text.substr(colon + 1));
  if (error != std::errc{} || end != text.data() + colon || anchor.seq < 1 || !digest) return std::nullopt;
  anchor.digest = *digest;
  return anchor;
}

int verify_audit(const AuditOptions& options) {
  const auto complain = [](const Trouble& trouble) {
    std::fprintf(stderr, "tillgatectl: %s\n", trouble.text.c_str());
    return trouble.exit_code;
  };
  auto read = options.copy.empty() ? tl::expected<ReadPage, Trouble>(from_gateway(options.socket)) : from_copy(options.copy);
  if (!read) return complain(read.error());
  AuditTrail trail(options.anchors);
  for (;;) {
    auto page = (*read)(trail.head().seq);
    if (!page) return complain(page.error());
    const Seq before = trail.head().seq;
    for (const AuditRow& row : page->rows) trail.add(row);
    if (isatty(STDERR_FILENO) == 1 && page->head.seq > kPage)
      std::fprintf(stderr, "\r%s of %s rows\033[K", human_count(trail.head().seq).c_str(), human_count(page->head.seq).c_str());
    if (page->rows.empty() || trail.head().seq <= before) break;
  }
  if (isatty(STDERR_FILENO) == 1) std::fputs("\r\033[K", stderr);
  trail.finish();
  options.as_json ? print_json(trail) : print_text(trail, !options.anchors.empty());
  return trail.found() == 0 ? 0 : kExitFound;
}

}  // namespace tillgate
