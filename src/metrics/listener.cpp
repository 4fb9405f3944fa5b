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

#include "control/server_socket.hpp"
#include "metrics/answer.hpp"

namespace weir {
namespace {

// Scrapes and probes come one by one. Whoever else can reach the socket must not keep them out for
// longer than the time-out, nor hold many descriptors.
constexpr unsigned kMostConnections = 32;
constexpr unsigned kTimeoutSeconds = 5;

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

// Called when the headers are there; a body that follows is not waited for.
MHD_Result take_request(void* board, MHD_Connection* connection, const char* path,
                        const char* method, const char*, const char*, std::size_t*,
                        void**) noexcept {
  MetricsRequest request{method, path, {}};
  MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_pattern, &request.patterns);
  const auto reading = static_cast<const MetricsBoard*>(board)->get();
  return send(connection, answer_to(request, *reading, std::chrono::steady_clock::now()));
}

void say_nothing(void*, const char*, va_list) {}  // a client's mistakes are its own

}  // namespace

Result<std::unique_ptr<MetricsListener>> MetricsListener::start(const KernelListen& listen,
                                                                const MetricsBoard& board) {
  auto fd = listening_socket(listen);
  std::string why = fd ? "the HTTP thread does not start" : fd.error().message;
  MHD_Daemon* daemon =
      fd ? MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ITC | MHD_USE_ERROR_LOG, 0,
                            nullptr, nullptr, take_request, const_cast<MetricsBoard*>(&board),
                            MHD_OPTION_EXTERNAL_LOGGER, say_nothing, nullptr,
                            MHD_OPTION_LISTEN_SOCKET, fd.value().get(), MHD_OPTION_CONNECTION_LIMIT,
                            kMostConnections, MHD_OPTION_CONNECTION_TIMEOUT, kTimeoutSeconds,
                            MHD_OPTION_END)
         : nullptr;
  if (daemon == nullptr) {
    return Error{
        fmt::format("[metrics] listen = {}: {}", to_string(listen.address, listen.port), why)};
  }
  (void)std::move(fd).value().release();  // the daemon closes it
  return std::unique_ptr<MetricsListener>(new MetricsListener(daemon));
}

MetricsListener::~MetricsListener() { MHD_stop_daemon(daemon_); }

}  // namespace weir
