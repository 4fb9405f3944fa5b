// Commands as their words come together; replies as there is room for them.
#include "service.hpp"

#include <algorithm>
#include <charconv>
#include <stdexcept>

namespace kv {
namespace {

bool is(std::string_view word, std::string_view name) {
  return std::equal(word.begin(), word.end(), name.begin(), name.end(),
                    [](char a, char b) { return (a & ~0x20) == b; });
}

std::string_view view_of(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

void Service::on_open(weir::Connection& connection) noexcept {
  if (free_.empty()) {
    sessions_.emplace_back();
    free_.push_back(static_cast<std::uint32_t>(sessions_.size()));
  }
  connection.word() = free_.back();
  free_.pop_back();
}

// A client that does not read its replies is not read from either.
std::size_t Service::on_text(weir::Connection& connection, weir::Text& text) noexcept {
  Session& session = sessions_[connection.word() - 1];
  if (!flush(connection, session)) return 0;
  bool sound = true;
  out_.clear();
  const std::string_view bytes = view_of(text.bytes);
  if (session.part.empty()) {
    session.part = bytes.substr(run_all(bytes, sound));
  } else {
    session.part += bytes;
    session.part.erase(0, run_all(session.part, sound));
  }
  session.replies.swap(out_);
  (void)flush(connection, session);
  if (!sound) connection.close();
  return text.bytes.size();
}

void Service::on_sent(weir::Connection& connection) noexcept {
  if (flush(connection, sessions_[connection.word() - 1])) connection.resume();
}

void Service::on_end(weir::Connection& connection, weir::EndReason) noexcept {
  Session& session = sessions_[connection.word() - 1];
  session.part.clear();
  session.replies.clear();
  free_.push_back(connection.word());
}

/// Whether all replies have been taken.
bool Service::flush(weir::Connection& connection, Session& session) {
  if (session.replies.empty()) return true;
  const std::size_t sent = connection.send(std::string_view(session.replies));
  session.replies.erase(0, sent);
  return session.replies.empty();
}

/// Returns how many bytes were whole commands.
std::size_t Service::run_all(std::string_view bytes, bool& sound) {
  std::size_t done = 0, used = 0;
  for (;;) {
    switch (parse(bytes.substr(done), command_, used)) {
      case Parsed::part:
        return done;
      case Parsed::wrong:
        reply_error(out_, "ERR Protocol error");
        sound = false;
        return bytes.size();
      case Parsed::whole:
        done += used;
        if (!command_.empty()) run(command_);
    }
  }
}

void Service::run(const Command& command) {
  const weir::Instant now = host_.now();
  host_.count(commands);
  store_.sweep(now);
  const std::string_view name = command[0];
  const std::size_t words = command.size() - 1;
  if (is(name, "GET") && words == 1) {
    const std::string* const value = store_.get(command[1], now);
    host_.count(value != nullptr ? hits : misses);
    value != nullptr ? reply_bulk(out_, *value) : reply_nothing(out_);
  } else if (is(name, "SET") && words >= 2) {
    set(command);
  } else if (is(name, "PING") && words <= 1) {
    words == 0 ? reply_simple(out_, "PONG") : reply_bulk(out_, command[1]);
  } else if (is(name, "INCR") && words == 1) {
    const auto value = store_.increment(command[1], now);
    value ? reply_integer(out_, *value)
          : reply_error(out_, "ERR value is not an integer or out of range");
  } else if (is(name, "DEL") && words >= 1) {
    reply_integer(out_, std::count_if(command.begin() + 1, command.end(),
                                      [&](auto key) { return store_.erase(key, now); }));
  } else if (is(name, "EXISTS") && words >= 1) {
    reply_integer(out_, std::count_if(command.begin() + 1, command.end(),
                                      [&](auto key) { return store_.get(key, now) != nullptr; }));
  } else if (is(name, "MGET") && words >= 1) {
    mget(command);
  } else if (is(name, "MSET") && words >= 2 && words % 2 == 0) {
    for (std::size_t i = 1; i < words; i += 2) store_.set(command[i], command[i + 1], {});
    reply_simple(out_, "OK");
  } else if (is(name, "ECHO") && words == 1) {
    reply_bulk(out_, command[1]);
  } else if (is(name, "DBSIZE") && words == 0) {
    reply_integer(out_, static_cast<std::int64_t>(store_.size()));
  } else {
    reply_error(out_, "ERR unknown command, or wrong number of arguments");
  }
}

void Service::set(const Command& command) {
  std::optional<weir::Instant> expires;
  if (command.size() == 5 && (is(command[3], "EX") || is(command[3], "PX"))) {
    std::int64_t count = 0;
    const std::string_view text = command[4];
    const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    constexpr std::int64_t kMost = 1'000'000'000;
    if (error != std::errc{} || stop != text.data() + text.size() || count <= 0 || count > kMost) {
      return reply_error(out_, "ERR invalid expire time in 'set' command");
    }
    const auto unit =
        is(command[3], "EX") ? std::chrono::milliseconds(1000) : std::chrono::milliseconds(1);
    expires = host_.now() + unit * count;
  } else if (command.size() != 3) {
    return reply_error(out_, "ERR syntax error");
  }
  store_.set(command[1], command[2], expires);
  reply_simple(out_, "OK");
}

void Service::mget(const Command& command) {
  reply_array(out_, command.size() - 1);
  for (auto key = command.begin() + 1; key != command.end(); ++key) {
    const std::string* const value = store_.get(*key, host_.now());
    host_.count(value != nullptr ? hits : misses);
    value != nullptr ? reply_bulk(out_, *value) : reply_nothing(out_);
  }
}

weir::Module module() {
  return {.make =
              [](const weir::ServiceOrder& order) {
                if (order.host.workers() != 1) {
                  throw std::runtime_error(
                      "a store is one worker's; accepted: [workers] cpus = one CPU");
                }
                return weir::Services{std::make_unique<Service>(order.host), nullptr};
              },
          .counters = {"hits", "misses", "commands"}};
}

}  // namespace kv
