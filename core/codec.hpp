// Message <-> bytes. Pure; every decoder is bounded, strict about what it understands and refuses the rest with a reason.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/message.hpp"
#include "core/result.hpp"

namespace tillgate {

inline constexpr std::string_view kBatchContentType = "application/vnd.tillgate.batch+x-ndjson;v=1";
inline constexpr std::string_view kJsonContentType = "application/json";

struct Encoded {
  std::string bytes;
  std::string content_type;
  std::string content_encoding;  // "" or "zstd"
};

[[nodiscard]] Encoded encode(const UpBatch& batch);
// The same before compression: header line and body.
[[nodiscard]] std::string to_ndjson(const UpBatch& batch);
[[nodiscard]] Encoded encode(const Ack& ack);
[[nodiscard]] Encoded encode(const Status& status);

// `content_encoding` as received ("" or "zstd"); anything else is Errc::unsupported. Header and line structure are
// checked, the number of lines must match first..last; the chain is checked by `verify`.
[[nodiscard]] Result<UpBatch> decode_up_batch(std::string_view bytes, std::string_view content_encoding);
[[nodiscard]] Result<Ack> decode_ack(std::string_view bytes);
// As the store `own` hears it: one that names another store is Errc::invalid, whatever topic it came on.
[[nodiscard]] Result<Ack> decode_ack(std::string_view bytes, const StoreId& own);
[[nodiscard]] Result<Status> decode_status(std::string_view bytes);

// Splits the body into changes. Views live as long as `batch`.
[[nodiscard]] Result<std::vector<ChangeLines>> split(const UpBatch& batch);
// The digest after each change, starting from header.prev; Errc::invalid when the last is not header.digest.
[[nodiscard]] Result<std::vector<Digest>> verify(const BatchHeader& header, const std::vector<ChangeLines>& changes);

}  // namespace tillgate
