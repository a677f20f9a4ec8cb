#include "daemon/import_job.hpp"

#include <algorithm>
#include <utility>

#include "daemon/json_body.hpp"

namespace tillgate {

namespace {

constexpr std::size_t kJobBytesMax = 512 * 1024;  // 256 mappings of 200 bytes, each byte escaped by six at worst, and names
constexpr std::array<std::string_view, 7> kStates{"receiving", "checking",  "writing",  "done",
                                                  "refused",   "cancelled", "abandoned"};
constexpr std::array<std::string_view, 2> kFormats{"csv", "jsonl"};
constexpr std::array<std::string_view, 2> kModes{"all_or_nothing", "skip_bad"};
constexpr std::array<std::string_view, 3> kDates{"iso", "month_first", "day_first"};

template <class Enum, std::size_t N>
bool read_word(const std::array<std::string_view, N>& words, const std::string* given, Enum& into) {
  const auto found = given ? std::find(words.begin(), words.end(), *given) : words.end();
  if (found == words.end()) return false;
  into = static_cast<Enum>(found - words.begin());
  return true;
}
template <class Enum, std::size_t N>
std::string_view word_of(const std::array<std::string_view, N>& words, Enum value) {
  return words[static_cast<std::size_t>(value)];
}

// The options, as the API takes them and the job's file keeps them.
class OptionsReader {
 public:
  explicit OptionsReader(JsonReader& reader) : reader_(reader) {}

  ParsedImport read() {
    const auto* hash = reader_.take<std::string>("hash");
    const auto digest = hash ? Digest::from_text(*hash) : std::nullopt;
    if (!digest) fault("hash", "not_a_hash", "The BLAKE2b-256 of the whole file is needed, in 64 hex digits (b2sum -l 256).");
    out_.options.file = digest.value_or(Digest{});
    const auto* bytes = reader_.take<std::int64_t>("bytes");
    if (!bytes || *bytes < 1 || *bytes > kImportBytesMax)
      fault("bytes", "not_a_size", "The size of the file is needed: 1 byte to 1 GiB.");
    out_.options.bytes = bytes ? *bytes : 0;
    word("format", kFormats, out_.options.format);
    word("mode", kModes, out_.options.mode);
    word("dates", kDates, out_.options.dates);
    flag("dry_run", out_.options.is_dry_run);
    flag("ignore_unknown", out_.options.mapping.ignores_unknown);
    separator();
    map();
    ignore();
    return std::move(out_);
  }

 private:
  void fault(std::string field, std::string code, std::string sentence) {
    out_.faults.push_back({std::move(field), std::move(code), std::move(sentence)});
  }
  template <class Enum, std::size_t N>
  void word(std::string_view key, const std::array<std::string_view, N>& words, Enum& into) {
    const Json* given = reader_.take_any(key);
    if (given && !read_word(words, given->as<std::string>(), into))
      fault(std::string(key), "not_a_choice", "This is not one of the words that are understood here.");
  }
  void flag(std::string_view key, bool& into) {
    const Json* given = reader_.take_any(key);
    const auto* value = given ? given->as<bool>() : nullptr;
    if (value) into = *value;
    if (given && !value) fault(std::string(key), "wrong_type", "This must be true or false.");
  }
  void separator() {
    const Json* given = reader_.take_any("separator");
    if (!given) return;
    const auto* text = given->as<std::string>();
    const bool is_one = text && (*text == "," || *text == ";" || *text == "\t");
    if (!is_one) return fault("separator", "not_a_choice", "The separator is a comma, a semicolon or a tab.");
    out_.options.separator = text->front();
  }
  static bool is_header(const std::string& text) { return !text.empty() && text.size() <= kHeaderBytesMax; }
  void map() {
    const Json* given = reader_.take_any("map");
    if (!given) return;
    const auto* object = given->as<Json::Object>();
    if (!object || object->size() > kMappingsMax)
      return fault("map", "wrong_type", "This must be an object of at most 128 headers.");
    for (const auto& [theirs, ours] : *object) {
      const auto* name = ours.as<std::string>();
      if (!name || !is_header(theirs) || !leaf_named(*name))
        return fault("map", "unknown_field", "Each header is mapped to the name of a field.");
      out_.options.mapping.map.emplace_back(theirs, *name);
    }
  }
  void ignore() {
    const Json* given = reader_.take_any("ignore");
    if (!given) return;
    const auto* list = given->as<Json::Array>();
    bool is_list = list && list->size() <= kMappingsMax;
    for (std::size_t i = 0; is_list && i < list->size(); ++i) {
      const auto* header = (*list)[i].as<std::string>();
      is_list = header && is_header(*header);
      if (is_list) out_.options.mapping.ignore.push_back(*header);
    }
    if (!is_list) fault("ignore", "wrong_type", "This must be a list of at most 128 headers.");
  }

  JsonReader& reader_;
  ParsedImport out_;
};

void write_options(JsonWriter& json, const ImportOptions& options) {
  json.key("hash").text(options.file.text()).key("bytes").number(options.bytes);
  json.key("format").text(word_of(kFormats, options.format)).key("mode").text(word_of(kModes, options.mode));
  json.key("dates").text(word_of(kDates, options.dates)).key("dry_run").boolean(options.is_dry_run);
  json.key("ignore_unknown").boolean(options.mapping.ignores_unknown);
  if (options.separator) json.key("separator").text(std::string(1, *options.separator));
  json.key("map").begin_object();
  for (const auto& [theirs, ours] : options.mapping.map) json.key(theirs).text(ours);
  json.end_object().key("ignore").begin_array();
  for (const auto& header : options.mapping.ignore) json.text(header);
  json.end_array();
}

// The numbers of a job, by name: written and read by the same list.
template <class Job, class Visit>
void each_number(Job& job, const Visit& visit) {
  visit("received", job.received);
  visit("offset", job.place.offset);
  visit("rows", job.place.rows);
  visit("lines", job.place.lines);
  visit("created", job.counts.created);
  visit("unchanged", job.counts.unchanged);
  visit("bad", job.counts.bad);
  visit("good", job.counts.good);
  visit("report_bytes", job.report_bytes);
  visit("rows_total", job.rows_total);
  visit("first_seq", job.first_seq);
  visit("last_seq", job.last_seq);
  visit("idle_seconds", job.idle_seconds);
}

void write_faults_of(JsonWriter& json, const ImportJob& job) {
  json.key("faults").begin_array();
  for (const auto& fault : job.faults)
    json.begin_object().key("code").text(fault.code).key("sentence").text(fault.sentence).end_object();
  json.end_array();
}

}  // namespace

std::string_view name_of(ImportState state) {
  return word_of(kStates, state);
}

std::string encode(const ImportJob& job) {
  JsonWriter json;
  json.begin_object().key("id").text(job.id.text()).key("state").text(name_of(job.state));
  json.key("began_at").text(to_text(job.began_at));
  if (job.ended_at) json.key("ended_at").text(to_text(*job.ended_at));
  json.key("terminal").text(job.actor.terminal).key("person").text(job.actor.person).key("role").text(job.actor.role);
  write_options(json, job.options);
  each_number(job, [&](std::string_view name, std::int64_t value) { json.key(name).number(value); });
  write_faults_of(json, job);
  return json.end_object().take();
}

Result<ImportJob> decode_import_job(std::string_view text) {
  const auto wrong = [] { return fail(Errc::invalid, "the file of an import is not what was written"); };
  auto json = parse_json(text, kJobBytesMax);
  const auto* object = json ? json->as<Json::Object>() : nullptr;
  if (!object) return wrong();
  JsonReader reader(*object);
  ImportJob job;
  const auto text_at = [&](std::string_view key) {
    const auto* value = reader.take<std::string>(key);
    return value ? *value : std::string();
  };
  const auto id = ImportId::from_text(text_at("id"));
  const auto began_at = timestamp_from_text(text_at("began_at"));
  if (!id || !began_at || !read_word(kStates, reader.take<std::string>("state"), job.state)) return wrong();
  job.id = *id;
  job.began_at = *began_at;
  job.ended_at = timestamp_from_text(text_at("ended_at"));
  job.actor = Actor{text_at("terminal"), text_at("person"), text_at("role")};
  auto parsed = OptionsReader(reader).read();
  if (!parsed.faults.empty()) return wrong();
  job.options = std::move(parsed.options);
  bool is_whole = true;
  each_number(job, [&](std::string_view name, std::int64_t& value) {
    const auto* given = reader.take<std::int64_t>(name);
    is_whole = is_whole && given && *given >= 0;
    value = given ? *given : 0;
  });
  const auto* faults = reader.take<Json::Array>("faults");
  if (!is_whole || !faults) return wrong();
  for (const Json& one : *faults) {
    const auto* members = one.as<Json::Object>();
    if (!members) return wrong();
    JsonReader of(*members);
    const auto* code = of.take<std::string>("code");
    const auto* sentence = of.take<std::string>("sentence");
    if (!code || !sentence) return wrong();
    job.faults.push_back({*code, *sentence});
  }
  return job;
}

void write_import(JsonWriter& json, const ImportJob& job) {
  json.key("id").text(job.id.text()).key("state").text(name_of(job.state));
  json.key("began_at").text(to_text(job.began_at)).key("ended_at");
  job.ended_at ? json.text(to_text(*job.ended_at)) : json.null();
  write_options(json, job.options);
  json.key("received").number(job.received);
  json.key("rows").number(job.place.rows).key("rows_total");
  job.rows_total > 0 ? json.number(job.rows_total) : json.null();
  json.key("bytes_read").number(job.place.offset);
  json.key("created").number(job.counts.created).key("unchanged").number(job.counts.unchanged);
  json.key("good").number(job.counts.good).key("bad").number(job.counts.bad);
  write_faults_of(json, job);
}

std::string progress_of(const ImportJob& job) {
  JsonWriter json;
  json.begin_object().key("import").text(job.id.text()).key("state").text(name_of(job.state));
  json.key("bytes").number(job.options.bytes).key("received").number(job.received);
  json.key("rows").number(job.place.rows).key("rows_total");
  job.rows_total > 0 ? json.number(job.rows_total) : json.null();
  json.key("created").number(job.counts.created).key("unchanged").number(job.counts.unchanged);
  json.key("bad").number(job.counts.bad).end_object();
  return json.take();
}

ParsedImport import_from(const Json::Object& body) {
  JsonReader reader(body);
  auto parsed = OptionsReader(reader).read();
  if (reader.has_more()) parsed.faults.push_back({"import", "unknown_field", "A member of the body is not known."});
  return parsed;
}

}  // namespace tillgate
