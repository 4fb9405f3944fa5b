// What a service is. The words are public: include/weir.
#pragma once

#include "base/address.hpp"
#include "base/clock.hpp"
#include "frame/frame.hpp"
#include "weir/service_host.hpp"
#include "weir/tcp.hpp"
#include "weir/udp.hpp"
