#include "tillgatectl/json_at.hpp"

namespace tillgate {

namespace json = boost::json;

const json::value* find(const json::value& from, std::string_view pointer) {
  json::error_code error;
  return from.find_pointer(json::string_view(pointer.data(), pointer.size()), error);
}

std::string text_at(const json::value& from, std::string_view pointer, std::string fallback) {
  const auto* value = find(from, pointer);
  return value != nullptr && value->is_string() ? std::string(value->as_string()) : fallback;
}

double number_at(const json::value& from, std::string_view pointer, double fallback) {
  const auto* value = find(from, pointer);
  if (value == nullptr || !value->is_number()) return fallback;
  return value->to_number<double>();
}

bool has_number(const json::value& from, std::string_view pointer) {
  const auto* value = find(from, pointer);
  return value != nullptr && value->is_number();
}

}  // namespace tillgate
