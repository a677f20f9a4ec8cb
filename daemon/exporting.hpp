// The exports that are being fetched: who began which, how far it is. In memory, since nothing depends on them: an export that was
// interrupted is begun again, and that it was begun stands in the ledger.
// Thread: logic.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/ids.hpp"
#include "core/time.hpp"
#include "daemon/export_text.hpp"

namespace tillgate {

using ExportId = UuidId<struct ExportIdTag>;

inline constexpr std::size_t kExportsMax = 16;
inline constexpr seconds kExportIdle{600};

class Exporting {
 public:
  struct Session {
    ExportView view;
    std::string credential;  // who began it; nobody else fetches it
    std::string reason;
    std::string at;  // the cursor that comes next
    std::int64_t handed_out = 0, unopened = 0;
    bool has_ended = false;
    Seq noted = 0;            // the ledger row under which it leaves
    bool is_resumed = false;  // begun earlier, and forgotten since: its first part may be any
    Time used_at;
  };

  // False: too many at once. One that is there already stays as it is.
  [[nodiscard]] bool begin(const ExportId& id, Session session, Time now) {
    if (is_known(id, now)) return true;
    if (sessions_.size() >= kExportsMax) return false;
    session.used_at = now;
    sessions_.emplace(id, std::move(session));
    return true;
  }
  [[nodiscard]] bool is_known(const ExportId& id, Time now) {
    std::erase_if(sessions_, [&](const auto& entry) { return now - entry.second.used_at > kExportIdle; });
    return sessions_.contains(id);
  }
  [[nodiscard]] Session* find(const ExportId& id, const std::string& credential, Time now) {
    const auto found = sessions_.find(id);
    if (found == sessions_.end() || found->second.credential != credential) return nullptr;
    if (!found->second.has_ended) found->second.used_at = now;  // whoever has it all is not served for ever
    return &found->second;
  }

 private:
  std::map<ExportId, Session> sessions_;
};

}  // namespace tillgate
