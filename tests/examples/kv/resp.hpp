// RESP 2, the protocol of redis: commands in, replies out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kv {

/// The words of one command; views into the bytes that were read.
using Command = std::vector<std::string_view>;

enum class Parsed { whole, part, wrong };

/// Reads a command (an array of bulk strings, or words on a line) from the front of `bytes`.
/// whole: `used` bytes of them were it, and `command` has its words (none for an empty line). part:
/// more bytes are needed. wrong: it is no RESP, or longer than kMostBytes.
inline constexpr std::size_t kMostBytes = 1 << 20;
[[nodiscard]] Parsed parse(std::string_view bytes, Command& command, std::size_t& used);

void reply_simple(std::string& out, std::string_view text);
void reply_error(std::string& out, std::string_view text);
void reply_integer(std::string& out, std::int64_t value);
void reply_bulk(std::string& out, std::string_view text);
void reply_nothing(std::string& out);
void reply_array(std::string& out, std::size_t count);

}  // namespace kv
