// Every read, by name. Each query is a struct with its Answer; Queries runs them on one read-only connection.
// Thread: one Queries per reader thread.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/audit_trail.hpp"
#include "core/command.hpp"
#include "core/match.hpp"
#include "core/message.hpp"
#include "core/path.hpp"
#include "core/person.hpp"
#include "core/result.hpp"
#include "core/search_match.hpp"

namespace tillgate {

struct StoredCustomer {
  Customer customer;  // sealed numbers still sealed
  Digest etag;
  Timestamp created_at, updated_at;  // recorded_at of its first and last ledger row
  Seq last_seq = 0;                  // its last ledger row: committed at head office when the feed's cursor has passed it
  std::vector<CustomerId> records;   // of a person of several, sorted, the first is `customer.id`; empty: this record alone
};

// The person that a record belongs to, as shown.
struct GetCustomer {
  using Answer = std::optional<StoredCustomer>;  // none: no such record, or an erased one
  CustomerId id;
};
inline constexpr std::string_view kErasedText = "this customer was erased";
// Why there is none: whoever asks for an erased customer is told that it is gone for good.
struct IsErased {
  using Answer = bool;
  CustomerId id;
};

// Both ascending, ties in order of arrival. A person of several records comes once by creation, at its first record; by change
// wherever one of its records stands, since that change is news of the person.
enum class CustomerSort : std::uint8_t { created, updated };
struct ListCustomers {
  struct Page {
    std::vector<StoredCustomer> customers;
    std::string next_cursor;  // empty: no more. Opaque, URL-safe.
  };
  using Answer = Page;
  std::string cursor;       // Errc::invalid when it is not one of ours for this sort
  std::int64_t limit = 50;  // 1..200
  CustomerSort sort = CustomerSort::created;
  std::optional<Timestamp> updated_since;
};

// --- history (store/history.hpp)

struct LeafChange {
  std::string leaf;            // "phone", "consent.email", "tags.vip", "pos_links.treez"
  std::optional<Field> field;  // where it is one
  std::optional<std::string> from, to;
  Version version;
  std::string source, text_version;  // of a word on consent
  bool is_shown = true;              // false: it lost against a newer write
};
struct HistoryEntry {
  Seq seq = 0;
  CustomerId record;
  Envelope envelope;                 // who, when, why
  std::vector<LeafChange> leaves;    // of a change of the record
  std::optional<PersonChange> said;  // of a statement about the person
};
inline constexpr std::int64_t kHistoryPageMax = 200;
struct GetHistory {
  struct Page {
    std::vector<HistoryEntry> entries;  // newest first, of every record of the person
    Seq next_before = 0;                // 0: no more
  };
  using Answer = std::optional<Page>;  // none: no such customer
  CustomerId id;
  Seq before = 0;  // 0: from the newest on
  std::int64_t limit = 50;
};
// Why a field shows what it shows: the write that it comes from.
struct LeafOrigin {
  Field field{};
  CustomerId record;
  Version version;
  Seq seq = 0;        // 0: that write is not among those that were read
  Envelope envelope;  // of that row
  bool is_chosen = false;
};
struct GetProvenance {
  using Answer = std::optional<std::vector<LeafOrigin>>;
  CustomerId id;
};

// Everything that is kept of one person beside history and orders, record by record.
struct GetSubject {
  struct OneRecord {
    StoredCustomer stored;  // as it was written itself, whatever the person shows
    Seq first_seq = 0;      // of its creation
  };
  struct Subject {
    StoredCustomer person;
    std::vector<OneRecord> records;
    Persons said;  // links and choices around them
    struct Alike {
      CustomerId record;
      std::int64_t chance = 0;  // in 10,000, that a record of somebody else is the same person
      Seq apart_seq = 0;        // the ledger row that said it is not; 0: nobody did
    };
    std::vector<Alike> alike;
  };
  using Answer = std::optional<Subject>;
  CustomerId id;
};

// --- search (store/search.hpp)

// Whom somebody looks for, best first, each once (docs/search.md). Bounded work however many would fit: `more` says that others
// do, or may.
struct SearchCustomers {
  struct Hit {
    StoredCustomer stored;
    SearchMatch match;
  };
  struct Found {
    std::vector<Hit> hits;
    bool has_more = false;
    std::int64_t unread = 0;  // newest changes of the ledger that were not looked at: the index is being made or is far behind
  };
  using Answer = Found;
  SearchQuery query;        // with the blind indexes of its numbers filled in
  std::int64_t limit = 20;  // 1..50
};

// --- who may be here twice (store/look_alikes.hpp)

// Before a customer is created: who may be them already, likeliest first, each person once. None, too, where something was written
// under `key` before: a repeat is no duplicate of itself, and that a key is taken is the writer's to say.
struct FindLookAlikes {
  struct Likely {
    StoredCustomer stored;
    Judgement judgement;
  };
  using Answer = std::vector<Likely>;  // at most 10
  Customer customer;                   // as it would be
  std::optional<BlindIndex> licence;   // of its number
  std::optional<CommandKey> key;
};
// The review queue: pairs of persons, likeliest first.
struct ListLookAlikes {
  struct Pair {
    StoredCustomer one, other;
    RecordPair records;  // the two that are alike
    Judgement judgement;
  };
  struct Page {
    std::vector<Pair> pairs;
    std::string next_cursor;  // empty: no more
  };
  using Answer = Page;
  std::string cursor;
  std::int64_t limit = 20;  // 1..50
};

// Customers of this store whom nobody has had to do with since `before` (store/retention.hpp), a page at a time.
struct FindForgotten {
  struct End {
    std::int64_t updated_at = std::numeric_limits<std::int64_t>::min(), n = 0;
  };
  struct Page {
    std::vector<CustomerId> due;
    End end;
    bool has_more = false;
  };
  using Answer = Page;
  StoreId store;
  Timestamp before;
  End after;
};

// Who was erased, in the order in which it happened, a page at a time: for the list beside the backups (store/erased_list.hpp).
struct ListErased {
  struct Page {
    std::vector<std::pair<CustomerId, Timestamp>> erased;  // by record
    std::int64_t end = 0;
    bool has_more = false;
  };
  using Answer = Page;
  std::int64_t after = 0;  // the end of the page before
};

// The ledger as an audit trail (core/audit_trail.hpp).
inline constexpr std::int64_t kAuditPageMax = 1000;
struct ReadAudit {
  struct Page {
    std::vector<AuditRow> rows;   // after `after`, in order
    Position head, acknowledged;  // of this file; `acknowledged`: by the consumer of `feed`, as this file has it
  };
  using Answer = Page;
  Seq after = 0;
  std::int64_t limit = 100;  // 1..kAuditPageMax
  std::string feed = "head_office";
};

// A run of rows after `after`, of one epoch, ready to publish. Empty (count 0) at the head: it opens the epoch.
struct ReadBatch {
  using Answer = UpBatch;
  OrgId org;
  StoreId store;
  Seq after = 0;
  std::size_t changes_max = kBatchChangesMax, bytes_max = kBatchBytesMax;
  Timestamp now;
};

struct DigestAt {
  using Answer = std::optional<Digest>;  // none: no such row; seq 0 gives the zero digest
  Seq seq = 0;
};

struct FeedState {
  std::string name;
  Position cursor;
  std::optional<HoEpoch> ho_epoch;
  std::int64_t behind = 0;                  // rows beyond the cursor
  std::optional<Timestamp> oldest_waiting;  // recorded_at of the first row beyond the cursor
  std::string last_error;
};
struct ReadFeed {
  using Answer = FeedState;
  std::string name = "head_office";
};

struct StoreFigures {
  std::int64_t customers = 0, ledger_rows = 0, database_bytes = 0, wal_bytes = 0;
  Position head;
};
struct ReadFigures {
  using Answer = StoreFigures;  // kept incrementally; scans nothing
};

struct StoredOrder {
  Order order;
  Digest etag;
  Timestamp created_at, updated_at;  // recorded_at of its first and last ledger row
  Seq last_seq = 0;
};

struct GetOrder {
  using Answer = std::optional<StoredOrder>;
  OrderId id;
};

struct OrderPage {
  std::vector<StoredOrder> orders;
  std::string next_cursor;  // empty: no more. Opaque, URL-safe.
};
// In order of arrival.
struct ListOrders {
  using Answer = OrderPage;
  std::optional<OrderStatus> status;  // none: of all
  std::string cursor;                 // Errc::invalid when it is not one of this list
  std::int64_t limit = 50;            // 1..200
};
// What one person has and had: the open ones first, then by when they ended, the latest first. One that ends between two pages may be
// on both.
struct OrdersOf {
  using Answer = OrderPage;
  std::vector<CustomerId> person;  // all records that are this person; at most kPersonKeysMax
  std::string cursor;
  std::int64_t limit = 50;
};

// What was said of an order, oldest first; the newest kOrderChangesMax of it. Words of an erased customer are not among it.
inline constexpr std::size_t kOrderChangesMax = 2000;
struct OrderChanges {
  struct Said {
    Seq seq = 0;
    Envelope envelope;
    OrderChange change;
  };
  struct Chain {
    std::vector<Said> changes;
    bool is_whole = true;
  };
  using Answer = std::optional<Chain>;
  OrderId id;
};

// What CreateOrder would be told now, without writing.
struct TryOrder {
  struct Answer {
    SaleVerdict verdict;
    std::optional<OrderId> resumes;  // the open order that it would go on with
    OrderStatus status{};            // that it would have
  };
  StoreId store;
  Actor actor;
  OrderPatch patch;  // normalised
  bool may_resume = true;
  SaleRules rules;
  SaleMoment at;
};

// --- live events (store/events.hpp)

// What a ledger row is news of.
struct LedgerEvent {
  Position at;               // the row
  std::string entity, kind;  // of its envelope
  Uuid id;                   // the order; or the customer, by the id that names them now
  std::vector<CustomerId> records;  // of a customer of several records, and whoever was one with them until now; sorted
  std::optional<Digest> etag;       // as the record is now, which may be later than the row; none: it is gone
};
struct ReadEvents {
  struct Answer {
    std::vector<LedgerEvent> events;
    Position end;  // the last row that was looked at; not every row is news
  };
  Seq after = 0;
  std::int64_t limit = 256;  // rows
};

struct SearchMemory;  // store/search.hpp
class Scrub;          // store/scrub.hpp
// The next step of a scrub: true, it was the last one. One step at a time.
struct ScrubStep {
  using Answer = bool;
  std::shared_ptr<Scrub> scrub;
};

struct Ping {  // for the watchdog: the reader is alive
  using Answer = bool;
};

class Connection;  // store/sqlite.hpp

class Queries {
 public:
  explicit Queries(Connection& connection) : db_(connection) {}
  [[nodiscard]] Result<GetCustomer::Answer> run(const GetCustomer& query);
  [[nodiscard]] Result<IsErased::Answer> run(const IsErased& query);
  [[nodiscard]] Result<GetHistory::Answer> run(const GetHistory& query);
  [[nodiscard]] Result<GetProvenance::Answer> run(const GetProvenance& query);
  [[nodiscard]] Result<GetSubject::Answer> run(const GetSubject& query);
  [[nodiscard]] Result<OrderChanges::Answer> run(const OrderChanges& query);
  [[nodiscard]] Result<ListCustomers::Answer> run(const ListCustomers& query);
  [[nodiscard]] Result<GetOrder::Answer> run(const GetOrder& query);
  [[nodiscard]] Result<ListOrders::Answer> run(const ListOrders& query);
  [[nodiscard]] Result<OrdersOf::Answer> run(const OrdersOf& query);
  [[nodiscard]] Result<TryOrder::Answer> run(const TryOrder& query);
  [[nodiscard]] Result<SearchCustomers::Answer> run(const SearchCustomers& query);
  [[nodiscard]] Result<FindLookAlikes::Answer> run(const FindLookAlikes& query);
  [[nodiscard]] Result<ListLookAlikes::Answer> run(const ListLookAlikes& query);
  [[nodiscard]] Result<FindForgotten::Answer> run(const FindForgotten& query);
  [[nodiscard]] Result<ListErased::Answer> run(const ListErased& query);
  [[nodiscard]] Result<ReadAudit::Answer> run(const ReadAudit& query);
  [[nodiscard]] Result<ReadBatch::Answer> run(const ReadBatch& query);
  [[nodiscard]] Result<ReadEvents::Answer> run(const ReadEvents& query);
  [[nodiscard]] Result<DigestAt::Answer> run(const DigestAt& query);
  [[nodiscard]] Result<ReadFeed::Answer> run(const ReadFeed& query);
  [[nodiscard]] Result<ReadFigures::Answer> run(const ReadFigures& query);
  [[nodiscard]] Result<ScrubStep::Answer> run(const ScrubStep& query);
  [[nodiscard]] Result<Ping::Answer> run(const Ping& query);

 private:
  Connection& db_;
  std::shared_ptr<SearchMemory> search_;  // made by the first search
};

}  // namespace tillgate
