// Ending connections, a slice of a worker's table at a time, as flows lists them.
#include <fmt/format.h>

#include "control/commands_table.hpp"

namespace weir {
namespace {

class KillTask final : public ReplyTask {
 public:
  KillTask(EngineView& engine, Log& log, FlowsFilter filter, std::string text)
      : engine_(engine), log_(log), filter_(std::move(filter)), filter_text_(std::move(text)) {}
  // Also of one whose client did not wait for the end.
  ~KillTask() override {
    if (killed_ == 0) return;
    log_.write(LogEvent::flows_killed, {{"filter", filter_text_}, {"killed", killed_}});
  }

  std::optional<std::string> step() override {
    if (!selected_.empty()) {
      end_some();
    } else if (worker_ < engine_.worker_count()) {
      select();
    } else {
      return text();
    }
    return std::nullopt;
  }

 private:
  // Few at a time: each is a segment to send, and the worker's packets wait meanwhile.
  static constexpr std::size_t kMostAtOnce = 64;

  void select() {
    std::vector<FlowEntry> slice;
    const auto next = engine_.list_flows(worker_, from_, slice);
    silent_ = silent_ || !next;
    from_ = next.value_or(kNoFlow);
    owner_ = worker_;
    for (const FlowEntry& entry : slice) {
      if (filter_.matches({entry, worker_})) selected_.push_back(entry);
    }
    matched_ += selected_.size();
    if (from_ == kNoFlow) {
      ++worker_;
      from_ = 0;
    }
  }

  void end_some() {
    const std::size_t count = std::min(selected_.size(), kMostAtOnce);
    const auto first = selected_.end() - static_cast<std::ptrdiff_t>(count);
    const auto ended = engine_.end_flows(owner_, {first, selected_.end()});
    if (!ended) {  // the worker stands still: what it would do later nobody could tell
      selected_.clear();
      silent_ = true;
      return;
    }
    killed_ += ended->ended;
    // From the back: those for whose RST there was no room are the last ones, and come again.
    selected_.erase(first, first + static_cast<std::ptrdiff_t>(ended->looked_at));
  }

  [[nodiscard]] std::string text() const {
    Json json = reply_of("flows_kill");
    json["matched"] = matched_;
    json["killed"] = killed_;
    json["complete"] = !silent_;
    return to_line(json);
  }

  EngineView& engine_;
  Log& log_;
  FlowsFilter filter_;
  std::string filter_text_;
  std::uint16_t worker_ = 0, owner_ = 0;
  FlowId from_ = 0;
  std::vector<FlowEntry> selected_;  // of `owner_`, not ended yet
  std::uint64_t matched_ = 0, killed_ = 0;
  bool silent_ = false;
};

}  // namespace

Reply run_flows_kill(ControlState& state, const Arguments& args) {
  const std::string text = args.text("filter").value_or("");
  if (text.find_first_not_of(" \t\r\n") == std::string::npos) {
    throw BadArgument{"flows_kill needs a filter; 'all' selects every connection", {}};
  }
  return {{}, std::make_unique<KillTask>(state.engine, state.log, filter_of(state, args), text)};
}

}  // namespace weir
