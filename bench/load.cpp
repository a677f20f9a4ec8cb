// The load generator: terminals that each keep one connection and send the next request when the last one is answered.
//   bench_load --port P --clients C --run-ms M --warm-ms W --seed N --token T --what create|ping
// One thread on epoll; requests come from a pool made before the clock starts, so that it is never what limits.
// Every answer must be the expected one, else it ends with an error: a fast server that refuses is no fast server.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <strings.h>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "bench/figures.hpp"
#include "bench/people.hpp"

namespace tillgate::bench {
namespace {

constexpr std::size_t kPool = 65'536;  // more than one run creates: the same person again and again would be a town of look-alikes
constexpr std::size_t kClientsPerAddress = 28;  // a gateway takes 32 connections from one address
constexpr int kWaitMs = 10'000;
constexpr std::size_t kAnswerBytesMax = 64 * 1024;

struct Client {
  int socket = -1;
  std::size_t number = 0;
  std::string in, out;
  std::int64_t sent_at = 0;
};

class Load {
 public:
  explicit Load(const Arguments& given)
      : people_(static_cast<std::uint64_t>(given.number("seed"))),
        port_(static_cast<std::uint16_t>(given.number("port"))),
        is_create_(given.text("what") == "create"),
        token_(given.text("token")),
        epoll_(epoll_create1(0)),
        clients_(static_cast<std::size_t>(given.number("clients"))) {
    for (std::size_t i = 0; is_create_ && i < kPool; ++i) bodies_.push_back(people_.next_body());
    began_ = now_us() + given.number("warm-ms") * 1000;
    ends_ = began_ + given.number("run-ms") * 1000;
  }

  int run() {
    for (std::size_t i = 0; i < clients_.size(); ++i) {
      clients_[i].number = i;
      connect_to_server(clients_[i]);
      send_next(clients_[i]);
    }
    std::array<epoll_event, 64> events{};
    while (now_us() < ends_) {
      const int ready = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kWaitMs);
      if (ready == 0) give_up("no answer within 10 s");
      for (int i = 0; i < ready; ++i) receive(clients_[events[static_cast<std::size_t>(i)].data.u64]);
    }
    print_figures(static_cast<std::int64_t>(times_.size()), ends_ - began_, times_);
    return 0;
  }

 private:
  void connect_to_server(Client& client) {
    client.socket = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in from{};
    from.sin_family = AF_INET;
    from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(client.number / kClientsPerAddress));
    sockaddr_in to = from;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    to.sin_port = htons(port_);
    const int yes = 1;
    setsockopt(client.socket, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    if (bind(client.socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
        connect(client.socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
      give_up(std::string("cannot connect: ") + std::strerror(errno));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = client.number;
    epoll_ctl(epoll_, EPOLL_CTL_ADD, client.socket, &event);
  }

  void send_next(Client& client) {
    auto& out = client.out;
    out.clear();
    if (is_create_) {
      const auto& body = bodies_[next_body_++ % kPool];
      const auto unix_ms =
          std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
      out.append("POST /api/v1/customers HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ").append(token_);
      out.append("\r\nContent-Type: application/json\r\nPrefer: allow-duplicate\r\nIdempotency-Key: ")
          .append(people_.next_key(static_cast<std::uint64_t>(unix_ms)));
      out.append("\r\nContent-Length: ").append(std::to_string(body.size())).append("\r\n\r\n").append(body);
    } else {
      out.append("GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n");
    }
    client.sent_at = now_us();
    // A request fits into the socket's buffer, which is empty: the last one has been answered.
    if (send(client.socket, out.data(), out.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(out.size()))
      give_up("cannot send a request");
  }

  void receive(Client& client) {
    std::array<char, 16 * 1024> part;
    const ssize_t got = recv(client.socket, part.data(), part.size(), 0);
    if (got <= 0) give_up("the server closed a connection within an answer");
    auto& in = client.in;
    in.append(part.data(), static_cast<std::size_t>(got));
    if (in.size() > kAnswerBytesMax) give_up("an answer is too large");
    const auto head_end = in.find("\r\n\r\n");
    if (head_end == std::string::npos) return;
    const std::string_view head = std::string_view(in).substr(0, head_end + 2);
    const auto length_at = find_field(head, "content-length: ");
    const std::size_t length = length_at == std::string_view::npos ? 0 : std::strtoull(in.c_str() + length_at, nullptr, 10);
    if (in.size() < head_end + 4 + length) return;
    if (!head.starts_with(is_create_ ? "HTTP/1.1 201 " : "HTTP/1.1 200 ")) give_up("unexpected answer: " + in);
    const std::int64_t now = now_us();
    if (now >= began_ && now < ends_) times_.push_back(now - client.sent_at);
    const auto connection_at = find_field(head, "connection: ");
    const bool is_last = connection_at != std::string_view::npos && head.substr(connection_at).starts_with("close");
    in.clear();
    if (is_last) {
      close(client.socket);
      connect_to_server(client);
    }
    send_next(client);
  }

  // Where a field's value begins; `name` in lower case with its colon and space.
  static std::size_t find_field(std::string_view head, std::string_view name) {
    for (std::size_t line = head.find("\r\n"); line + 2 < head.size(); line = head.find("\r\n", line + 2)) {
      const std::size_t at = line + 2;
      if (head.size() - at >= name.size() && strncasecmp(head.data() + at, name.data(), name.size()) == 0)
        return at + name.size();
    }
    return std::string_view::npos;
  }

  People people_;
  std::uint16_t port_;
  bool is_create_;
  std::string token_;
  int epoll_;
  std::vector<Client> clients_;
  std::vector<std::string> bodies_;
  std::size_t next_body_ = 0;
  std::int64_t began_ = 0, ends_ = 0;
  std::vector<std::int64_t> times_;
};

}  // namespace
}  // namespace tillgate::bench

int main(int count, char** values) {
  return tillgate::bench::Load(tillgate::bench::Arguments(count, values, 1)).run();
}
