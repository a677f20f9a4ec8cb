// Every route, every role: the table of docs/security.md, cell by cell. A route without a row turns this red.
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>

#include "tests/daemon/gateway_rig.hpp"
#include "tests/source_dir.hpp"

namespace tillgate {
namespace {

using namespace test;

void with_legacy(Config& config) {
  config.legacy.enabled = true;
  config.legacy.kiosks = {"17"};
}

using Row = std::map<std::string, bool>;  // role -> allowed

// "| `GET /live`, `GET /ready` | ✔ | ... |" -> rows by "GET /live"
std::map<std::string, Row> documented_matrix() {
  std::ifstream in(source_dir() + "/docs/security.md");
  const std::vector<std::string> roles{"nobody", "kiosk", "staff", "manager", "administrator", "service"};
  std::map<std::string, Row> matrix;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::stringstream parts(line.substr(1));
    for (std::string cell; std::getline(parts, cell, '|');) cells.push_back(cell);
    if (cells.size() < roles.size() + 1) continue;
    Row row;
    for (std::size_t i = 0; i < roles.size(); ++i) row[roles[i]] = cells[i + 1].find("✔") != std::string::npos;
    std::size_t at = 0;
    while ((at = cells[0].find('`', at)) != std::string::npos) {
      const auto end = cells[0].find('`', at + 1);
      matrix[cells[0].substr(at + 1, end - at - 1)] = row;
      at = end + 1;
    }
  }
  return matrix;
}

TEST(RoleMatrix, EveryRouteHasARowAndEveryRowARoute) {
  GatewayRig rig(with_legacy);
  auto matrix = documented_matrix();
  for (const auto& route : rig.router().routes()) {
    const auto name = route.method + " " + route.pattern;
    ASSERT_TRUE(matrix.contains(name)) << name << " has no row in docs/security.md";
    matrix.erase(name);
  }
  for (const auto& [name, row] : matrix) ADD_FAILURE() << name << " is documented but does not exist";
}

TEST(RoleMatrix, Row52_EveryCellIsAsDocumented) {
  GatewayRig rig(with_legacy);
  const auto matrix = documented_matrix();
  for (const auto& route : rig.router().routes()) {
    const auto& row = matrix.at(route.method + " " + route.pattern);
    for (const auto& [name, is_allowed] : row) {
      const auto role = name == "nobody" ? std::nullopt : role_named(name);
      std::string path = route.pattern;
      if (const auto brace = path.find("{catalog_id}"); brace != std::string::npos) path.replace(brace, 12, "17");
      if (const auto brace = path.find("{id}"); brace != std::string::npos) path.replace(brace, 4, "00000000-0000-7000-8000-000000000000");
      const auto status = rig.send({route.method, path, {}, {}, {}}, role).status;
      const bool was_refused = status == 401 || status == 403;
      EXPECT_EQ(!was_refused, is_allowed) << route.method << " " << route.pattern << " as " << name << " answered " << status;
      if (!is_allowed) {
        EXPECT_EQ(status, role ? 403 : 401);
      }
    }
  }
}

TEST(RoleMatrix, AWrongTokenIsNobody) {
  GatewayRig rig;
  for (const char* authorization : {"Bearer nonsense", "Bearer ", "Basic dG9rZW4=", "bearer token-of-staff", "Bearer token-of-staff "}) {
    Call call{"GET", "/api/v1/customers", {}, {{"authorization", authorization}}, {}};
    EXPECT_EQ(rig.send(call, std::nullopt).status, 401) << authorization;
  }
}

}  // namespace
}  // namespace tillgate
