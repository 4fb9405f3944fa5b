// The scripted service and the source of a known pattern.
#include "support/services.hpp"

namespace weir::test {

std::string pattern(std::uint64_t from, std::size_t size, std::uint32_t seed) {
  std::string text(size, '\0');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>(pattern_byte(from + i, seed));
  return text;
}

void ScriptedService::on_open(Connection& c) noexcept {
  ++opened;
  if (at_open) at_open(c);
  if (polls) c.set_timeout(5ms);
}

std::size_t ScriptedService::on_text(Connection& c, Text& t) noexcept {
  const std::string arrived(t.bytes.begin(), t.bytes.end());
  waited.push_back(t.waited);
  const std::size_t taken = at_text ? at_text(c, t) : arrived.size();
  text += arrived.substr(0, taken);
  return taken;
}

void ScriptedService::on_sent(Connection& c) noexcept {
  ++sent;
  if (at_sent) at_sent(c);
}

void ScriptedService::on_peer_close(Connection& c) noexcept {
  ++peer_closes;
  if (at_peer_close) at_peer_close(c);
  if (polls) c.set_timeout(5ms);
}

void ScriptedService::on_timeout(Connection& c) noexcept {
  ++timeouts;
  if (at_timeout) at_timeout(c);
  while (!calls.empty()) {
    const Call call = calls.front();
    calls.pop_front();
    call(c);
  }
  if (polls) c.set_timeout(5ms);
}

void SourceService::on_open(Connection& c) noexcept {
  c.word() = 0;
  refill(c);
}

void SourceService::refill(Connection& c) noexcept {
  std::uint32_t& done = c.word();
  if (done == text_.size()) return;
  if (by_ == By::reference) {
    if (c.send_static(memory_.bytes(), &memory_)) done = static_cast<std::uint32_t>(text_.size());
  } else {
    done += static_cast<std::uint32_t>(c.send(std::string_view(text_).substr(done)));
  }
  if (done == text_.size()) c.close();
}

}  // namespace weir::test
