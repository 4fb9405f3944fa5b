// What weir-load is to do, from its command line.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "control/config.hpp"

namespace weir::load {

enum class Mode : std::uint8_t {
  echo,       ///< requests that come back as they are
  respond,    ///< requests that are answered with so many bytes
  http,       ///< GET of one path
  connect,    ///< open and close
  idle,       ///< open and keep
  upload,     ///< text without end, to discard
  download,   ///< chargen's pattern without end
  udp,        ///< datagrams that come back as they are
  syn_flood,  ///< SYNs from addresses that never answer
};
[[nodiscard]] std::string_view to_string(Mode mode) noexcept;

struct Target {
  Address address;
  std::uint16_t port = 0;
};

struct LoadPlan {
  Mode mode = Mode::echo;
  std::vector<Target> targets;  ///< at least one, of one family
  std::string path = "/", host;

  std::string device;
  std::vector<Prefix> addresses;
  std::optional<Address> gateway_v4, gateway_v6;
  std::optional<Prefix> sources;  ///< else the addresses themselves
  std::vector<unsigned> cpus;
  HugePages hugepages = HugePages::attempt;
  std::uint16_t mtu = 1500;

  std::uint32_t connections = 64;  ///< at once, of all workers; for udp: datagrams in flight
  std::uint32_t pipeline = 1;      ///< requests in flight on a connection
  std::uint32_t size = 64;         ///< bytes of a request or datagram
  std::uint32_t answer = 1;        ///< respond: bytes of an answer
  std::uint64_t requests = 0;      ///< on a connection before it is closed; 0: it is kept
  double rate = 0;                 ///< a second; 0: closed loop
  Duration time = 10s, ramp{}, timeout = 1s;
  bool json = false, quiet = false;

  [[nodiscard]] bool is_v4() const noexcept { return targets.front().address.is_v4(); }
};

struct Request {
  LoadPlan plan;
  bool help = false, version = false;
};

/// The error is a sentence for the operator.
[[nodiscard]] Result<Request> parse_request(const std::vector<std::string>& arguments);
[[nodiscard]] std::string usage_text();

}  // namespace weir::load
