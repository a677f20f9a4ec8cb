// The small texts that stand inside everything else: ids, digests, times, versions, names, topics. Each has one text: what is
// read is written the same again, and what can exist is written so that it is read again.
#include <algorithm>
#include <cstring>
#include <string>

#include "core/hlc.hpp"
#include "core/message.hpp"
#include "core/version.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

constexpr std::string_view kRoot = "tillgate/v1";
constexpr std::int64_t kMsEnd = 253'402'300'800'000;  // the year 10000

void check_read(std::string_view text) {
  if (const auto id = Uuid::from_text(text)) claim(id->text() == text, "an id has one text");
  if (const auto digest = Digest::from_text(text)) claim(digest->text() == text, "a digest has one text");
  if (const auto hlc = Hlc::from_text(text)) claim(hlc->text() == text, "a clock value has one text");
  if (const auto version = Version::from_text(text)) {
    claim(version->text() == text && version->is_set(), "a version has one text");
    claim(Hlc::from_text(text.substr(0, 16)) == version->hlc, "the clock of a version stands in front");
  }
  if (const auto at = timestamp_from_text(text)) {
    const std::string whole = to_text(*at);
    claim(whole == text || (text.size() == 20 && whole == std::string(text.substr(0, 19)) + ".000Z"), "a time has two texts");
    claim(ms_of(*at) >= 0 && ms_of(*at) < kMsEnd, "a time is between 1970 and 9999");
  }
  if (const auto topic = Topic::parse(kRoot, text)) {
    claim(is_name_id(topic->org.value) && is_name_id(topic->store.value), "a topic names its store by name ids");
    claim(std::string(kRoot) + "/" + topic->org.value + "/" + topic->store.value + "/" + topic->rest == text,
          "a topic is the sum of its parts");
    claim(topic->rest.find_first_of("+#$ ") == std::string::npos, "a topic holds no wildcard");
  }
  if (is_name_id(text)) {
    const Topic topic{std::string(kRoot), OrgId{std::string(text)}, StoreId{std::string(text)}};
    const auto parsed = Topic::parse(kRoot, topic.up_batch());
    claim(parsed && parsed->store == topic.store && parsed->rest == "up/batch", "our own topics are understood");
    claim(Version::from_text("0000000000000001@pos:" + std::string(text)).has_value(), "an account is a name id");
  }
}

// A value straight out of the input's bytes.
template <class T>
T value_from(std::string_view bytes) {
  T value{};
  if (!bytes.empty()) std::memcpy(&value, bytes.data(), std::min(bytes.size(), sizeof value));
  return value;
}

void check_written(std::string_view bytes) {
  const Uuid id{value_from<std::array<std::uint8_t, 16>>(bytes)};
  claim(Uuid::from_text(id.text()) == id, "an id reads back");
  const Digest digest{value_from<std::array<std::uint8_t, 32>>(bytes)};
  claim(Digest::from_text(digest.text()) == digest, "a digest reads back");
  const Timestamp at = timestamp_from_ms(static_cast<std::int64_t>(value_from<std::uint64_t>(bytes) % kMsEnd));
  claim(timestamp_from_text(to_text(at)) == at, "a time reads back");
}

// Whatever a clock has seen, the version it gives next is above that and can be read by everybody.
void check_clock(std::string_view bytes) {
  struct Moment {
    std::uint64_t seen;
    std::int64_t system, confirmed, mono;
  };
  const auto moment = value_from<Moment>(bytes);
  const Hlc seen{moment.seen % 0x6fff'ffff'ffff'ffff};  // the very last one has no next: CHECK
  const auto ms = [](std::int64_t any) { return timestamp_from_ms(any % kMsEnd); };
  const HlcClock::Reading now{ms(moment.system), Time(Duration(moment.mono % 1'000'000'000'000'000))};
  HlcClock clock(Hlc{}, Time{}, std::chrono::minutes(5));
  if (moment.confirmed != 0) clock.confirm(ms(moment.confirmed), Time{});
  const Hlc next = clock.next(now, seen);
  claim(next > seen, "the next version is above what was seen");
  claim(Hlc::from_text(next.text()) == next, "a version that a clock gives reads back");
  const Version version{next, "pos:z"};
  claim(Version::from_text(version.text()) == version, "and so does the version around it");
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view text = fuzz::text_of(data, size);
  fuzz::check_read(text);
  fuzz::check_written(text);
  fuzz::check_clock(text);
  return 0;
}
