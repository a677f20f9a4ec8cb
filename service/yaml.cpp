#include "service/yaml.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <sstream>

#include "service/utf8.hpp"
#include "service/yaml_tree.hpp"

namespace tillgate {

namespace {

using yaml::Document;
using yaml::Entry;
using yaml::Node;
using yaml::Place;

constexpr std::size_t file_bytes_max = 256 * 1024;
constexpr std::size_t depth_max = 16;
constexpr std::size_t nodes_max = 20'000;
constexpr std::size_t yaml_message_bytes_max = 200;

// --- before parsing: what no configuration needs, and what a parser may read in its own way

// True when the line's indentation holds a tab, and something other than a comment follows.
bool is_tab_indented(std::string_view line) {
  const std::size_t first = line.find_first_not_of(" \t");
  if (first == std::string_view::npos || line[first] == '#' || line[first] == '\r') return false;
  return line.substr(0, first).find('\t') != std::string_view::npos;
}

void check_line(std::string_view line, int number, yaml::Faults& faults) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (is_tab_indented(line)) {
    faults.add(Place{number, static_cast<int>(line.find('\t')) + 1}, {}, "a tab in the indentation; use spaces");
  }
  for (int column = 1; !line.empty(); ++column) {
    const auto decoded = utf8::decode(line);
    if (!decoded) {
      faults.add(Place{number, column}, {}, "this byte is not UTF-8: " + yaml::shown(line.substr(0, 1)));
      return;
    }
    if (utf8::is_control(decoded->point) && decoded->point != '\t') {
      faults.add(Place{number, column}, {}, "a control character: " + yaml::shown(line.substr(0, decoded->bytes)));
      return;
    }
    line.remove_prefix(decoded->bytes);
  }
}

// The lines, for finding columns later.
std::vector<std::string_view> check_text(std::string_view text, yaml::Faults& faults) {
  if (text.size() > file_bytes_max) faults.add({}, {}, "larger than 256 KiB");
  if (text.starts_with("\xEF\xBB\xBF")) faults.add({1, 1}, {}, "begins with a byte order mark; save it as plain UTF-8");
  if (!faults.empty()) faults.raise();
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    check_line(lines.back(), static_cast<int>(lines.size()), faults);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (!faults.empty()) faults.raise();
  return lines;
}

// --- parsing: the events of yaml-cpp become our tree

struct Stop {};  // thrown through yaml-cpp; the reason is among the faults

class Builder : public YAML::EventHandler {
 public:
  Builder(Document& document, const std::vector<std::string_view>& lines) : document_(document), lines_(lines) {}

  // yaml-cpp counts bytes, editors count characters. Marks mostly come in order, so counting goes on from the last one; else
  // a file of one long line would take its square.
  [[nodiscard]] Place place_of(const YAML::Mark& mark) {
    if (mark.is_null()) return {};
    const auto line = static_cast<std::size_t>(mark.line);
    const std::string_view text = line < lines_.size() ? lines_[line] : std::string_view();
    const std::size_t end = std::min(static_cast<std::size_t>(mark.column), text.size());
    if (line != counted_.line || end < counted_.bytes) counted_ = Counted{line, 0, 0};
    for (; counted_.bytes < end; ++counted_.bytes)
      counted_.points += (static_cast<unsigned char>(text[counted_.bytes]) & 0xc0) != 0x80;
    return Place{mark.line + 1, counted_.points + 1};
  }
  [[nodiscard]] bool has_document() const { return documents_ > 0; }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 1) return;
    complain(place_of(mark), "a second document begins here; a configuration is one document");
    throw Stop{};
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { leaf(mark, anchor, Node::Kind::null); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    complain(place_of(mark), "aliases (*name) are not allowed; write the value out");
    leaf(mark, 0, Node::Kind::refused);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, const std::string& value) override {
    const bool is_allowed = check(mark, tag, anchor);
    if (!stack_.empty() && stack_.back().expects_key()) {
      begin_entry(place_of(mark), value);
      return;
    }
    Node& node = leaf(mark, 0, is_allowed ? Node::Kind::scalar : Node::Kind::refused);
    node.text = value;
    node.is_quoted = tag == "!";  // what yaml-cpp calls a scalar that is not plain
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::list);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    open(mark, tag, anchor, Node::Kind::map);
  }
  void OnMapEnd() override { close(); }

 private:
  struct Frame {
    Node* node;
    std::string path;
    bool has_key = false;  // map: the next event is the value of the last entry
    bool is_key = false;   // this whole list or map stands where a key should
    [[nodiscard]] bool expects_key() const { return node->kind == Node::Kind::map && !has_key; }
  };

  void complain(Place place, std::string_view sentence) { document_.faults.add(place, path(), sentence); }

  [[nodiscard]] std::string path() const {
    if (stack_.empty()) return {};
    const Frame& top = stack_.back();
    if (top.node->kind == Node::Kind::list) return top.path + '[' + std::to_string(top.node->items.size()) + ']';
    if (!top.has_key) return top.path;
    return (top.path.empty() ? "" : top.path + '.') + yaml::shown(pending_key(top));
  }
  [[nodiscard]] static std::string_view pending_key(const Frame& frame) {
    return frame.node->entries.empty() ? std::string_view() : std::string_view(frame.node->entries.back().key);
  }

  // Anchors and tags are refused; what they stand on is then no use.
  bool check(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    if (anchor != 0) complain(place_of(mark), "anchors (&name) are not allowed; write the value out");
    const bool has_tag = !tag.empty() && tag != "?" && tag != "!";
    if (has_tag) complain(place_of(mark), "tags (!name) are not allowed; a value has the type its key needs");
    return anchor == 0 && !has_tag;
  }

  void begin_entry(Place place, const std::string& key) {
    Frame& top = stack_.back();
    count_node(place);
    auto& entries = top.node->entries;
    const auto same = std::find_if(entries.begin(), entries.end(), [&](const Entry& entry) { return entry.key == key; });
    const bool is_duplicate = same != entries.end();
    const int first_line = is_duplicate ? same->place.line : 0;
    entries.push_back(Entry{key, place, std::make_unique<Node>()});
    top.has_key = true;
    if (is_duplicate) complain(place, "this key is written twice; the first is in line " + std::to_string(first_line));
    if (key == "<<") {
      complain(place, "merge keys (<<) are not allowed; write the keys out");
      top.node->known.insert(key);
    }
  }

  // A list, map or nothing where a key should be: complained about, read to its end, and forgotten in close().
  void refuse_key(Place place) {
    complain(place, "a key must be a single word");
    begin_entry(place, "");
    stack_.back().node->known.insert("");
  }

  // Where the value that begins now belongs.
  Node& slot(Place place) {
    count_node(place);
    if (stack_.empty()) return document_.root;
    Frame& top = stack_.back();
    if (top.node->kind == Node::Kind::list) return *top.node->items.emplace_back(std::make_unique<Node>());
    return *top.node->entries.back().value;
  }

  // A value is complete: in a map, a key comes next.
  void done() {
    if (!stack_.empty()) stack_.back().has_key = false;
  }

  Node& leaf(const YAML::Mark& mark, YAML::anchor_t anchor, Node::Kind kind) {
    const Place place = place_of(mark);
    if (!stack_.empty() && stack_.back().expects_key()) {
      refuse_key(place);  // the entry now waits for its value, which is the next event
      return *stack_.back().node->entries.back().value;
    }
    const bool is_allowed = check(mark, {}, anchor);
    Node& node = slot(place);
    node.kind = is_allowed ? kind : Node::Kind::refused;
    node.place = place;
    done();
    return node;
  }

  void open(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor, Node::Kind kind) {
    const Place place = place_of(mark);
    const bool is_key = !stack_.empty() && stack_.back().expects_key();
    if (stack_.size() >= depth_max) {
      complain(place, "nested deeper than " + std::to_string(depth_max) + " levels");
      throw Stop{};
    }
    check(mark, tag, anchor);
    if (is_key) refuse_key(place);
    const std::string here = path();
    Node& node = slot(place);
    node.kind = kind;
    node.place = place;
    stack_.push_back(Frame{&node, here, false, is_key});
  }

  void close() {
    const bool was_key = stack_.back().is_key;
    stack_.pop_back();
    if (!was_key) {
      done();
      return;
    }
    Node& node = *stack_.back().node->entries.back().value;
    node = Node{};
  }

  void count_node(Place place) {
    if (++nodes_ <= nodes_max) return;
    document_.faults.add(place, {}, "more than " + std::to_string(nodes_max) + " values; this is no configuration");
    throw Stop{};
  }

  struct Counted {
    std::size_t line = 0, bytes = 0;
    int points = 0;
  };

  Document& document_;
  Counted counted_;
  const std::vector<std::string_view>& lines_;
  std::vector<Frame> stack_;
  std::size_t nodes_ = 0;
  int documents_ = 0;
};

void parse(Document& document, std::string_view text) {
  const std::vector<std::string_view> lines = check_text(text, document.faults);
  Builder builder(document, lines);
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const Stop&) {
    document.faults.raise();
  } catch (const YAML::Exception& error) {
    std::string sentence = "not valid YAML: ";
    utf8::append_printable(sentence, error.msg, false, yaml_message_bytes_max);  // it quotes single bytes of the file
    document.faults.add(builder.place_of(error.mark), {}, sentence);
    document.faults.raise();
  }
  if (!builder.has_document() || document.root.kind == Node::Kind::null) {
    document.faults.add({1, 1}, {}, "no settings in this file");
    document.faults.raise();
  }
}

std::string read_file(const std::string& name) {
  const auto refuse = [&](const std::string& why) { throw ConfigError(name + ": " + why); };
  struct Descriptor {
    int fd;
    ~Descriptor() {
      if (fd >= 0) ::close(fd);
    }
  };
  // O_NONBLOCK: a FIFO in this place must not hold the start for ever.
  const Descriptor file{::open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  struct stat info {};
  if (file.fd < 0 || ::fstat(file.fd, &info) != 0) refuse(std::string("cannot be read: ") + std::strerror(errno));
  if (!S_ISREG(info.st_mode)) refuse("is not a regular file");
  if ((info.st_mode & S_IWOTH) != 0) refuse("can be written by everybody; chmod o-w it");
  std::string text(file_bytes_max + 1, '\0');  // one more than allowed shows that there is more
  std::size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::read(file.fd, text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) refuse(std::string("cannot be read: ") + std::strerror(errno));
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  text.resize(filled);
  return text;
}

}  // namespace

struct YamlFile::Parts {
  std::shared_ptr<Document> document;  // shared with every YamlMap given out
};

YamlFile::YamlFile(const std::filesystem::path& path) : YamlFile(path.string(), read_file(path.string())) {}

YamlFile::YamlFile(std::string name, std::string_view text) : parts_(std::make_shared<Parts>()) {
  parts_->document = std::make_shared<Document>(std::move(name));
  parse(*parts_->document, text);
}

YamlFile::~YamlFile() = default;

YamlMap YamlFile::root() {
  return yaml::root_map(parts_->document);
}
const std::vector<std::string>& YamlFile::complaints() const {
  return parts_->document->faults.lines();
}
void YamlFile::complain_if_faulty() const {
  if (!complaints().empty()) parts_->document->faults.raise();
}

}  // namespace tillgate
