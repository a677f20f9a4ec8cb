#include "core/codec.hpp"

#include <zstd.h>

#include <algorithm>
#include <limits>
#include <memory>

#include "core/check.hpp"
#include "core/json.hpp"

namespace tillgate {

namespace {

constexpr int kZstdLevel = 1;  // batches of ours come out smaller than at 3, and in half the time (docs/performance.md)
constexpr int kZstdWindowLogMax = 22;  // 4 MiB: more than any frame of ours needs, and a bound on what one may cost us
constexpr std::size_t kSmallMessageBytesMax = 4 * 1024;  // header line, ack, status
constexpr std::string_view kHashOnlyStart = R"({"payload_hash":")", kHashOnlyEnd = R"("})";

auto broken(std::string_view what, std::string detail = {}) {
  return fail(Errc::invalid, std::string(what) + " is malformed", std::move(detail));
}
auto future(std::string_view what) {
  return fail(Errc::unsupported, std::string(what) + " holds something that only a newer version understands");
}

void write_root(JsonWriter& json, const EpochRoot& root) {
  json.key("root").begin_object().key("replaces");
  if (root.replaces) {
    json.text(root.replaces->text());
  } else {
    json.null();
  }
  json.key("seq").number(root.after.seq).key("digest").text(root.after.digest.text()).end_object();
}

// One small message: an object whose keys are read one by one. The first thing that is wrong sticks.
class Message {
 public:
  static Result<Message> parse(std::string_view text, std::string_view what) {
    auto json = parse_json(text, kSmallMessageBytesMax);
    if (!json) return broken(what, json.error().what);
    if (!json->as<Json::Object>()) return broken(what);
    return Message(std::move(*json), what);
  }
  Message(Message&& other) noexcept : json_(std::move(other.json_)), reader_(*json_->as<Json::Object>()), what_(other.what_) {}

  template <class T>
  [[nodiscard]] T id(std::string_view key) {
    return parsed(key, [](std::string_view text) { return T::from_text(text); });
  }
  [[nodiscard]] Digest digest(std::string_view key) { return id<Digest>(key); }
  [[nodiscard]] Timestamp time(std::string_view key) { return parsed(key, timestamp_from_text); }
  template <class T>
  [[nodiscard]] T name(std::string_view key) {
    return parsed(
        key, [](std::string_view text) { return is_name_id(text) ? std::optional<T>(T{std::string(text)}) : std::nullopt; });
  }
  [[nodiscard]] std::int64_t number(std::string_view key, std::int64_t least) {
    const auto* value = reader_.take<std::int64_t>(key);
    if (!value || *value < least) is_broken_ = true;
    return value ? *value : least;
  }
  [[nodiscard]] bool flag(std::string_view key) {
    const auto* value = reader_.take<bool>(key);
    if (!value) is_broken_ = true;
    return value && *value;
  }
  [[nodiscard]] std::string text(std::string_view key) {
    const auto* value = reader_.take<std::string>(key);
    if (!value) is_broken_ = true;
    return value ? *value : std::string();
  }
  [[nodiscard]] bool has(std::string_view key) const {
    const auto& object = *json_->as<Json::Object>();
    return std::any_of(object.begin(), object.end(), [&](const auto& member) { return member.first == key; });
  }
  [[nodiscard]] bool is_null(std::string_view key) {
    if (!has(key)) return false;
    const auto& object = *json_->as<Json::Object>();
    const auto found = std::find_if(object.begin(), object.end(), [&](const auto& member) { return member.first == key; });
    return found->second.is_null();
  }
  void skip(std::string_view key) { (void)reader_.take_any(key); }
  [[nodiscard]] std::optional<EpochRoot> root(Epoch epoch) {
    if (!has("root")) return std::nullopt;
    const auto* object = reader_.take<Json::Object>("root");
    if (!object) {
      is_broken_ = true;
      return std::nullopt;
    }
    JsonReader inner(*object);
    const Json* replaces = inner.take_any("replaces");
    const auto* seq = inner.take<std::int64_t>("seq");
    const auto* digest_text = inner.take<std::string>("digest");
    const auto digest = digest_text ? Digest::from_text(*digest_text) : std::nullopt;
    EpochRoot root;
    root.epoch = epoch;
    if (replaces && !replaces->is_null()) {
      const auto* replaced_text = replaces->as<std::string>();
      root.replaces = replaced_text ? Epoch::from_text(*replaced_text) : std::nullopt;
      if (!root.replaces) is_broken_ = true;
    }
    if (!replaces || !seq || *seq < 0 || !digest || inner.has_more()) {
      is_broken_ = true;
      return std::nullopt;
    }
    if (!root.replaces && *seq != 0) is_broken_ = true;  // nothing before it, yet after a row
    root.after = Position{*seq, *digest};
    return root;
  }
  void require(bool condition) { is_broken_ |= !condition; }
  // The version first: what a newer protocol says may look malformed to this one.
  [[nodiscard]] Result<> check_version() {
    const auto* version = reader_.take<std::int64_t>("v");
    if (!version || *version < 1) return broken(what_);
    if (*version > kProtocolVersion) return future(what_);
    return {};
  }
  [[nodiscard]] Result<> finish() const {
    if (is_broken_) return broken(what_);
    if (reader_.has_more()) return future(what_);
    return {};
  }

 private:
  Message(Json json, std::string_view what)
      : json_(std::make_unique<Json>(std::move(json))), reader_(*json_->as<Json::Object>()), what_(what) {}

  template <class Parse>
  auto parsed(std::string_view key, Parse read) -> typename decltype(read(std::string_view()))::value_type {
    const auto* text = reader_.take<std::string>(key);
    auto value = text ? read(*text) : std::nullopt;
    if (value) return *value;
    is_broken_ = true;
    return {};
  }

  std::unique_ptr<Json> json_;  // stays where it is, because the reader looks into it
  JsonReader reader_;
  std::string_view what_;
  bool is_broken_ = false;
};

std::string header_line(const BatchHeader& header) {
  JsonWriter json;
  json.begin_object().key("v").number(kProtocolVersion);
  json.key("org").text(header.org.value).key("store").text(header.store.value).key("epoch").text(header.epoch.text());
  if (header.root) write_root(json, *header.root);
  json.key("first").number(header.first).key("last").number(header.last);
  json.key("prev").text(header.prev.text()).key("digest").text(header.digest.text());
  json.key("now").text(to_text(header.now));
  return json.end_object().take();
}

Result<BatchHeader> decode_header(std::string_view line) {
  auto message = Message::parse(line, "the header of a batch");
  if (!message) return fail(message.error());
  if (auto known = message->check_version(); !known) return fail(known.error());
  BatchHeader header;
  header.org = message->name<OrgId>("org");
  header.store = message->name<StoreId>("store");
  header.epoch = message->id<Epoch>("epoch");
  header.root = message->root(header.epoch);
  header.first = message->number("first", 1);
  header.last = message->number("last", 0);
  header.prev = message->digest("prev");
  header.digest = message->digest("digest");
  header.now = message->time("now");
  message->require(header.first < std::numeric_limits<std::int64_t>::max() && header.last >= header.first - 1);
  if (auto whole = message->finish(); !whole) return fail(whole.error());
  if (header.count() > static_cast<std::int64_t>(kBatchChangesMax))
    return fail(Errc::invalid, "a batch holds more changes than allowed");
  // A root says again what first and prev say.
  const bool agrees = !header.root || (header.root->after.seq == header.first - 1 && header.root->after.digest == header.prev);
  if (!agrees || (header.count() == 0 && header.digest != header.prev)) return broken("the header of a batch");
  return header;
}

Result<std::string> unpack(std::string_view bytes) {
  const auto refuse = [](std::string detail) { return fail(Errc::invalid, "a batch cannot be unpacked", std::move(detail)); };
  const auto announced = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
  if (announced == ZSTD_CONTENTSIZE_ERROR) return refuse("not a zstd frame");
  if (announced != ZSTD_CONTENTSIZE_UNKNOWN && announced > kUnpackedBytesMax) return refuse("announces too much");
  static thread_local const std::unique_ptr<ZSTD_DCtx, std::size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return fail(Errc::unavailable, "no memory to unpack a batch");
  ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);  // the frame before may have been left in the middle
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, kZstdWindowLogMax);

  std::string text;
  std::string chunk(64 * 1024, '\0');
  ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
  while (true) {  // every turn uses input or gives output, and both are bounded
    ZSTD_outBuffer out{chunk.data(), chunk.size(), 0};
    const std::size_t before = in.pos;
    const std::size_t left = ZSTD_decompressStream(context.get(), &out, &in);
    if (ZSTD_isError(left)) return refuse(ZSTD_getErrorName(left));
    // What was announced is not trusted: a frame may hold more.
    if (text.size() + out.pos > kUnpackedBytesMax) return refuse("unpacks to too much");
    text.append(chunk, 0, out.pos);
    if (left == 0) break;
    if (in.pos == before && out.pos == 0) return refuse("ends too early");
  }
  if (in.pos != in.size) return refuse("something follows the frame");
  return text;
}

// Takes the next line off `rest`; nullopt when no newline is left.
std::optional<std::string_view> take_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

bool has_control_character(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' && c != '\n' && c != '\t'; });
}

Encoded small(JsonWriter& json) {
  return {json.end_object().take(), std::string(kJsonContentType), ""};
}

}  // namespace

std::string to_ndjson(const UpBatch& batch) {
  return header_line(batch.header) + "\n" + batch.body;
}

Encoded encode(const UpBatch& batch) {
  Encoded encoded{to_ndjson(batch), std::string(kBatchContentType), ""};
  if (encoded.bytes.size() < kCompressFrom) return encoded;
  std::string packed(ZSTD_compressBound(encoded.bytes.size()), '\0');
  // One per thread: making and clearing its tables anew costs a fifth of compressing a batch.
  static thread_local const std::unique_ptr<ZSTD_CCtx, std::size_t (*)(ZSTD_CCtx*)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
  CHECK(context);
  const std::size_t size = ZSTD_compressCCtx(context.get(), packed.data(), packed.size(), encoded.bytes.data(),
                                             encoded.bytes.size(), kZstdLevel);
  CHECK(!ZSTD_isError(size));
  packed.resize(size);
  encoded.bytes = std::move(packed);
  encoded.content_encoding = "zstd";
  return encoded;
}

Encoded encode(const Ack& ack) {
  JsonWriter json;
  json.begin_object().key("v").number(kProtocolVersion).key("store").text(ack.store.value);
  json.key("epoch").text(ack.epoch.text()).key("ho_epoch").text(ack.ho_epoch.text()).key("seq");
  if (ack.upto) {
    json.number(ack.upto->seq).key("digest").text(ack.upto->digest.text());
  } else {
    json.null();
  }
  json.key("gap").boolean(ack.has_gap).key("now").text(to_text(ack.now));
  return small(json);
}

Encoded encode(const Status& status) {
  JsonWriter json;
  json.begin_object().key("v").number(kProtocolVersion).key("online").boolean(status.is_online);
  json.key("n").number(status.n).key("epoch").text(status.epoch.text());
  const bool is_will = !status.is_online && !status.now;  // written before the connection it speaks about: it knows no more
  if (!is_will) {
    json.member_unless_empty("software", status.software);
    if (status.root) write_root(json, *status.root);
    json.key("head").number(status.head);
    json.key("clock").text(status.clock == ClockState::confirmed ? "confirmed" : "unconfirmed");
    json.member_unless_empty("config_hash", status.config_hash);
    if (status.now) json.key("now").text(to_text(*status.now));
  }
  return small(json);
}

Result<UpBatch> decode_up_batch(std::string_view bytes, std::string_view content_encoding) {
  if (!content_encoding.empty() && content_encoding != "zstd")
    return fail(Errc::unsupported, "a batch is packed in a way that we do not know");
  if (bytes.size() > kUnpackedBytesMax) return fail(Errc::invalid, "a batch is larger than allowed");
  std::string text;
  if (content_encoding.empty()) {
    text = bytes;
  } else {
    auto unpacked = unpack(bytes);
    if (!unpacked) return fail(unpacked.error());
    text = std::move(*unpacked);
  }
  if (has_control_character(text) || !is_utf8(text)) return fail(Errc::invalid, "a batch holds bytes that are no text");

  std::string_view rest = text;
  const auto line = take_line(rest);
  if (!line) return fail(Errc::invalid, "a batch has no header line");
  auto header = decode_header(*line);
  if (!header) return fail(header.error());
  const auto lines = std::count(rest.begin(), rest.end(), '\n');
  if (lines != 2 * header->count() || (!rest.empty() && rest.back() != '\n'))
    return fail(Errc::invalid, "a batch does not hold as many lines as its header says");
  const std::size_t header_size = line->size() + 1;
  UpBatch batch;
  batch.header = std::move(*header);
  text.erase(0, header_size);
  batch.body = std::move(text);
  return batch;
}

Result<Ack> decode_ack(std::string_view bytes) {
  auto message = Message::parse(bytes, "an ack");
  if (!message) return fail(message.error());
  if (auto known = message->check_version(); !known) return fail(known.error());
  Ack ack;
  ack.store = message->name<StoreId>("store");
  ack.epoch = message->id<Epoch>("epoch");
  ack.ho_epoch = message->id<HoEpoch>("ho_epoch");
  if (message->is_null("seq")) {
    message->skip("seq");
    message->require(!message->has("digest"));
  } else {
    ack.upto = Position{message->number("seq", 0), message->digest("digest")};
  }
  ack.has_gap = message->flag("gap");
  message->require(ack.upto ? ack.upto->seq > 0 || ack.upto->digest == Digest() : ack.has_gap);
  ack.now = message->time("now");
  if (auto whole = message->finish(); !whole) return fail(whole.error());
  return ack;
}

Result<Ack> decode_ack(std::string_view bytes, const StoreId& own) {
  auto ack = decode_ack(bytes);
  if (ack && ack->store != own) return fail(Errc::invalid, "an ack names another store");
  return ack;
}

Result<Status> decode_status(std::string_view bytes) {
  auto message = Message::parse(bytes, "a status");
  if (!message) return fail(message.error());
  if (auto known = message->check_version(); !known) return fail(known.error());
  Status status;
  status.is_online = message->flag("online");
  status.n = message->number("n", 0);
  status.epoch = message->id<Epoch>("epoch");
  if (message->has("software")) status.software = message->text("software");
  status.root = message->root(status.epoch);
  if (message->has("head")) status.head = message->number("head", 0);
  if (message->has("clock")) {
    const std::string clock = message->text("clock");
    message->require(clock == "confirmed" || clock == "unconfirmed");
    status.clock = clock == "confirmed" ? ClockState::confirmed : ClockState::unconfirmed;
  }
  if (message->has("config_hash")) status.config_hash = message->text("config_hash");
  if (message->has("now")) status.now = message->time("now");
  if (auto whole = message->finish(); !whole) return fail(whole.error());
  return status;
}

Result<std::vector<ChangeLines>> split(const UpBatch& batch) {
  std::vector<ChangeLines> changes;
  std::string_view rest = batch.body;
  while (!rest.empty()) {
    const auto envelope = take_line(rest);
    const auto payload = take_line(rest);
    if (!envelope || !payload) return fail(Errc::invalid, "a batch ends in the middle of a change");
    if (envelope->empty() || payload->empty()) return fail(Errc::invalid, "a batch holds an empty line");
    if (payload->size() > kPayloadBytesMax || envelope->size() > kPayloadBytesMax)
      return fail(Errc::invalid, "a change in a batch is longer than allowed");
    if (changes.size() == kBatchChangesMax) return fail(Errc::invalid, "a batch holds more changes than allowed");
    ChangeLines change;
    change.envelope = *envelope;
    if (payload->starts_with(kHashOnlyStart)) {
      const auto given = payload->ends_with(kHashOnlyEnd) && payload->size() == kHashOnlyStart.size() + 64 + kHashOnlyEnd.size()
                             ? Digest::from_text(payload->substr(kHashOnlyStart.size(), 64))
                             : std::nullopt;
      if (!given) return fail(Errc::invalid, "a change in a batch has neither a payload nor its hash");
      change.payload_hash = *given;
    } else {
      change.payload = *payload;
      change.payload_hash = hash_of(*payload);
    }
    changes.push_back(change);
  }
  if (static_cast<std::int64_t>(changes.size()) != batch.header.count())
    return fail(Errc::invalid, "a batch does not hold as many changes as its header says");
  return changes;
}

Result<std::vector<Digest>> verify(const BatchHeader& header, const std::vector<ChangeLines>& changes) {
  std::vector<Digest> digests;
  digests.reserve(changes.size());
  Digest digest = header.prev;
  for (const auto& change : changes) {
    digest = chain(digest, change.envelope, change.payload_hash);
    digests.push_back(digest);
  }
  if (digest != header.digest) return fail(Errc::invalid, "the digests of a batch do not lead to the one in its header");
  return digests;
}

}  // namespace tillgate
