#include "daemon/export_text.hpp"

#include <algorithm>

#include "core/csv.hpp"
#include "core/import_row.hpp"
#include "core/json.hpp"
#include "daemon/api_common.hpp"
#include "daemon/customer_json.hpp"

namespace tillgate {

namespace {

bool is_exported(const FieldSpec& spec, const ExportView& view) {
  return spec.kind != FieldKind::sealed || view.has_numbers;
}

std::string tags_of(const Customer& customer) {
  std::vector<std::string> tags;
  for (const auto& [tag, element] : customer.tags)
    if (element.is_present) tags.push_back(tag);
  return join_list(tags);
}

std::string links_of(const Customer& customer) {
  std::vector<std::string> links;
  for (const auto& [account, cell] : customer.pos_links)
    if (cell.value) links.push_back(account + "=" + *cell.value);
  return join_list(links);
}

// Opens the numbers in place, or takes them out.
bool settle_numbers(Customer& customer, const ExportView& view, const StoredCustomer& stored, const Sealer& sealer) {
  bool is_whole = true;
  for (const auto& spec : fields()) {
    auto& value = customer[spec.field].value;
    if (spec.kind != FieldKind::sealed || !value) continue;
    if (!view.has_numbers) {
      value.reset();
      continue;
    }
    auto plain = opened_number(sealer, stored.customer, stored.records, spec.field, *value);
    is_whole = is_whole && plain;
    value = plain ? std::optional(*plain) : std::nullopt;
  }
  return is_whole;
}

void add_csv_line(std::string& text, const ExportView& view, const StoredCustomer& stored, const Customer& customer) {
  text += customer.id.text();
  const auto add = [&](std::string_view cell) {
    text += ',';
    add_cell(text, cell);
  };
  for (const auto& spec : fields())
    if (is_exported(spec, view)) add(customer.text(spec.field));
  for (const Consent& consent : customer.consent) {
    const auto granted = consent.is_granted();
    add(!granted ? "" : *granted ? "true" : "false");
  }
  add(tags_of(customer));
  add(links_of(customer));
  add(to_text(stored.created_at));
  add(to_text(stored.updated_at));
  text += "\r\n";
}

}  // namespace

std::string export_header(const ExportView& view) {
  if (view.format != ExportFormat::csv) return "";
  std::string text = "id";
  for (const auto& spec : fields())
    if (is_exported(spec, view)) text += "," + std::string(spec.name);
  for (const auto purpose : kPurposeNames) text += ",consent." + std::string(purpose);
  return text + ",tags,pos_links,created_at,updated_at\r\n";
}

bool add_export_line(std::string& text, const ExportView& view, const StoredCustomer& stored, const Sealer& sealer) {
  if (view.format == ExportFormat::csv) {
    Customer customer = stored.customer;
    const bool is_whole = settle_numbers(customer, view, stored, sealer);
    add_csv_line(text, view, stored, customer);
    return is_whole;
  }
  Customer customer = stored.customer;
  const bool is_whole = settle_numbers(customer, view, stored, sealer);
  // write_customer opens what it is given; so it gets the sealed text where there is something to open, and nothing elsewhere.
  for (const auto& spec : fields())
    if (spec.kind == FieldKind::sealed && customer[spec.field].value) customer[spec.field] = stored.customer[spec.field];
  JsonWriter json;
  json.begin_object();
  write_customer(json, customer, stored.records, Role::administrator, sealer);
  write_times(json, stored.created_at, stored.updated_at);
  json.end_object();
  text += json.take();
  text += '\n';
  return is_whole;
}

}  // namespace tillgate
