#include "headoffice/database.hpp"

#include <charconv>
#include <pqxx/pqxx>
#include <set>
#include <thread>

#include "core/bytes.hpp"
#include "core/check.hpp"
#include "headoffice/conninfo.hpp"

namespace tillgate {

namespace {

// A store's row is locked for as long as its batch takes. These bounds make an instance that hangs let go of it, and one that
// waits for such a row come back.
constexpr const char* kSession =
    "SET TIME ZONE 'UTC'; SET client_encoding = 'UTF8'; SET standard_conforming_strings = on; SET statement_timeout = '30s'; "
    "SET lock_timeout = '15s'; SET idle_in_transaction_session_timeout = '30s'; SET client_min_messages = 'warning'; "
    // An ack says "durable". Where the server's default is weaker than that, ours is not; stronger ones stay.
    "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')";

// First line only: PostgreSQL's DETAIL lines quote row values, and those have no place in a log.
std::string first_line(std::string_view text) {
  const auto end = text.find('\n');
  return std::string(text.substr(0, end));
}

std::string bytea_text(std::span<const std::uint8_t> bytes) {
  return "\\x" + to_hex(bytes);
}

struct WorkFailed {
  Error error;
};

bool is_worth_repeating(std::string_view sqlstate) {
  return sqlstate == "40001" || sqlstate == "40P01" || sqlstate == "23505" || sqlstate == "55P03";
}

// What is wrong with a value, and stays so: classes 22 (data) and 23 (constraints), a limit of the program (54: a value too large for
// its index), a trigger's own refusal. A unique key is such a thing only if it is still taken the last time we try.
bool is_refusal(std::string_view sqlstate, bool is_last_attempt) {
  if (sqlstate == "23505") return is_last_attempt;
  return sqlstate.starts_with("22") || sqlstate.starts_with("23") || sqlstate.starts_with("54") || sqlstate == "P0001";
}

tl::unexpected<Error> refused(const pqxx::sql_error& error) {
  return fail(Errc::invalid, "PostgreSQL refuses a value", error.sqlstate());
}

// 57P01..57P05 (shutdown), 08xxx (connection), 53xxx (no room, too many connections), 25006 (read only: a standby) and
// 58xxx (the server's own I/O): the server's trouble, not the statement's.
bool is_servers_trouble(std::string_view sqlstate) {
  return sqlstate.starts_with("57P0") || sqlstate.starts_with("08") || sqlstate.starts_with("53") ||
         sqlstate.starts_with("58") || sqlstate == "25006" || sqlstate == "57014";
}

// What may be said of a failed statement, for the log. Of the data itself (classes 22 and 23, and whatever else) PostgreSQL quotes
// what it could not take, which can be a customer's; only where it speaks of the statement (42) or of itself is its sentence kept.
std::string sayable(const pqxx::sql_error& error) {
  const std::string& state = error.sqlstate();
  if (state.starts_with("42") || is_servers_trouble(state)) return state + " " + first_line(error.what());
  return state;
}

}  // namespace

std::string& SqlArray::next() {
  if (size_++ > 0) elements_ += ',';
  return elements_;
}
SqlArray& SqlArray::add(std::string_view text) {
  std::string& out = next();
  const std::size_t begin = out.size();
  out.resize(begin + 2 * text.size() + 2);  // at most; every change is quoted here several times over
  char* to = out.data() + begin;
  *to++ = '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') *to++ = '\\';
    *to++ = c;
  }
  *to++ = '"';
  out.resize(static_cast<std::size_t>(to - out.data()));
  return *this;
}
SqlArray& SqlArray::add(std::int64_t number) {
  next() += std::to_string(number);
  return *this;
}
SqlArray& SqlArray::add(Timestamp at) {
  return add(std::string_view(to_text(at)));
}
SqlArray& SqlArray::add(const Uuid& uuid) {
  next() += uuid.text();
  return *this;
}
SqlArray& SqlArray::add(const Digest& digest) {
  return add(std::string_view(bytea_text(digest.bytes)));
}
SqlArray& SqlArray::add_bytes(std::string_view bytes) {
  return add(std::string_view(bytea_text(as_bytes(bytes))));
}
SqlArray& SqlArray::add_null() {
  next() += "NULL";
  return *this;
}

Params& Params::add(std::string_view text) {
  values_.emplace_back(text);
  return *this;
}
Params& Params::add(std::int64_t number) {
  return add(std::string_view(std::to_string(number)));
}
Params& Params::add_flag(bool flag) {
  return add(flag ? "t" : "f");
}
Params& Params::add(Timestamp at) {
  return add(std::string_view(to_text(at)));
}
Params& Params::add(const Uuid& uuid) {
  return add(std::string_view(uuid.text()));
}
Params& Params::add(const Digest& digest) {
  return add(std::string_view(bytea_text(digest.bytes)));
}
Params& Params::add(const SqlArray& array) {
  return add(std::string_view(array.text()));
}
Params& Params::add_null() {
  values_.emplace_back(std::nullopt);
  return *this;
}

const std::string& Row::text(std::size_t column) const {
  CHECK(values_.at(column).has_value());
  return *values_[column];
}
std::string Row::text_or(std::size_t column, std::string_view fallback) const {
  const auto& value = values_.at(column);
  return value ? *value : std::string(fallback);
}
std::int64_t Row::integer(std::size_t column) const {
  const std::string& digits = text(column);
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  CHECK(error == std::errc{} && end == digits.data() + digits.size());
  return number;
}
bool Row::flag(std::size_t column) const {
  return text(column) == "t";
}
Digest Row::digest(std::size_t column) const {
  Digest digest;
  const std::string& value = text(column);
  CHECK(value.starts_with("\\x") && from_hex(std::string_view(value).substr(2), digest.bytes));
  return digest;
}
std::string Row::bytes(std::size_t column) const {
  const std::string& value = text(column);
  CHECK(value.starts_with("\\x"));
  std::vector<std::uint8_t> bytes(value.size() / 2 - 1);
  CHECK(from_hex(std::string_view(value).substr(2), bytes));
  return {bytes.begin(), bytes.end()};
}
Uuid Row::uuid(std::size_t column) const {
  const auto uuid = Uuid::from_text(text(column));
  CHECK(uuid.has_value());
  return *uuid;
}
std::optional<Timestamp> Row::time(std::size_t column) const {
  if (is_null(column)) return std::nullopt;
  return timestamp_from_ms(integer(column));
}

struct Transaction::Parts {
  pqxx::connection& connection;
  pqxx::work& work;
  std::set<std::string_view>& prepared;
  bool is_last_attempt;

  pqxx::result run(const Statement& statement, const Params& params) {
    if (prepared.insert(statement.name).second) connection.prepare(statement.name, statement.text);
    std::vector<const char*> values;
    values.reserve(params.values().size());
    for (const auto& value : params.values()) values.push_back(value ? value->c_str() : nullptr);
    return work.exec_prepared(statement.name, pqxx::prepare::make_dynamic_params(values));
  }
};

Rows Transaction::ask(const Statement& statement, const Params& params) {
  const pqxx::result result = parts_.run(statement, params);
  Rows rows;
  rows.reserve(static_cast<std::size_t>(result.size()));
  for (const auto& from : result) {
    std::vector<std::optional<std::string>> values;
    values.reserve(static_cast<std::size_t>(from.size()));
    for (const auto& field : from) {
      if (field.is_null()) {
        values.emplace_back(std::nullopt);
      } else {
        values.emplace_back(std::string(field.c_str(), field.size()));
      }
    }
    rows.emplace_back(std::move(values));
  }
  return rows;
}

std::int64_t Transaction::tell(const Statement& statement, const Params& params) {
  return static_cast<std::int64_t>(parts_.run(statement, params).affected_rows());
}

void Transaction::script(std::string_view sql) {
  parts_.work.exec(std::string(sql));
}

// Not pqxx::subtransaction, which would want every statement to know which of the two it belongs to.
Result<> Transaction::attempt(const std::function<Result<>()>& work) {
  parts_.work.exec("SAVEPOINT attempt");
  Result<> done;
  try {
    done = work();
    // What is checked only at COMMIT would else refuse the whole transaction then.
    if (done) parts_.work.exec("SET CONSTRAINTS ALL IMMEDIATE");
  } catch (const pqxx::sql_error& error) {
    if (!is_refusal(error.sqlstate(), parts_.is_last_attempt)) throw;
    done = refused(error);
  }
  parts_.work.exec(done ? "RELEASE SAVEPOINT attempt" : "ROLLBACK TO SAVEPOINT attempt");
  return done;
}

struct Database::Parts {
  std::string conninfo;
  std::unique_ptr<pqxx::connection> connection;
  std::set<std::string_view> prepared;
  std::function<bool()> commit_fault;

  // One attempt. Throws what libpqxx throws, or WorkFailed.
  void attempt(const std::function<Result<>(Transaction&)>& task, bool is_last) {
    pqxx::work work(*connection);
    Transaction::Parts parts{*connection, work, prepared, is_last};
    Transaction transaction(parts);
    if (auto done = task(transaction); !done) throw WorkFailed{std::move(done.error())};
    if (commit_fault && commit_fault()) throw pqxx::broken_connection("commit fault injected");
    work.commit();
  }
  void drop() {
    connection.reset();
    prepared.clear();
  }
};

Database::Database(std::string conninfo) : parts_(std::make_unique<Parts>()) {
  parts_->conninfo = with_timeouts(std::move(conninfo));
}
Database::~Database() = default;

Result<> Database::connect() {
  if (is_connected()) return {};
  parts_->drop();
  try {
    auto connection = std::make_unique<pqxx::connection>(parts_->conninfo);
    // libpqxx would otherwise reconnect by itself in the middle of things, without the session settings below. The call is
    // marked deprecated only because later versions never reconnect.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
    connection->inhibit_reactivation(true);
#pragma GCC diagnostic pop
    pqxx::nontransaction setup(*connection);
    setup.exec(kSession);
    setup.commit();
    parts_->connection = std::move(connection);
    return {};
  } catch (const std::exception& error) {
    return fail(Errc::unavailable, "PostgreSQL cannot be reached", first_line(error.what()));
  }
}

bool Database::is_connected() const {
  return parts_->connection && parts_->connection->is_open();
}
void Database::disconnect() {
  parts_->drop();
}
void Database::set_commit_fault(std::function<bool()> fault) {
  parts_->commit_fault = std::move(fault);
}

Result<> Database::run(const std::function<Result<>(Transaction&)>& work) {
  std::string last;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    if (!is_connected()) return fail(Errc::unavailable, "PostgreSQL is not connected");
    // Whoever was faster needs a moment to finish; a little more each time keeps two from meeting again in step.
    if (attempt > 0) std::this_thread::sleep_for(milliseconds(5 * attempt * attempt));
    const bool is_last = attempt == kAttempts - 1;
    try {
      parts_->attempt(work, is_last);
      return {};
    } catch (const WorkFailed& failed) {
      if (failed.error.code != Errc::conflict) return fail(failed.error);
      last = failed.error.what;
    } catch (const pqxx::broken_connection& error) {
      parts_->drop();
      return fail(Errc::unavailable, "the connection to PostgreSQL was lost", first_line(error.what()));
    } catch (const pqxx::in_doubt_error& error) {
      parts_->drop();
      return fail(Errc::unavailable, "a commit is in doubt: the connection to PostgreSQL was lost", first_line(error.what()));
    } catch (const pqxx::transaction_rollback& error) {  // 40001, 40P01 and their kin
      last = first_line(error.what());
    } catch (const pqxx::sql_error& error) {
      last = sayable(error);
      if (is_servers_trouble(error.sqlstate()) || !is_connected()) {
        parts_->drop();
        return fail(Errc::unavailable, "PostgreSQL refuses work", last);
      }
      if (is_refusal(error.sqlstate(), is_last)) return refused(error);
      if (!is_worth_repeating(error.sqlstate())) return fail(Errc::corrupt, "a statement failed", last);
    } catch (const std::exception& error) {
      parts_->drop();
      return fail(Errc::unavailable, "PostgreSQL failed", first_line(error.what()));
    }
  }
  return fail(Errc::busy, "others kept changing the same rows", last);
}

}  // namespace tillgate
