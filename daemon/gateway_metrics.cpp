#include "daemon/gateway_metrics.hpp"

#include "service/clock.hpp"

namespace tillgate {

void add_gateway_metrics(Metrics& metrics, Gateway& gateway) {
  metrics.gauge("tillgate_build_info", "Always 1; the version is the label.", {{"version", gateway.version}}).set(1);
  metrics.gauge_from("tillgate_uptime_seconds", "Seconds since the process was ready to open its store.",
                     [&gateway] { return std::chrono::duration<double>(mono_now() - gateway.started_mono).count(); });
  metrics.gauge_from("tillgate_read_only", "1 while the gateway accepts no writes because its storage failed or is full.",
                     [&gateway] { return gateway.mode != Mode::normal ? 1.0 : 0.0; });

  metrics.gauge_from("tillgate_link_up", "1 while connected to the broker.", [&gateway] { return gateway.link.is_online ? 1.0 : 0.0; });
  metrics.gauge_from("tillgate_queue_changes", "Changes that head office has not committed yet.",
                     [&gateway] { return gateway.link.is_configured ? static_cast<double>(gateway.link.head - gateway.link.acked) : 0.0; }, {{"feed", "head_office"}});
  metrics.gauge_from("tillgate_queue_in_flight_batches", "Batches sent and not yet committed.",
                     [&gateway] { return static_cast<double>(gateway.link.in_flight); }, {{"feed", "head_office"}});
  metrics.counter_from("tillgate_sent_batches_total", "Batches handed to the link, repeats included.",
                       [&gateway] { return static_cast<double>(gateway.link.batches_sent); });
  metrics.counter_from("tillgate_rewinds_total", "Times head office reported a gap and sending went back.",
                       [&gateway] { return static_cast<double>(gateway.link.rewinds); });
  metrics.counter_from("tillgate_session_timeouts_total", "Sessions given up because head office stayed silent.",
                       [&gateway] { return static_cast<double>(gateway.link.timeouts); });
  metrics.counter_from("tillgate_forks_total", "Times a second machine with our history was found.",
                       [&gateway] { return static_cast<double>(gateway.link.forks); });
  metrics.gauge_from("tillgate_clock_confirmed", "1 once a trustworthy source has confirmed the time since start.",
                     [&gateway] { return gateway.link.is_clock_confirmed ? 1.0 : 0.0; });

  metrics.counter_from("tillgate_store_commits_total", "Transactions on stable storage.",
                       [&gateway] { return static_cast<double>(gateway.store.counters().commits); });
  metrics.counter_from("tillgate_store_commands_total", "Commands decided.",
                       [&gateway] { return static_cast<double>(gateway.store.counters().commands); });
  metrics.counter_from("tillgate_store_checkpoints_total", "WAL checkpoints.",
                       [&gateway] { return static_cast<double>(gateway.store.counters().checkpoints); });
  metrics.counter_from("tillgate_store_refused_full_total", "Commands refused because there was no room.",
                       [&gateway] { return static_cast<double>(gateway.store.counters().refused_full); });
  metrics.gauge_from("tillgate_store_wal_bytes", "Size of the write-ahead log.",
                     [&gateway] { return static_cast<double>(gateway.store.counters().wal_bytes); });
  metrics.gauge_from("tillgate_store_database_bytes", "Size of the database file.",
                     [&gateway] { return static_cast<double>(gateway.store.counters().database_bytes); });

  metrics.gauge_from("tillgate_search_unindexed_changes", "Changes that the search index has not looked at yet; the newest 512 are searched without it.",
                     [&gateway] { return static_cast<double>(gateway.store.counters().search_behind); });
  metrics.gauge_from("tillgate_search_halted", "1: the search index could not be read or written; it rests until it is made anew or the next start.",
                     [&gateway] { return gateway.store.counters().is_search_halted ? 1.0 : 0.0; });

  metrics.gauge_from("tillgate_backup_taken_timestamp_seconds", "When the newest backup in the data directory was taken; 0: there is none.", [&gateway] {
    return gateway.backup.last ? static_cast<double>(ms_of(gateway.backup.last->taken_at)) / 1000.0 : 0.0;
  });
  metrics.gauge_from("tillgate_backup_failed", "1: the last backup could not be made.", [&gateway] { return gateway.backup.failed ? 1.0 : 0.0; });

  metrics.gauge_from("tillgate_scrub_findings", "Damage found by the last full check of the database.",
                     [&gateway] { return gateway.scrub.last ? static_cast<double>(gateway.scrub.last->found) : 0.0; });
  metrics.gauge_from("tillgate_scrub_finished_timestamp_seconds", "When the last full check of the database ended; 0: none yet.", [&gateway] {
    return gateway.scrub.last ? static_cast<double>(ms_of(gateway.scrub.last->finished_at)) / 1000.0 : 0.0;
  });
}

}  // namespace tillgate
