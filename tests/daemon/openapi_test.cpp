// docs/openapi.json against the router, in both directions: every route has its operation with the same roles, every operation a route.
// What its examples say is held against running handlers by tests/e2e/openapi.test.mjs.
#include "daemon/openapi_api.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "tests/daemon/gateway_rig.hpp"
#include "tests/source_dir.hpp"

namespace tillgate {
namespace {

using namespace test;

constexpr std::array kAllRoles{Role::nobody, Role::kiosk, Role::staff, Role::manager, Role::administrator, Role::service};

std::string in_lower_case(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

TEST(OpenApi, Row77_EveryRouteHasItsOperationWithTheSameRolesAndEveryOperationARoute) {
  GatewayRig rig([](Config& config) { config.legacy.enabled = true; });
  const auto document = boost::json::parse(openapi_text()).as_object();
  EXPECT_TRUE(document.at("openapi").as_string().starts_with("3.1."));
  std::set<std::string> left;
  for (const auto& [path, methods] : document.at("paths").as_object())
    for (const auto& [method, operation] : methods.as_object()) left.insert(std::string(method) + " " + std::string(path));
  for (const auto& route : rig.router().routes()) {
    const auto method = in_lower_case(route.method);
    ASSERT_EQ(left.erase(method + " " + route.pattern), 1u) << route.method << " " << route.pattern << " is not in docs/openapi.json";
    const auto& operation = document.at("paths").at(route.pattern).at(method).as_object();
    std::set<std::string> documented, allowed;
    for (const auto& role : operation.at("x-roles").as_array()) documented.emplace(role.as_string());
    for (const Role role : kAllRoles)
      if (route.roles.allows(role)) allowed.emplace(name_of(role));
    EXPECT_EQ(documented, allowed) << route.method << " " << route.pattern;
    EXPECT_EQ(route.roles.allows(Role::nobody), operation.contains("security")) << route.pattern << ": open, and says so";
    // Every {argument} is a parameter, and none is made up.
    std::set<std::string> arguments, parameters;
    for (std::size_t at = 0; (at = route.pattern.find('{', at)) != std::string::npos; ++at)
      arguments.insert(route.pattern.substr(at + 1, route.pattern.find('}', at) - at - 1));
    if (operation.contains("parameters"))
      for (const auto& parameter : operation.at("parameters").as_array())
        if (parameter.at("in").as_string() == "path") parameters.emplace(parameter.at("name").as_string());
    EXPECT_EQ(parameters, arguments) << route.pattern;
  }
  for (const auto& operation : left) ADD_FAILURE() << operation << " is documented but does not exist";
}

TEST(OpenApi, IsServedAsItIsCommitted) {
  GatewayRig rig;
  std::ifstream in(source_dir() + "/docs/openapi.json", std::ios::binary);
  const std::string file(std::istreambuf_iterator<char>(in), {});
  const auto response = rig.send({"GET", "/api/v1/openapi.json", {}, {}, {}}, Role::kiosk);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, file);
}

}  // namespace
}  // namespace tillgate
