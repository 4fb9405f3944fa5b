// What one worker's clients have done: written by that worker, read by the main thread.
#pragma once

#include "base/counter.hpp"
#include "base/histogram.hpp"

namespace weir::load {

struct LoadCounters {
  Counter opening, open;  ///< gauges of connections
  Counter opened;         ///< handshakes completed
  Counter refused;        ///< connections that were answered with an RST
  Counter unanswered;     ///< connections whose SYNs had no answer
  Counter closed;         ///< as they should be
  Counter lost;           ///< ended by the peer or by silence while they were wanted
  Counter no_tuple;       ///< how often every tuple was found in use

  Counter requests, answers;
  Counter in_flight;   ///< gauge of requests
  Counter behind;      ///< open loop, gauge: whose time has come and that were not begun
  Counter failed;      ///< requests whose connection ended before the answer
  Counter bad_status;  ///< http: answers other than 200
  Counter wrong;       ///< answers that were not what they had to be; they end their connection
  Counter text_in, text_out;

  Counter sent;       ///< datagrams or SYNs
  Counter timed_out;  ///< datagrams without an answer in time: lost
  Counter late;       ///< answers after that, or for a second time

  Histogram handshake;  ///< in ns: SYN sent, or due, until the SYN-ACK was taken
  Histogram answer;     ///< in ns: request due until the last byte of its answer
};

}  // namespace weir::load
