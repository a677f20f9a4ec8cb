// Everything that comes off the link, or out of the ledger: batch (plain and zstd), ack, status, envelope, payload, state.
// What is accepted is within its bounds, obeys the rules of docs/protocol.md, and is written and read again without change.
#include "core/codec.hpp"

#include <algorithm>
#include <string>

#include "core/customer_state.hpp"
#include "core/json.hpp"
#include "tests/core/each_kind.hpp"
#include "tests/fuzz/claims.hpp"

namespace tillgate::fuzz {
namespace {

const Version& some_version() {
  static const Version version = *Version::from_text("01964d2a4c000001@pos:treez-main");
  return version;
}

template <class T>
bool reads_as(const Result<T>& read, const T& value) {
  return read.has_value() && *read == value;
}

void check_header(const BatchHeader& header) {
  claim(is_name_id(header.org.value) && is_name_id(header.store.value), "a batch names its store by name ids");
  claim(header.first >= 1 && header.count() >= 0, "a batch is a run of rows");
  claim(header.count() <= static_cast<std::int64_t>(kBatchChangesMax), "a batch holds at most 500 changes");
  claim(header.count() > 0 || header.digest == header.prev, "an empty batch changes no digest");
  if (!header.root) return;
  claim(header.root->epoch == header.epoch, "a root is that of the batch's epoch");
  claim(header.root->after.seq + 1 == header.first && header.root->after.digest == header.prev, "a root lies before first");
  claim(header.root->replaces || header.root->after.seq == 0, "without an epoch before there is no row before");
}

void check_changes(const UpBatch& batch) {
  const auto changes = split(batch);
  if (!changes) return;
  claim(static_cast<std::int64_t>(changes->size()) == batch.header.count(), "as many changes as the header says");
  std::string again;
  Digest digest = batch.header.prev;
  for (const ChangeLines& change : *changes) {
    again.append(change.envelope).append("\n");
    if (change.payload) {
      claim(hash_of(*change.payload) == change.payload_hash, "a payload has its own hash");
      again.append(*change.payload).append("\n");
    } else {
      again.append("{\"payload_hash\":\"" + change.payload_hash.text() + "\"}\n");
    }
    digest = chain(digest, change.envelope, change.payload_hash);
    const auto envelope = decode_envelope(change.envelope);
    if (envelope && change.payload) (void)decode_payload(*change.payload, *envelope);
  }
  claim(again == batch.body, "splitting loses and adds nothing");
  const auto digests = verify(batch.header, *changes);
  claim(digests.has_value() == (digest == batch.header.digest), "a chain is believed exactly when its end is right");
  claim(!digests || digests->size() == changes->size(), "one digest for each change");
}

void feed_batch(std::string_view bytes, std::string_view packing) {
  const auto batch = decode_up_batch(bytes, packing);
  if (!batch) {
    claim(!batch.error().what.empty(), "a refusal has a reason");
    return;
  }
  check_header(batch->header);
  claim(batch->body.size() <= kUnpackedBytesMax, "a batch unpacks to at most 1 MiB");
  claim(is_utf8(batch->body) && batch->body.find('\0') == std::string::npos, "a batch is text");
  claim(reads_as(decode_up_batch(to_ndjson(*batch), ""), *batch), "a batch reads back");
  const Encoded encoded = encode(*batch);
  claim(reads_as(decode_up_batch(encoded.bytes, encoded.content_encoding), *batch), "a batch reads back as it is sent");
  check_changes(*batch);
}

void feed_messages(std::string_view text) {
  if (const auto ack = decode_ack(text)) {
    claim(is_name_id(ack->store.value), "an ack names its store by a name id");
    claim(!ack->upto || ack->upto->seq >= 0, "an ack lies in the ledger");
    claim(reads_as(decode_ack(encode(*ack).bytes), *ack), "an ack reads back");
  }
  if (const auto status = decode_status(text)) {
    claim(status->n >= 0 && status->head >= 0, "a status counts from 0");
    const bool is_whole = status->is_online || status->now;  // a will is written short
    claim(!is_whole || reads_as(decode_status(encode(*status).bytes), *status), "a status reads back");
  }
}

void feed_lines(std::string_view text) {
  if (const auto envelope = decode_envelope(text)) {
    claim(envelope->seq >= 1, "a row has a number");
    claim(reads_as(decode_envelope(encode(*envelope)), *envelope), "an envelope reads back");
  }
  Envelope some;
  some.version = some_version();
  some.key = *Uuid::from_text("01997a3e-5c10-8d2f-9a4b-6c7d8e9fa0b1");  // of the seeds in the corpus
  for (const Envelope& envelope : each_kind_of(some)) {
    const auto payload = decode_payload(text, envelope);
    if (!payload) continue;
    claim(text.size() <= kPayloadBytesMax, "a payload has at most 64 KiB");
    claim(reads_as(decode_payload(encode(*payload, some.version), envelope), *payload), "a payload reads back");
  }
  if (const auto customer = decode_state(text)) {
    const std::string once = encode_state(*customer);
    claim(reads_as(decode_state(once), *customer), "a state reads back");
    Customer merged = *customer;
    claim(!merge(merged, *customer).has_changed && merged == *customer, "merging a state with itself changes nothing");
  }
}

}  // namespace
}  // namespace tillgate::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tillgate;
  const std::string_view text = fuzz::text_of(data, size);
  const auto json = parse_json(text, kUnpackedBytesMax);
  if (json) fuzz::claim(is_utf8(text), "JSON is UTF-8");
  if (text.starts_with("\x28\xb5\x2f\xfd")) {
    fuzz::feed_batch(text, "zstd");
    return 0;
  }
  fuzz::feed_batch(text, "");
  if (!json) {  // none of the single lines is anything else
    fuzz::claim(!decode_ack(text) && !decode_status(text) && !decode_envelope(text) && !decode_state(text) &&
                    !decode_payload(text, Envelope{}),
                "what is no JSON is no message");
    return 0;
  }
  fuzz::feed_messages(text);
  fuzz::feed_lines(text);
  return 0;
}
