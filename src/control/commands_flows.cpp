// Connections, a slice of a worker's table at a time: a million of them must stop nobody.
#include <fmt/format.h>

#include <algorithm>

#include "control/commands_table.hpp"
#include "control/flows_filter.hpp"
#include "control/status.hpp"

namespace weir {
namespace {

constexpr std::uint64_t kDefaultLimit = 1000;
constexpr std::uint64_t kMaxLimit = 100'000;  // some 50 MB of text

enum class Sort : std::uint8_t { none, bytes, rtt, age };

Sort sort_of(const Arguments& args) {
  const std::string word = args.text("sort").value_or("");
  if (word.empty()) return Sort::none;
  if (word == "bytes") return Sort::bytes;
  if (word == "rtt") return Sort::rtt;
  if (word == "age") return Sort::age;
  throw BadArgument{"sort: expected bytes, rtt or age", {}};
}

// The larger comes first.
std::uint64_t rank(const FlowEntry& e, Sort sort) noexcept {
  switch (sort) {
    case Sort::bytes:
      return std::uint64_t{e.rx_bytes} + e.tx_bytes;
    case Sort::rtt:
      return e.srtt_us;
    case Sort::age:
      return e.age_ms;
    case Sort::none:
      break;
  }
  return 0;
}

std::string_view name_of(const Snapshot& snapshot, std::uint16_t service) {
  return service < snapshot.services.size() ? snapshot.services[service].name : std::string_view();
}

Json flow_json(const FlowRow& row, const Snapshot& snapshot) {
  const FlowEntry& e = row.entry;
  // Unknown is null, not zero.
  const auto of_account = [&](auto value) { return e.has_account ? Json(value) : Json(nullptr); };
  return {{"proto", "tcp"},
          {"state", to_string(e.state)},
          {"local", to_string(e.local, e.local_port)},
          {"remote", to_string(e.remote, e.remote_port)},
          {"service", name_of(snapshot, e.service)},
          {"worker", row.worker},
          {"age_s", of_account(e.age_ms / 1000.0)},
          {"idle_s", e.idle_ms / 1000.0},
          {"rx_bytes", of_account(e.rx_bytes)},
          {"tx_bytes", of_account(e.tx_bytes)},
          {"cwnd", e.cwnd},
          {"ssthresh", e.ssthresh},
          {"srtt_us", e.srtt_us},
          {"rttvar_us", e.rttvar_us},
          {"rto_ms", e.rto_ms},
          {"retransmits", e.retransmits},
          {"inflight", e.inflight},
          {"queued", e.queued},
          {"unread", e.unread},
          {"snd_wnd", e.snd_wnd},
          {"rcv_wnd", e.rcv_wnd},
          {"mss", e.mss},
          {"timestamps", e.timestamps},
          {"sack", e.sack},
          {"window_scale", e.window_scale}};
}

class FlowsTask final : public ReplyTask {
 public:
  FlowsTask(EngineView& engine, FlowsFilter filter, Sort sort, std::size_t limit)
      : engine_(engine), filter_(std::move(filter)), sort_(sort), limit_(limit) {}

  std::optional<std::string> step() override {
    if (worker_ < engine_.worker_count()) {
      take_slice();
      return std::nullopt;
    }
    if (!text_) begin_text();
    return add_text() ? std::move(text_) : std::nullopt;
  }

 private:
  static constexpr std::size_t kRowsPerStep = 1000;

  bool before(const FlowRow& a, const FlowRow& b) const noexcept {
    return rank(a.entry, sort_) > rank(b.entry, sort_);
  }

  void take_slice() {
    slice_.clear();
    const auto next = engine_.list_flows(worker_, from_, slice_);
    complete_ = complete_ && next;
    for (const FlowEntry& entry : slice_) {
      const FlowRow row{entry, worker_};
      if (!filter_.matches(row)) continue;
      ++matched_;
      keep(row);
    }
    from_ = next.value_or(kNoFlow);
    if (from_ == kNoFlow) {
      ++worker_;
      from_ = 0;
    }
  }

  // A heap with the last in order on top, so that only `limit_` rows are ever held.
  void keep(const FlowRow& row) {
    const auto order = [this](const FlowRow& a, const FlowRow& b) { return before(a, b); };
    if (rows_.size() < limit_) {
      rows_.push_back(row);
      if (sort_ != Sort::none) std::push_heap(rows_.begin(), rows_.end(), order);
    } else if (sort_ != Sort::none && limit_ > 0 && before(row, rows_.front())) {
      std::pop_heap(rows_.begin(), rows_.end(), order);
      rows_.back() = row;
      std::push_heap(rows_.begin(), rows_.end(), order);
    }
  }

  void begin_text() {
    if (sort_ != Sort::none) {
      std::sort_heap(rows_.begin(), rows_.end(),
                     [this](const FlowRow& a, const FlowRow& b) { return before(a, b); });
    }
    text_ = fmt::format(
        R"({{"schema":"weir.flows.v1","matched":{},"shown":{},"limit":{},"complete":{},"flows":[)",
        matched_, rows_.size(), limit_, complete_);
  }

  // Rows become text as they are written: a tree of a hundred thousand would be ten times as large.
  bool add_text() {
    const std::size_t end = std::min(rows_.size(), written_ + kRowsPerStep);
    for (; written_ < end; ++written_) {
      if (written_ > 0) *text_ += ',';
      *text_ += to_line(flow_json(rows_[written_], engine_.snapshot()));
    }
    if (written_ < rows_.size()) return false;
    *text_ += "]}";
    return true;
  }

  EngineView& engine_;
  FlowsFilter filter_;
  Sort sort_;
  std::size_t limit_;
  std::uint16_t worker_ = 0;
  FlowId from_ = 0;
  std::uint64_t matched_ = 0;
  bool complete_ = true;  // every worker answered
  std::vector<FlowEntry> slice_;
  std::vector<FlowRow> rows_;
  std::size_t written_ = 0;
  std::optional<std::string> text_;
};

// A service that a reload took away has its name while it has connections, and its successor of the
// same name has it too.
FilterNames names_of(const EngineView& engine) {
  FilterNames names{{}, engine.worker_count(), [&engine](std::uint16_t service) {
                      return name_of(engine.snapshot(), service);
                    }};
  const WorkerReading sum = sum_of(peek_workers(engine));
  const auto& services = engine.snapshot().services;
  for (std::size_t i = 0; i < std::min(services.size(), kMaxServices); ++i) {
    if (is_over(services[i], sum.services[i])) continue;
    if (std::ranges::find(names.services, services[i].name) != names.services.end()) continue;
    names.services.push_back(services[i].name);
  }
  return names;
}

}  // namespace

FlowsFilter filter_of(const ControlState& state, const Arguments& args) {
  auto filter = FlowsFilter::parse(args.text("filter").value_or(""), names_of(state.engine));
  if (!filter) throw BadArgument{filter.error().message, filter.error().position};
  return std::move(filter).value();
}

Reply run_flows(ControlState& state, const Arguments& args) {
  const std::uint64_t limit = args.number("limit", kDefaultLimit, kMaxLimit);
  return {{},
          std::make_unique<FlowsTask>(state.engine, filter_of(state, args), sort_of(args), limit)};
}

}  // namespace weir
