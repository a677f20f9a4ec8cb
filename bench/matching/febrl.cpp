#include "bench/matching/febrl.hpp"

#include <array>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace tillgate::bench {

namespace {

// rec_id, given_name, surname, street_number, address_1, address_2, suburb, postcode, state, date_of_birth, soc_sec_id
constexpr std::size_t kColumns = 11;

std::array<std::string, kColumns> cells_of(const std::string& line) {
  std::array<std::string, kColumns> cells;
  std::istringstream in(line);
  for (auto& cell : cells) {
    std::getline(in, cell, ',');
    cell.erase(0, cell.find_first_not_of(' '));
    while (!cell.empty() && (cell.back() == ' ' || cell.back() == '\r')) cell.pop_back();
  }
  return cells;
}

}  // namespace

std::vector<Sample> read_febrl(const std::string& file) {
  std::vector<Sample> samples;
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const auto cells = cells_of(line);
    if (!cells[0].starts_with("rec-")) continue;
    Sample sample{{}, std::nullopt, static_cast<std::uint32_t>(std::strtoul(cells[0].c_str() + 4, nullptr, 10))};
    const auto put = [&](Field field, const std::string& value) {
      if (!value.empty()) sample.customer[field].value = value;
    };
    put(Field::first_name, cells[1]);
    put(Field::last_name, cells[2]);
    put(Field::address_street1, cells[3].empty() ? cells[4] : cells[3] + " " + cells[4]);
    put(Field::address_street2, cells[5]);
    put(Field::address_city, cells[6]);
    put(Field::address_postal_code, cells[7]);
    put(Field::address_region, cells[8]);
    put(Field::address_country, "AU");
    put(Field::birthday, cells[9]);
    samples.push_back(std::move(sample));
  }
  return samples;
}

}  // namespace tillgate::bench
