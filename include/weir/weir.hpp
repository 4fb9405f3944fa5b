// All of Weir's public interface.
#pragma once

#include "weir/address.hpp"
#include "weir/message.hpp"
#include "weir/module.hpp"
#include "weir/server.hpp"
#include "weir/service_host.hpp"
#include "weir/tcp.hpp"
#include "weir/time.hpp"
#include "weir/udp.hpp"
