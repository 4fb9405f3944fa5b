// The socket is made here, so that it can be IPv6 and a refusal has a reason; libmicrohttpd does
// the rest.
#include "metrics/listener.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <system_error>
#include <thread>

#include "control/privileges.hpp"
#include "control/server_socket.hpp"
#include "metrics/answer.hpp"

namespace weir {
namespace {

// Scrapes and probes come one by one, and somebody's mistake must not keep them out: an address has
// a part of the places, who says nothing for so long leaves, and who says a byte now and then is
// cut by the age of the request (cut_slow). It does not stop one who means it: four addresses,
// of one IPv6 network or of 127.0.0.0/8, have all the places, and a local user shares 127.0.0.1
// with the scraper itself.
constexpr unsigned kSilentSeconds = 5;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

SocketAddress socket_address(const KernelListen& listen) {
  SocketAddress to;
  if (listen.address.is_v4()) {
    auto& v4 = reinterpret_cast<sockaddr_in&>(to.storage);
    v4.sin_family = AF_INET;
    v4.sin_port = htons(listen.port);
    v4.sin_addr.s_addr = htonl(listen.address.v4_host_order());
    to.size = sizeof v4;
  } else {
    auto& v6 = reinterpret_cast<sockaddr_in6&>(to.storage);
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(listen.port);
    std::memcpy(&v6.sin6_addr, listen.address.bytes.data(), sizeof v6.sin6_addr);
    to.size = sizeof v6;
  }
  return to;
}

Result<Descriptor> listening_socket(const KernelListen& listen) {
  const SocketAddress address = socket_address(listen);
  const int family = address.storage.ss_family;
  Descriptor fd(socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int yes = 1;
  // The last daemon's connections in TIME-WAIT shall not keep this one out.
  if (fd.valid()) (void)setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  const auto* name = reinterpret_cast<const sockaddr*>(&address.storage);
  if (fd.valid() && bind(fd.get(), name, address.size) == 0 && ::listen(fd.get(), 16) == 0) {
    return fd;
  }
  return Error{std::strerror(errno)};
}

MHD_Result take_pattern(void* patterns, MHD_ValueKind, const char* key, const char* value) {
  if (std::string_view(key) == "name[]" && value != nullptr) {
    static_cast<std::vector<std::string>*>(patterns)->emplace_back(value);
  }
  return MHD_YES;
}

MHD_Result send(MHD_Connection* connection, const MetricsAnswer& answer) {
  MHD_Response* response = MHD_create_response_from_buffer(
      answer.body.size(), const_cast<char*>(answer.body.data()), MHD_RESPMEM_MUST_COPY);
  if (response == nullptr) return MHD_NO;
  MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, answer.type.c_str());
  MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
  MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
  if (!answer.policy.empty()) {
    MHD_add_response_header(response, "Content-Security-Policy", answer.policy.c_str());
  }
  if (answer.status == MHD_HTTP_METHOD_NOT_ALLOWED) {
    MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
  }
  const MHD_Result queued = MHD_queue_response(connection, answer.status, response);
  MHD_destroy_response(response);
  return queued;
}

int descriptor_of(MHD_Connection* connection) {
  const auto* info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
  return info == nullptr ? -1 : info->connect_fd;
}

using Visitors = MetricsListener::Visitors;

// Called when the headers are there; a body that follows is not waited for.
MHD_Result take_request(void* visitors, MHD_Connection* connection, const char* path,
                        const char* method, const char*, const char*, std::size_t*,
                        void**) noexcept {
  MetricsRequest request{method, path, {}};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_pattern, &request.patterns);
  auto& [board, ages] = *static_cast<Visitors*>(visitors);
  const auto now = std::chrono::steady_clock::now();
  ages.answered(descriptor_of(connection), now);
  return send(connection, answer_to(request, *board.get(), now));
}

// The end is told of before the descriptor is closed.
void note_connection(void* visitors, MHD_Connection* connection, void**,
                     MHD_ConnectionNotificationCode what) noexcept {
  ConnectionAges& ages = static_cast<Visitors*>(visitors)->ages;
  if (what == MHD_CONNECTION_NOTIFY_STARTED) {
    ages.begun(descriptor_of(connection), std::chrono::steady_clock::now());
  } else {
    ages.ended(descriptor_of(connection));
  }
}

void say_nothing(void*, const char*, va_list) {}  // a client's mistakes are its own

MHD_Daemon* start_http(int fd, Visitors& visitors) {
  return MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0,
                          nullptr, nullptr, take_request, &visitors, MHD_OPTION_EXTERNAL_LOGGER,
                          say_nothing, nullptr, MHD_OPTION_LISTEN_SOCKET, fd,
                          MHD_OPTION_CONNECTION_LIMIT, MetricsListener::kMostConnections,
                          MHD_OPTION_PER_IP_CONNECTION_LIMIT, MetricsListener::kMostOfAnAddress,
                          MHD_OPTION_CONNECTION_TIMEOUT, kSilentSeconds,
                          MHD_OPTION_NOTIFY_CONNECTION, note_connection, &visitors, MHD_OPTION_END);
}

// A thread inherits what its maker has: the maker is one that has given everything away.
MHD_Daemon* start_without_capabilities(int fd, Visitors& visitors) try {
  MHD_Daemon* daemon = nullptr;
  std::thread([&] {
    if (renounce_capabilities()) daemon = start_http(fd, visitors);
  }).join();
  return daemon;
} catch (const std::system_error&) {
  return nullptr;
}

std::uint16_t port_of(int fd) {
  sockaddr_storage name{};
  socklen_t size = sizeof name;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&name), &size) != 0) return 0;
  return ntohs(name.ss_family == AF_INET ? reinterpret_cast<const sockaddr_in&>(name).sin_port
                                         : reinterpret_cast<const sockaddr_in6&>(name).sin6_port);
}

}  // namespace

Result<std::unique_ptr<MetricsListener>> MetricsListener::start(const KernelListen& listen,
                                                                const MetricsBoard& board) {
  auto fd = listening_socket(listen);
  auto visitors = std::make_unique<Visitors>(board);
  MHD_Daemon* daemon = fd ? start_without_capabilities(fd.value().get(), *visitors) : nullptr;
  if (daemon == nullptr) {
    return Error{fmt::format("[metrics] listen = {}: {}", to_string(listen.address, listen.port),
                             fd ? "the HTTP thread does not start" : fd.error().message)};
  }
  const int socket = std::move(fd).value().release();  // the daemon closes it
  return std::unique_ptr<MetricsListener>(
      new MetricsListener(daemon, std::move(visitors), port_of(socket)));
}

MetricsListener::~MetricsListener() { MHD_stop_daemon(daemon_); }

}  // namespace weir
