#include "daemon/search_request.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "daemon/json_body.hpp"

namespace tillgate {

namespace {

constexpr std::array<std::pair<std::string_view, std::string SearchText::*>, 7> kTexts{{{"q", &SearchText::q},
                                                                                        {"first_name", &SearchText::first_name},
                                                                                        {"last_name", &SearchText::last_name},
                                                                                        {"phone", &SearchText::phone},
                                                                                        {"email", &SearchText::email},
                                                                                        {"birthday", &SearchText::birthday},
                                                                                        {"licence", &SearchText::licence}}};

}  // namespace

ParsedSearch search_from(const Json::Object& body) {
  ParsedSearch parsed;
  SearchText text;
  for (const auto& [key, value] : body) {
    const auto fault = [&parsed, &key = key](std::string_view code, std::string_view sentence) {
      parsed.faults.push_back({shown(key), std::string(code), std::string(sentence)});
    };
    const auto* named =
        std::find_if(kTexts.begin(), kTexts.end(), [&name = key](const auto& known) { return known.first == name; });
    if (named != kTexts.end()) {
      const auto* given = value.as<std::string>();
      if (given) text.*named->second = *given;
      if (!given && !value.is_null()) fault("wrong_type", "This must be text in quotes.");
    } else if (key == "limit") {
      const auto* limit = value.as<std::int64_t>();
      if (limit) parsed.limit = *limit;
      if (!limit || *limit < 1 || *limit > kSearchLimitMax) fault("out_of_range", "This must be a number from 1 to 50.");
    } else {
      fault("unknown_field", "A search takes q, first_name, last_name, phone, email, birthday, licence and limit.");
    }
  }
  auto understood = understand(text);
  parsed.query = std::move(understood.query);
  const bool is_shape_wrong = !parsed.faults.empty();
  for (auto& fault : understood.faults) {
    if (!is_shape_wrong || fault.code != "required") parsed.faults.push_back(std::move(fault));
  }
  return parsed;
}

}  // namespace tillgate
