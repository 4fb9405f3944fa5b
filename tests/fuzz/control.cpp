// Lines as requests to the control socket: each has one reply of one line, and none is our own
// fault.
#include <string>
#include <string_view>

#include "control/commands.hpp"
#include "control/flows_filter.hpp"
#include "fuzz.hpp"
#include "unit/ctl/fake_engine.hpp"

namespace weir::fuzz {
namespace {

std::string reply_to(Commands& commands, std::string_view line) {
  Reply reply = commands.execute(line);
  for (int steps = 0; reply.task != nullptr; ++steps) {
    must(steps < 1000, "a reply comes to an end");
    if (auto text = reply.task->step()) return *text;
  }
  return reply.text;
}

void ask(Commands& commands, std::string_view line) {
  const std::string text = reply_to(commands, line);
  must(text.find('\n') == text.npos, "a reply is one line");
  const Json reply = Json::parse(text, nullptr, false);
  must(reply.is_object() && reply.contains("schema"), "a reply is JSON and names its schema");
  const auto& schema = reply["schema"].get_ref<const std::string&>();
  must(schema.starts_with("weir.") && schema.ends_with(".v1"), "a schema is one of Weir's");
  must((schema == "weir.error.v1") == reply.contains("error"), "an error is an error");
  if (!reply.contains("error")) return;
  must(reply["error"]["code"] != "internal", "what the client says is no error of ours");
  must(!reply["error"]["message"].get_ref<const std::string&>().empty(), "an error says why");
}

}  // namespace
}  // namespace weir::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace weir::fuzz;
  weir::FakeEngine engine;
  engine.add_flows(100);
  weir::Log log({weir::LogLevel::error, weir::LogFormat::text});
  weir::Commands commands(engine, {"0.1.0", "22.11", "weir.conf", "[workers]\n", {}}, log);
  std::string_view text(reinterpret_cast<const char*>(data), size);
  for (int lines = 0; lines < 16 && !text.empty(); ++lines) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    ask(commands, text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return 0;
}
