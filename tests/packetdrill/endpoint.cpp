// Sockets: a passive one's connections wait in its queue, text waits in the stack until it is read.
#include "packetdrill/endpoint.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace weir::packetdrill {
namespace {

const Mac kOurMac{{2, 0, 0, 0, 0, 1}}, kPeerMac{{2, 0, 0, 0, 0, 2}};
constexpr std::uint16_t kFirstEphemeral = 40000, kEphemerals = 64;
constexpr std::size_t kEthernet = 14;

int fail(int error) {
  errno = error;
  return -1;
}

std::optional<Address> address_of(const sockaddr* address, socklen_t size, std::uint16_t& port) {
  if (address->sa_family == AF_INET && size >= sizeof(sockaddr_in)) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    port = ntohs(in->sin_port);
    return Address::v4(ntohl(in->sin_addr.s_addr));
  }
  if (address->sa_family == AF_INET6 && size >= sizeof(sockaddr_in6)) {
    const auto* in = reinterpret_cast<const sockaddr_in6*>(address);
    port = ntohs(in->sin6_port);
    return Address::v6(std::span<const std::uint8_t, 16>(in->sin6_addr.s6_addr, 16));
  }
  return std::nullopt;
}

void put(const FlowKey& key, sockaddr* address, socklen_t* size) {
  if (address == nullptr || size == nullptr) return;
  sockaddr_storage storage{};
  socklen_t length = sizeof(sockaddr_in6);
  if (key.remote.is_v4()) {
    auto& in = reinterpret_cast<sockaddr_in&>(storage);
    in.sin_family = AF_INET;
    in.sin_port = htons(key.remote_port);
    std::memcpy(&in.sin_addr, key.remote.v4_bytes().data(), 4);
    length = sizeof(sockaddr_in);
  } else {
    auto& in = reinterpret_cast<sockaddr_in6&>(storage);
    in.sin6_family = AF_INET6;
    in.sin6_port = htons(key.remote_port);
    std::memcpy(&in.sin6_addr, key.remote.bytes.data(), 16);
  }
  std::memcpy(address, &storage, std::min(*size, length));
  *size = length;
}

std::uint32_t number(std::string_view word, std::string_view text) {
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) {
    throw std::invalid_argument(std::string(word) + " is not followed by a number");
  }
  return value;
}
bool on_or_off(std::string_view word, std::string_view text) {
  if (text == "on" || text == "off") return text == "on";
  throw std::invalid_argument(std::string(word) + " is neither on nor off");
}
Address address_in(std::string_view word, std::string_view text) {
  if (const auto parsed = Address::parse(text)) return *parsed;
  throw std::invalid_argument(std::string(word) + " is not followed by an address");
}

}  // namespace

Options Options::parse(const char* flags) {
  Options o;
  o.local4 = *Address::parse("192.168.0.1");
  o.local6 = *Address::parse("fd3d:fa7b:d17d::1");
  o.tcp.pacing = false;
  o.tcp.ecn = false;
  std::string_view rest = flags == nullptr ? "" : flags;
  while (!rest.empty()) {
    const std::string_view one = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(rest.size(), one.size() + 1));
    const std::string_view word = one.substr(0, one.find('='));
    const std::string_view value =
        word.size() < one.size() ? one.substr(word.size() + 1) : std::string_view();
    if (word == "local4") {
      o.local4 = address_in(word, value);
    } else if (word == "local6") {
      o.local6 = address_in(word, value);
    } else if (word == "port") {
      o.port = static_cast<std::uint16_t>(number(word, value));
    } else if (word == "mtu") {
      o.mtu = static_cast<std::uint16_t>(std::clamp(number(word, value), 576U, 2000U));
    } else if (word == "nagle") {
      o.nagle = on_or_off(word, value);
    } else if (word == "ecn") {
      o.tcp.ecn = on_or_off(word, value);
    } else if (word == "pacing") {
      o.tcp.pacing = on_or_off(word, value);
    } else if (word == "congestion" && (value == "cubic" || value == "newreno")) {
      o.tcp.congestion = value == "cubic" ? tcp::Algorithm::cubic : tcp::Algorithm::newreno;
    } else if (word == "rto-min") {
      o.tcp.rto_min_ms = number(word, value);
    } else if (word == "delayed-ack") {
      o.tcp.delayed_ack_ms = number(word, value);
    } else {
      throw std::invalid_argument("unknown: " + std::string(one));
    }
  }
  return o;
}

/// The service behind every place: finds the socket of a connection by its word.
class Endpoint::Sockets final : public TcpService {
 public:
  explicit Sockets(Endpoint& endpoint) : endpoint_(endpoint) {}

  void on_open(Connection& c) noexcept override {
    if (Socket* s = of(c)) {
      s->connecting = false;
      s->connected = true;
      return;
    }
    for (auto& [fd, listener] : endpoint_.sockets_) {
      if (!listener->listening || listener->v6 == c.remote_address().is_v4()) continue;
      Socket* const s = endpoint_.make(listener->v6);
      const bool v6 = listener->v6;
      s->key = {c.remote_address(), c.remote_port(), std::uint16_t{v6 ? kPassive6 : kPassive4}};
      s->connected = true;
      c.word() = s->serial;
      listener->accepted.push_back(s);
      return;
    }
    c.abort();  // nobody listens
  }
  std::size_t on_text(Connection& c, Text& text) noexcept override {
    Socket* const s = of(c);
    if (s == nullptr || s->closed) return c.abort(), text.bytes.size();
    const std::size_t n = std::min(text.bytes.size(), s->wanted.size() - s->read);
    if (n != 0) std::memcpy(s->wanted.data() + s->read, text.bytes.data(), n);
    s->read += n;
    return n;
  }
  void on_peer_close(Connection& c) noexcept override {
    if (Socket* s = of(c)) s->peer_closed = true;
  }
  void on_end(Connection& c, EndReason reason) noexcept override {
    Socket* const s = of(c);
    if (s == nullptr) return;
    if (reason == EndReason::reset) s->error = s->connecting ? ECONNREFUSED : ECONNRESET;
    if (reason == EndReason::timed_out) s->error = ETIMEDOUT;
    s->connecting = s->connected = false;
    s->peer_closed = true;
  }

  enum Place : std::uint16_t { kPassive4, kPassive6 };  // in the order of the snapshot

 private:
  Socket* of(Connection& c) noexcept {
    return c.word() != 0 ? endpoint_.find_serial(c.word())
                         : endpoint_.find_flow({c.remote_address(), c.remote_port(), 0});
  }
  Endpoint& endpoint_;
};

Endpoint::Endpoint(const Options& options)
    : options_(options),
      pool_(4096),
      secrets_(Secrets::derive(1, 2)),
      neighbours_(secrets_.jitter),
      toeplitz_(secrets_.rss_key),
      owners_(Owners::spread(1)) {
  LocalPort port;
  port.info = {
      .name = "drill", .driver = "memory", .mac = kOurMac, .mtu = options.mtu, .offloads = {}};
  port.addresses = {{options.local4, 24}, {options.local6, 64}};
  // Everybody else is behind one router.
  port.gateway_v4 = Address::v4((options.local4.v4_host_order() & 0xffffff00U) | 254);
  Address router = options.local6;
  router.bytes[15] = 254;
  port.gateway_v6 = router;
  snapshot_.ports.push_back(port);
  ServiceLimits limits;
  limits.name = limits.handler = "sockets";
  limits.tcp = {.idle_ms = 0, .keep_alive_ms = 0, .nagle = options.nagle};
  snapshot_.services.push_back(limits);
  snapshot_.listeners.add({options.local4, options.port, Transport::tcp, 0});
  snapshot_.listeners.add({options.local6, options.port, Transport::tcp, 0});
  for (std::uint16_t i = 0; i < kEphemerals; ++i) {
    const auto from = static_cast<std::uint16_t>(kFirstEphemeral + i);
    places4_.push_back(snapshot_.listeners.add({options.local4, from, Transport::tcp, 0, false}));
    places6_.push_back(snapshot_.listeners.add({options.local6, from, Transport::tcp, 0, false}));
  }
  snapshot_.tcp = options.tcp;
  snapshot_.max_flows = 1024;
  std::vector<ServiceObjects> services(1);
  services[0].tcp = std::make_unique<Sockets>(*this);
  pipeline_ = std::make_unique<Pipeline>(PipelineParts{snapshot_, secrets_, neighbours_,
                                                       pool_.pool(), counters_, std::move(services),
                                                       Ownership{&toeplitz_, &owners_, 0, 1}});
  for (const Address& gateway : {*port.gateway_v4, *port.gateway_v6}) {
    neighbours_.write(neighbours_.home(gateway), {gateway, kPeerMac, Reachability::reachable, 0});
  }
}

Endpoint::~Endpoint() {
  {
    const Lock lock(mutex_);
    over_ = true;
    changed_.notify_all();
    while (!pipeline_->shut_down(now_)) round();
    round();
  }
  left_.clear();
  pipeline_.reset();
}

Socket* Endpoint::find(int fd) {
  const auto it = sockets_.find(fd);
  return it != sockets_.end() ? it->second.get() : nullptr;
}

Socket* Endpoint::find_serial(std::uint32_t serial) {
  for (auto& [fd, socket] : sockets_) {
    if (socket->serial == serial) return socket.get();
  }
  for (auto& orphan : orphans_) {
    if (orphan->serial == serial) return orphan.get();
  }
  return nullptr;
}

Socket* Endpoint::find_flow(const FlowKey& key) {
  for (auto& [fd, socket] : sockets_) {
    const bool same =
        socket->key.remote == key.remote && socket->key.remote_port == key.remote_port;
    if (socket->connecting && same) return socket.get();
  }
  return nullptr;
}

Socket* Endpoint::make(bool v6) {
  auto made = std::make_unique<Socket>();
  made->fd = eventfd(0, EFD_CLOEXEC);
  made->v6 = v6;
  made->serial = ++last_serial_;
  Socket* const socket = made.get();
  sockets_[made->fd] = std::move(made);
  return socket;
}

void Endpoint::call(Socket& socket, const std::function<void(Connection&)>& action) {
  const FlowId id = pipeline_->find(socket.key);
  if (id != kNoFlow) pipeline_->call(id, action, now_);
  round();
}

void Endpoint::round() {
  do {
    pipeline_->expire(now_);
    pipeline_->transmit(now_);
    TxBuffer& buffer = pipeline_->sender().buffer(0);
    while (!buffer.empty()) {
      const std::span<Frame> frames = buffer.front();
      for (Frame& frame : frames) {
        const auto bytes = frame.bytes();
        left_.push_back({{bytes.begin() + kEthernet, bytes.end()}, now_});
        frame.reset();
      }
      buffer.pop(static_cast<std::uint32_t>(frames.size()));
    }
    pipeline_->sender().news().clear();
  } while (pipeline_->wants_to_transmit());
}

void Endpoint::advance(Instant until) {
  for (;;) {
    const auto due = pipeline_->next_due();
    const std::uint32_t ms = now_.milliseconds();
    if (!due) break;
    const std::int32_t ahead = std::max(*due - Tick(ms), 1);
    // Ticks are whole milliseconds.
    const Instant next{Duration(1ms) * (now_.since_start() / Duration(1ms) + ahead)};
    if (next > until) break;
    now_ = next;
    round();
  }
  if (now_ < until) now_ = until;
  changed_.notify_all();
}

template <class Done>
bool Endpoint::wait(Lock& lock, const Socket& socket, int flags, Done done) {
  const bool blocks = socket.blocking && (flags & MSG_DONTWAIT) == 0;
  if (blocks) changed_.wait(lock, [&] { return over_ || done(); });
  return done();
}

int Endpoint::socket(int domain, int type) {
  if (domain != AF_INET && domain != AF_INET6) return fail(EAFNOSUPPORT);
  if ((type & 0xf) != SOCK_STREAM) return fail(EPROTONOSUPPORT);
  const Lock lock(mutex_);
  Socket* const made = make(domain == AF_INET6);
  made->blocking = (type & SOCK_NONBLOCK) == 0;
  return made->fd;
}

int Endpoint::bind(int fd, const sockaddr* address, socklen_t size) {
  const Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  std::uint16_t port = 0;
  const auto where = address_of(address, size, port);
  if (!where) return fail(EINVAL);
  const Address& ours = s->v6 ? options_.local6 : options_.local4;
  if (port != options_.port || (!where->is_unspecified() && *where != ours)) {
    return fail(EADDRNOTAVAIL);
  }
  s->bound = true;
  return 0;
}

int Endpoint::listen(int fd, int) {
  const Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  if (!s->bound) return fail(EINVAL);
  s->listening = true;
  return 0;
}

int Endpoint::accept(int fd, sockaddr* address, socklen_t* size) {
  Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  if (!s->listening) return fail(EINVAL);
  if (!wait(lock, *s, 0, [&] { return !s->accepted.empty(); })) return fail(EAGAIN);
  Socket* const made = s->accepted.front();
  s->accepted.pop_front();
  put(made->key, address, size);
  return made->fd;
}

int Endpoint::connect(int fd, const sockaddr* address, socklen_t size) {
  Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  if (s->connected) return fail(EISCONN);
  if (s->connecting) return fail(EALREADY);
  if (s->error != 0) return fail(std::exchange(s->error, 0));
  std::uint16_t port = 0;
  const auto whom = address_of(address, size, port);
  if (!whom || whom->is_v4() == s->v6) return fail(EAFNOSUPPORT);
  const auto& places = s->v6 ? places6_ : places4_;
  s->key = {*whom, port, places[next_place_++ % places.size()]};
  s->connecting = true;
  if (pipeline_->connect(s->key.local, *whom, port, now_) == kNoFlow) {
    s->connecting = false;
    return fail(EADDRNOTAVAIL);
  }
  call(*s, [s](Connection& c) { c.word() = s->serial; });
  if (!wait(lock, *s, 0, [&] { return !s->connecting; })) return fail(EINPROGRESS);
  return s->error != 0 ? fail(std::exchange(s->error, 0)) : 0;
}

ssize_t Endpoint::read(int fd, std::span<std::uint8_t> buffer, int flags) {
  Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  const auto try_once = [&] {
    if (s->read != 0) return true;
    s->wanted = buffer;
    call(*s, [](Connection& c) { c.resume(); });
    s->wanted = {};
    return s->read != 0 || s->error != 0 || s->peer_closed || !s->connected;
  };
  const bool ready = wait(lock, *s, flags, try_once);
  const std::size_t n = std::exchange(s->read, 0);
  if (n != 0) return static_cast<ssize_t>(n);
  if (s->error != 0) return fail(std::exchange(s->error, 0));
  if (!ready) return fail(EAGAIN);
  return s->peer_closed ? 0 : fail(ENOTCONN);
}

ssize_t Endpoint::write(int fd, std::span<const std::uint8_t> text, int flags) {
  Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  if (s->sending_over) return fail(EPIPE);
  std::size_t sent = 0;
  const auto try_once = [&] {
    if (s->error != 0 || !s->connected) return true;
    call(*s, [&](Connection& c) { sent += c.send(text.subspan(sent)); });
    return sent == text.size();
  };
  (void)wait(lock, *s, flags, try_once);
  if (sent != 0) return static_cast<ssize_t>(sent);
  if (s->error != 0) return fail(std::exchange(s->error, 0));
  if (!s->connected) return fail(s->connecting ? EAGAIN : EPIPE);
  return text.empty() ? 0 : fail(EAGAIN);
}

int Endpoint::close(int fd) {
  const Lock lock(mutex_);
  const auto it = sockets_.find(fd);
  if (it == sockets_.end()) return fail(EBADF);
  std::unique_ptr<Socket> owned = std::move(it->second);
  Socket& s = *owned;
  sockets_.erase(it);
  s.closed = true;
  orphans_.push_back(std::move(owned));
  for (Socket* waiting : std::exchange(s.accepted, {})) {
    call(*waiting, [](Connection& c) { c.abort(); });
  }
  s.listening = false;
  if (s.connecting || s.connected) {
    const bool reset = s.reset_on_close;
    call(s, [reset](Connection& c) { reset ? c.abort() : c.close(); });
  }
  ::close(fd);
  return 0;
}

int Endpoint::shutdown(int fd, int how) {
  const Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  if (!s->connected) return fail(ENOTCONN);
  if (how == SHUT_RD) return 0;
  s->sending_over = true;
  call(*s, [](Connection& c) { c.end_sending(); });
  return 0;
}

int Endpoint::set_blocking(int fd, bool blocking) {
  const Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  s->blocking = blocking;
  return 0;
}

int Endpoint::is_blocking(int fd) {
  const Lock lock(mutex_);
  const Socket* const s = find(fd);
  return s == nullptr ? fail(EBADF) : int{s->blocking};
}

int Endpoint::set_linger(int fd, const linger& value) {
  const Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  s->reset_on_close = value.l_onoff != 0 && value.l_linger == 0;
  return 0;
}

int Endpoint::take_error(int fd, int& error) {
  const Lock lock(mutex_);
  Socket* const s = find(fd);
  if (s == nullptr) return fail(EBADF);
  error = std::exchange(s->error, 0);
  return 0;
}

short Endpoint::ready(Socket& s) {
  unsigned events = 0;
  if (s.listening) return s.accepted.empty() ? 0 : POLLIN;
  bool unread = false, room = false;
  const FlowId id = s.connected ? pipeline_->find(s.key) : kNoFlow;
  if (id != kNoFlow) {
    std::vector<FlowEntry> flows;
    for (FlowId from = 0; from != kNoFlow;) from = pipeline_->list_flows(from, flows, 1024);
    for (const FlowEntry& flow : flows) unread = unread || (flow.id == id && flow.unread != 0);
    pipeline_->call(
        id, [&](Connection& c) { room = c.room() != 0; }, now_);
  }
  if (unread || s.peer_closed) events |= POLLIN;
  if (room) events |= POLLOUT;
  if (s.peer_closed) events |= POLLRDHUP;
  if (s.error != 0) events |= POLLERR;
  if (!s.connected && !s.connecting) events |= POLLHUP;
  return static_cast<short>(events);
}

int Endpoint::poll(pollfd* fds, nfds_t count, int timeout_ms) {
  Lock lock(mutex_);
  const Instant end = now_ + Duration(1ms) * timeout_ms;
  int found = 0;
  const auto look = [&] {
    found = 0;
    for (nfds_t i = 0; i < count; ++i) {
      Socket* const s = find(fds[i].fd);
      const int events = s == nullptr ? POLLNVAL : ready(*s);
      fds[i].revents = static_cast<short>(events & (fds[i].events | POLLERR | POLLHUP | POLLNVAL));
      found += fds[i].revents != 0;
    }
    return found != 0 || (timeout_ms >= 0 && now_ >= end);
  };
  if (timeout_ms == 0) {
    (void)look();
  } else {
    changed_.wait(lock, [&] { return over_ || look(); });
  }
  return found;
}

void Endpoint::send(std::span<const std::uint8_t> packet) {
  const Lock lock(mutex_);
  if (packet.empty()) return;
  const bool v6 = packet[0] >> 4 == 6;
  std::vector<std::uint8_t> bytes(kOurMac.bytes.begin(), kOurMac.bytes.end());
  bytes.insert(bytes.end(), kPeerMac.bytes.begin(), kPeerMac.bytes.end());
  bytes.push_back(v6 ? 0x86 : 0x08);
  bytes.push_back(v6 ? 0xdd : 0x00);
  bytes.insert(bytes.end(), packet.begin(), packet.end());
  Burst burst;
  burst.push(pool_.make(bytes));
  pipeline_->process(burst, now_);
  round();
  changed_.notify_all();
}

std::optional<Endpoint::Left> Endpoint::receive() {
  const Lock lock(mutex_);
  const Instant end = now_ + kPatience;
  while (left_.empty() && now_ < end) {
    const auto due = pipeline_->next_due();
    if (!due) break;
    const std::int32_t ahead = std::max(*due - Tick(now_), 1);
    advance(std::min(end, now_ + Duration(1ms) * ahead));
  }
  if (left_.empty()) return std::nullopt;
  Left first = std::move(left_.front());
  left_.pop_front();
  return first;
}

void Endpoint::sleep(Duration d) {
  const Lock lock(mutex_);
  advance(now_ + d);
}

Instant Endpoint::look_at_clock() {
  const Lock lock(mutex_);
  advance(now_ + 1us);
  return now_;
}

}  // namespace weir::packetdrill
