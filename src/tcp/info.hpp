// What there is to know of a connection, for its service and for the operator.
#pragma once

#include "service/service.hpp"
#include "tcp/context.hpp"

namespace weir::tcp {

/// Of a flow that is neither free nor in TIME-WAIT, where its round trip is not known any more.
[[nodiscard]] TcpInfo info_of(const Flow& flow, Context& ctx) noexcept;

}  // namespace weir::tcp
