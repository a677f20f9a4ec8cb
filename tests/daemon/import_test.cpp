// Imports, the way they go and every way they can be cut short.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "store/ledger.hpp"
#include "tests/daemon/import_rig.hpp"

namespace tillgate {
namespace {

using namespace test;
using Statuses = std::map<std::string, int>;

TEST(Import, Row31_AGoodFileIsInAndItsRowsAreGone) {
  ImportRig rig;
  const std::string file = file_of(600);
  const auto job = rig.import(file, rig.options_for(file), "k1");
  EXPECT_EQ(job.state, ImportState::done);
  EXPECT_EQ(job.counts, (ImportCounts{600, 0, 0, 0}));
  EXPECT_EQ(job.rows_total, 600);
  EXPECT_EQ(rig.customers().size(), 600U);
  EXPECT_EQ(rig.statuses(job.id), (Statuses{{"created", 600}}));
  EXPECT_EQ(rig.files(), (std::vector<std::string>{".json", ".report"})) << "the file itself is personal data, and not kept";
  const auto history = rig.ask(GetHistory{rig.customers().front().customer.id, 0, 50});
  EXPECT_EQ(history->entries.at(0).envelope.reason, "import");
  EXPECT_EQ(history->entries.at(0).envelope.correlation_id, job.id.text());
  EXPECT_EQ(history->entries.at(0).envelope.terminal, "manager-1");
}

TEST(Import, Row31_TheReportNamesRowLineIdAndFaultsAndNoValue) {
  ImportRig rig;
  const std::string file = "first_name,last_name,email\n\"Zoë\nMaria\",Quill,\n,Bell,secret at home\n";
  const auto job = rig.import(file, rig.options_for(file, ImportMode::skip_bad), "k1");
  const std::string report = rig.report(job.id);
  const auto id = rig.customers().at(0).customer.id.text();
  EXPECT_EQ(report, "row,line,status,id,field,code,sentence\r\n1,2,created," + id +
                        ",,,\r\n"
                        "2,4,bad,,email,not_an_email,Email must look like "
                        "name@example.com.\r\n2,4,bad,,first_name,required,First name is needed.\r\n");
}

TEST(Import, Row31_SkipBadLeavesBadRowsOutAndAllOrNothingWritesNothing) {
  ImportRig rig;
  const std::string file = file_of(500, 7);
  const auto refused = rig.import(file, rig.options_for(file), "k1");
  EXPECT_EQ(refused.state, ImportState::refused);
  EXPECT_EQ(refused.faults.at(0).code, "bad_rows");
  EXPECT_EQ(rig.statuses(refused.id), (Statuses{{"good", 429}, {"bad", 71}}));
  EXPECT_TRUE(rig.customers().empty());
  const auto job = rig.import(file, rig.options_for(file, ImportMode::skip_bad), "k2");
  EXPECT_EQ(job.state, ImportState::done);
  EXPECT_EQ(job.counts, (ImportCounts{429, 0, 71, 0}));
  EXPECT_EQ(rig.customers().size(), 429U);
}

TEST(Import, Row31_ADryRunJudgesAndWritesNothing) {
  ImportRig rig;
  const std::string file = file_of(300, 100);
  auto options = rig.options_for(file);
  options.is_dry_run = true;
  const auto job = rig.import(file, options, "k1");
  EXPECT_EQ(job.state, ImportState::done);
  EXPECT_EQ(job.counts, (ImportCounts{0, 0, 3, 297}));
  EXPECT_TRUE(rig.customers().empty());
  EXPECT_EQ(rig.ask(ReadFigures{}).ledger_rows, 0) << "not even a note";
}

TEST(Import, Row31_WhatCannotBeReadIsRefusedBeforeTheFirstRow) {
  ImportRig rig;
  const auto code_of = [&](const std::string& file) {
    const auto job = rig.import(file, rig.options_for(file, ImportMode::skip_bad), "k" + hash_of(file).text().substr(0, 20));
    EXPECT_EQ(job.state, ImportState::refused);
    EXPECT_TRUE(rig.customers().empty());
    return job.faults.empty() ? "" : job.faults.front().code + ": " + job.faults.front().sentence;
  };
  EXPECT_EQ(code_of("first_name,last_name,Score\nA,B,1\n"),
            "unknown_header: Column 3 has a header that means no field of ours; map it or ignore it.");
  EXPECT_EQ(code_of("first_name\nA\n"), "missing_field: No column holds last_name, which every customer needs; map one to it.");
  EXPECT_EQ(code_of("first_name,last_name\nA,B\nZo\xeb,Q\n"),
            "not_utf8: Line 3 is not UTF-8; the file is in another encoding, or damaged. Save it as UTF-8.")
      << "the rows before it are not written either";
  EXPECT_EQ(code_of(std::string("\xff\xfe"
                                "f\0i\0",
                                6)),
            "not_utf8: The file is UTF-16. Save it as UTF-8.");
  EXPECT_EQ(code_of(std::string("first_name,last_name\nA\0,B\n", 26)).substr(0, 16), "not_utf8: Line 2");
  auto other = rig.options_for("first_name,last_name\nA,B\n");
  other.file = hash_of("another file");
  EXPECT_EQ(rig.import("first_name,last_name\nA,B\n", other, "other").faults.at(0).code, "hash_mismatch");
}

TEST(Import, Row31_BomSemicolonsTabsAndJsonLinesAreTheSamePeople) {
  ImportRig rig;
  const std::vector<std::string> files{
      "\xef\xbb\xbf"
      "First Name;Last Name\r\nZoë;Quill\r\n\r\n",
      "fname\tlname\nZoë\tQuill", "first_name,last_name\n\"Zoë\",Quill\n"};
  for (const auto& file : files)
    EXPECT_EQ(rig.import(file, rig.options_for(file), "k" + hash_of(file).text().substr(0, 9)).counts.created, 1) << file;
  const std::string lines = "{\"first_name\":\"Zoë\",\"last_name\":\"Quill\"}\r\n\n";
  auto options = rig.options_for(lines);
  options.format = ImportFormat::json_lines;
  EXPECT_EQ(rig.import(lines, options, "json").counts.created, 1);
  for (const auto& stored : rig.customers()) EXPECT_EQ(stored.customer.text(Field::first_name), "Zoë");
}

TEST(Import, Row31_TheSameFileAgainCreatesNobodyTwiceHoweverLate) {
  ImportRig rig;
  const std::string file = file_of(300);
  const auto first = rig.import(file, rig.options_for(file), "k1");
  EXPECT_EQ(first.counts.created, 300);
  // Whatever was kept of keys and of the import itself is gone; the ledger is what knows.
  rig.desk().let_time_pass(kImportForgotten);
  EXPECT_FALSE(rig.desk().find(first.id));
  rig.restart();
  const auto again = rig.import(file, rig.options_for(file, ImportMode::skip_bad), "k2");
  EXPECT_EQ(again.counts, (ImportCounts{0, 300, 0, 0}));
  EXPECT_EQ(rig.customers().size(), 300U);
  const std::string longer = file + "One More,Example,\r\n";
  EXPECT_EQ(rig.import(longer, rig.options_for(longer), "k3").counts.created, 301)
      << "another file is another file; likeness is matching's";
}

TEST(Import, Row31_AnErasedCustomerStaysErased) {
  ImportRig rig;
  const std::string file = file_of(3);
  (void)rig.import(file, rig.options_for(file), "k1");
  EraseCustomer erase;
  erase.id = rig.customers().at(1).customer.id;
  (void)rig.run_command(erase);
  const auto again = rig.import(file, rig.options_for(file), "k2");
  EXPECT_EQ(again.counts, (ImportCounts{0, 3, 0, 0}));
  EXPECT_EQ(rig.customers().size(), 2U);
  EXPECT_NE(rig.report(again.id).find("2,3,unchanged,"), std::string::npos);
  EXPECT_NE(rig.report(again.id).find("row,erased,"), std::string::npos);
}

// After every number of steps, once: the process ends, and the next one finishes.
TEST(Import, Row31_KilledAfterAnyStepItGoesOnAndNothingIsLostOrDoubled) {
  const std::string file = file_of(1500, 50);
  for (int steps = 0;; ++steps) {
    ImportRig rig;
    const auto job = rig.begin(rig.options_for(file, ImportMode::skip_bad), "k1");
    (void)rig.desk().receive(job.id, 0, file.substr(0, 1000));
    rig.restart();
    EXPECT_EQ(rig.find(job.id).received, 1000);
    rig.send(job.id, file);
    bool is_over = false;
    for (int i = 0; i < steps && !is_over; ++i) is_over = !rig.desk().step();
    rig.restart();
    rig.run();
    const auto after = rig.find(job.id);
    ASSERT_EQ(after.state, ImportState::done) << steps;
    ASSERT_EQ(after.counts, (ImportCounts{1470, 0, 30, 0}))
        << "after " << steps << " steps: what it had written itself counts as created";
    ASSERT_EQ(rig.statuses(job.id), (Statuses{{"created", 1470}, {"bad", 30}})) << steps;
    ASSERT_EQ(rig.customers().size(), 1470U) << steps;
    const auto figures = rig.ask(ReadFigures{});
    ASSERT_EQ(figures.ledger_rows, 1472) << "and two notes, each once";
    if (is_over) break;
  }
}

TEST(Import, Row31_AllOrNothingThatHasBegunIsFinishedAndNotCancelled) {
  ImportRig rig;
  const std::string file = file_of(1000);
  const auto job = rig.begin(rig.options_for(file), "k1");
  rig.send(job.id, file);
  while (rig.find(job.id).state != ImportState::writing) ASSERT_TRUE(rig.desk().step());
  ASSERT_TRUE(rig.desk().step());
  EXPECT_EQ(rig.desk().cancel(job.id).error().code, Errc::conflict);
  rig.refuse(3);  // the store takes nothing for a while: it waits, and is not refused
  EXPECT_FALSE(rig.desk().step());
  EXPECT_FALSE(rig.desk().step());
  EXPECT_FALSE(rig.desk().step());
  rig.restart();
  rig.run();
  EXPECT_EQ(rig.find(job.id).counts.created, 1000);
}

TEST(Import, Row31_CancelledItKeepsWhatWasWrittenAndSaysSo) {
  ImportRig rig;
  const std::string file = file_of(1000);
  const auto job = rig.begin(rig.options_for(file, ImportMode::skip_bad), "k1");
  rig.send(job.id, file);
  while (rig.find(job.id).place.rows < 256 || rig.find(job.id).state != ImportState::writing) ASSERT_TRUE(rig.desk().step());
  const auto cancelled = rig.desk().cancel(job.id).value();
  EXPECT_EQ(cancelled.state, ImportState::cancelled);
  EXPECT_EQ(cancelled.counts.created, static_cast<std::int64_t>(rig.customers().size()));
  EXPECT_FALSE(rig.desk().step());
  EXPECT_EQ(rig.files(), (std::vector<std::string>{".json", ".report"}));
  EXPECT_EQ(rig.desk().cancel(job.id).value().state, ImportState::cancelled) << "again is the same";
}

TEST(Import, Row31_PartsMayComeTwiceButNotWithAGap) {
  ImportRig rig;
  const std::string file = file_of(10);
  const auto job = rig.begin(rig.options_for(file), "k1");
  EXPECT_EQ(rig.desk().receive(job.id, 5, "x").error().code, Errc::conflict);
  EXPECT_EQ(rig.desk().receive(job.id, 0, file.substr(0, 20))->received, 20);
  EXPECT_EQ(rig.desk().receive(job.id, 0, file.substr(0, 10))->received, 20);
  EXPECT_EQ(rig.desk().receive(job.id, 10, file.substr(10, 30))->received, 40);
  EXPECT_EQ(rig.desk().receive(job.id, 40, file).error().code, Errc::invalid) << "more than was said";
  EXPECT_EQ(rig.desk().receive(job.id, 40, file.substr(40))->state, ImportState::checking);
  rig.run();
  EXPECT_EQ(rig.find(job.id).counts.created, 10);
}

TEST(Import, Row31_OneFileIsOneImportAtATime) {
  ImportRig rig;
  const std::string file = file_of(10);
  const auto job = rig.begin(rig.options_for(file), "k1");
  EXPECT_EQ(rig.begin(rig.options_for(file), "k1").id, job.id) << "the same request";
  EXPECT_EQ(rig.begin(rig.options_for(file), "k2").id, job.id) << "another one for what is unfinished";
  const Actor actor{"manager-1", "", "manager"};
  EXPECT_EQ(rig.desk().begin(rig.key("k3"), actor, rig.options_for(file, ImportMode::skip_bad)).error().code, Errc::conflict);
  auto reused = rig.key("k1");
  reused.request = hash_of("another body");
  EXPECT_TRUE(std::holds_alternative<KeyReused>(*rig.desk().begin(reused, actor, rig.options_for("x"))));
}

TEST(Import, HasLimitsAndRecoversFromEach) {
  ImportRig rig;
  const Actor actor{"manager-1", "", "manager"};
  std::vector<ImportJob> jobs;
  for (std::size_t i = 0; i < kUnfinishedMax; ++i)
    jobs.push_back(rig.begin(rig.options_for("file " + std::to_string(i)), "k" + std::to_string(i)));
  EXPECT_EQ(rig.desk().begin(rig.key("more"), actor, rig.options_for("more")).error().code, Errc::busy);
  (void)rig.desk().cancel(jobs.at(0).id);
  for (std::size_t i = 0; i < kImportsKept + 10; ++i) {
    const auto job = rig.begin(rig.options_for("more " + std::to_string(i)), "more" + std::to_string(i));
    (void)rig.desk().cancel(job.id);
  }
  EXPECT_EQ(rig.desk().list().size(), kImportsKept);
  EXPECT_TRUE(rig.desk().find(jobs.at(1).id)) << "what is unfinished is not among those that are forgotten";
}

TEST(Import, Row31_AnAbandonedFileIsDeletedAndNeverEarly) {
  ImportRig rig;
  const std::string file = file_of(10);
  const auto job = rig.begin(rig.options_for(file), "k1");
  (void)rig.desk().receive(job.id, 0, file.substr(0, 30));
  rig.desk().let_time_pass(kImportAbandoned - seconds(1));
  rig.restart();
  EXPECT_EQ(rig.find(job.id).state, ImportState::receiving);
  (void)rig.desk().receive(job.id, 30, file.substr(30, 30));  // somebody is there
  rig.restart();
  rig.desk().let_time_pass(kImportAbandoned - seconds(1));
  EXPECT_EQ(rig.find(job.id).state, ImportState::receiving);
  rig.desk().let_time_pass(seconds(1));
  EXPECT_EQ(rig.find(job.id).state, ImportState::abandoned);
  EXPECT_EQ(rig.files(), std::vector<std::string>{".json"});
}

TEST(Import, FilesAreForTheOwnerAloneAndStraysGo) {
  ImportRig rig;
  const std::string file = file_of(10);
  const auto job = rig.begin(rig.options_for(file), "k1");
  (void)rig.desk().receive(job.id, 0, file.substr(0, 30));
  struct stat status {};
  for (const auto& entry : std::filesystem::directory_iterator(rig.folder() / "imports")) {
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777U, 0600U) << entry.path();
  }
  ASSERT_EQ(::stat((rig.folder() / "imports").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  std::ofstream(rig.folder() / "imports" / "00000000-0000-7000-8000-000000000000.rows") << "left by a crash";
  std::ofstream(rig.folder() / "imports" / (job.id.text() + ".json")) << "not what was written";
  rig.restart();
  EXPECT_FALSE(rig.desk().find(job.id));
  EXPECT_TRUE(rig.files().empty()) << "personal data of an import that nobody knows";
}

TEST(Import, ADatabaseThatWasPutBackIsWrittenToAnew) {
  ImportRig rig;
  const std::string file = file_of(9000);
  const auto job = rig.begin(rig.options_for(file, ImportMode::skip_bad), "k1");
  rig.send(job.id, file);
  while (rig.find(job.id).place.rows < 5000 || rig.find(job.id).state != ImportState::writing) ASSERT_TRUE(rig.desk().step());
  rig.kill();
  for (const char* name : {"tillgate.db", "tillgate.db-wal", "tillgate.db-shm"}) std::filesystem::remove(rig.folder() / name);
  rig.start();
  rig.run();
  EXPECT_EQ(rig.find(job.id).counts, (ImportCounts{9000, 0, 0, 0}));
  EXPECT_EQ(rig.customers().size(), 9000U);
}

TEST(Import, AJobReadsBackAsItWasWritten) {
  ImportRig rig;
  auto options = rig.options_for("x");
  options.separator = '\t';
  options.mapping = {{{"Vorname", "first_name"}, {"Größe \"x\"", "notes"}}, {"Score"}, true};
  options.dates = DateOrder::day_first;
  options.is_dry_run = true;
  ImportJob job = rig.begin(options, "k1");
  job.state = ImportState::refused;
  job.ended_at = job.began_at;
  job.counts = {1, 2, 3, 4};
  job.place = {5, 6, 7};
  job.faults = {{"code", "A sentence."}};
  const auto back = decode_import_job(encode(job));
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, job);
  EXPECT_FALSE(decode_import_job("{}"));
}

}  // namespace
}  // namespace tillgate
