// ping and arping: by which port, and as whom.
#include <fmt/format.h>

#include <algorithm>

#include "control/commands_table.hpp"
#include "control/ping_stream.hpp"

namespace weir {
namespace {

// Tentative, or somebody else's (RFC 5227, RFC 4862 §5.4).
std::string no_address_of(const LocalPort& port, const Address& peer) {
  return fmt::format("port {} has no {} address in use; 'weirctl address' says what is with them",
                     port.info.name, peer.is_v4() ? "IPv4" : "IPv6");
}

PingOrder order_of(const ControlState& state, const Arguments& args, PingKind kind) {
  constexpr std::uint64_t kDefault = 4, kMost = 10'000;
  const std::string text = args.text("address").value_or("");
  const auto address = Address::parse(text);
  if (!address || address->is_multicast() || address->is_unspecified()) {
    throw BadArgument{fmt::format("'{}' is no address of a host", text), {}};
  }
  const auto& ports = state.engine.snapshot().ports;
  const LocalPort* mute = nullptr;  // has the way, but no address to ask as
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto hop = ports[i].next_hop(*address);
    if (!hop || (kind == PingKind::neighbour && *hop != *address)) continue;
    const Address* const source = ports[i].source_for(*hop);
    if (source == nullptr) {
      if (mute == nullptr) mute = &ports[i];
      continue;
    }
    if (ports[i].owns(*address)) throw BadArgument{fmt::format("{} is Weir itself", text), {}};
    return {kind, static_cast<std::uint8_t>(i), *source, *address,
            std::max<std::uint64_t>(args.number("count", kDefault, kMost), 1)};
  }
  if (mute != nullptr) throw NotNow{no_address_of(*mute, *address)};
  const std::string what =
      kind == PingKind::echo ? "no port has a way to " + text : text + " is on no port's link";
  throw BadArgument{what + "; 'weirctl route' shows what there is", {}};
}

std::shared_ptr<const ExpectedEcho> expect_echo(ControlState& state) {
  if (!state.echo.expired()) throw NotNow{"another ping runs: one at a time"};
  const auto now = std::chrono::steady_clock::now().time_since_epoch().count();
  const auto identifier = static_cast<std::uint16_t>(now / 1000 % 0xffff + 1);
  auto expected = std::make_shared<const ExpectedEcho>(state.engine, identifier);
  state.echo = expected;
  return expected;
}

Reply ping(ControlState& state, const Arguments& args, PingKind kind) {
  const PingOrder order = order_of(state, args, kind);
  Json json = reply_of(kind == PingKind::echo ? "ping" : "arping");
  json["address"] = to_string(order.destination);
  json["source"] = to_string(order.source);
  json["port"] = state.engine.snapshot().ports[order.port].info.name;
  json["count"] = order.count;
  auto expected = kind == PingKind::echo ? expect_echo(state) : nullptr;
  return {to_line(json), nullptr,
          std::make_unique<PingStream>(state.engine, order, std::move(expected))};
}

}  // namespace

Reply run_ping(ControlState& state, const Arguments& args) {
  return ping(state, args, PingKind::echo);
}
Reply run_arping(ControlState& state, const Arguments& args) {
  return ping(state, args, PingKind::neighbour);
}

}  // namespace weir
