// Policy: mistakes planted on purpose, so that the world can prove that it would notice them. All off: the rules as they are.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace tillgate::sim {

struct Policy {
  // of a store
  bool trusts_puback = false;          // the broker's receipt is taken for head office's
  bool trims_on_puback = false;        // rows that the broker has are gone
  bool ignores_own_digest = false;     // an ack is taken without comparing its digest with ours
  bool keeps_epoch = false;            // opening the database again draws no new epoch
  bool forgets_answers = false;        // the kept answers are gone after a restart
  bool draws_ids = false;              // ids are drawn, not derived from the request: a repeat is a second effect
  bool answers_before_commit = false;  // the terminal hears 2xx while the command is still queued
  // of head office
  bool acks_before_commit = false;     // acknowledges what it is only about to commit
  bool applies_across_a_gap = false;   // what comes early is appended as if it were next
  bool ignores_digests = false;        // same numbers, other rows: taken for known
  bool opens_anywhere = false;         // an unknown epoch starts wherever its first batch happens to start
  bool keeps_ho_epoch = false;         // a restored head office says that it is still the same
  bool puts_nothing_aside = false;     // a gap is answered at once, although another receiver may be closing it
  bool gap_on_every_ack = false;       // loses nothing, only wastes: every ack asks for a rewind
  bool applies_what_it_knows = false;  // a duplicate is applied again
  bool clamps_versions = false;        // a version ahead of head office's own time is cut down to it
  bool shares_status = false;          // status is subscribed with $share: one receiver hears it, and nobody what was retained
};

struct Canary {
  std::string_view name, what;
  bool Policy::*mistake;
};
inline constexpr std::array<Canary, 17> kCanaries{{
    {"puback", "takes a PUBACK for a receipt", &Policy::trusts_puback},
    {"puback-trim", "trims its ledger on a PUBACK", &Policy::trims_on_puback},
    {"own-digest", "takes an ack without comparing its digest", &Policy::ignores_own_digest},
    {"same-epoch", "draws no epoch when opened again", &Policy::keeps_epoch},
    {"no-answers", "has forgotten its answers after a restart", &Policy::forgets_answers},
    {"drawn-ids", "draws ids instead of deriving them", &Policy::draws_ids},
    {"early-answer", "answers 2xx before the commit", &Policy::answers_before_commit},
    {"early-ack", "acknowledges before the commit", &Policy::acks_before_commit},
    {"across-gap", "applies across a gap", &Policy::applies_across_a_gap},
    {"no-digests", "does not compare digests at head office", &Policy::ignores_digests},
    {"open-anywhere", "opens an epoch anywhere", &Policy::opens_anywhere},
    {"same-ho-epoch", "keeps its ho_epoch when restored", &Policy::keeps_ho_epoch},
    {"no-put-aside", "answers a gap at once", &Policy::puts_nothing_aside},
    {"gap-always", "asks for a rewind with every ack", &Policy::gap_on_every_ack},
    {"apply-known", "applies what it knows again", &Policy::applies_what_it_knows},
    {"clamp", "clamps versions on receipt", &Policy::clamps_versions},
    {"share-status", "subscribes status with $share", &Policy::shares_status},
}};

[[nodiscard]] inline const Canary* canary_named(std::string_view name) {
  for (const auto& canary : kCanaries)
    if (canary.name == name) return &canary;
  return nullptr;
}

}  // namespace tillgate::sim
