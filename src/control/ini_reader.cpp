// Line by line from text to entries.
#include "control/ini_reader.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/did_you_mean.hpp"
#include "base/words.hpp"

namespace weir {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kNoBreakSpace = "\xC2\xA0";  // what web pages put between words
constexpr std::size_t kMostNameLength = 32;

bool is_blank(char c) noexcept { return c == ' ' || c == '\t'; }
bool is_control(char c) noexcept {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t') || byte == 0x7f;
}

/// What some editors write: then every other byte is zero, and a complaint a line helps nobody.
bool is_utf16(std::string_view text) noexcept {
  return text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
}

/// A '#' starts a comment at the line's start or behind a blank: in `a#b` it is part of the word.
std::string_view without_comment(std::string_view line) noexcept {
  const std::string_view text = trimmed(line);
  if (text.empty() || text.front() == '#' || text.front() == ';') return {};
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && is_blank(text[i - 1])) return trimmed(text.substr(0, i));
  }
  return text;
}

std::string all_headers() {
  std::string text;
  for (std::size_t i = 0; i < kSectionNames.size(); ++i) {
    const bool named = is_named(static_cast<Section>(i));
    text += fmt::format("{}[{}{}]", i == 0 ? "" : " ", kSectionNames[i], named ? " NAME" : "");
  }
  return text;
}

class Reader {
 public:
  Reader(const std::string& file, IniText& out) : origin_{file, 0}, out_(out) {}

  void line(std::string_view raw) {
    ++origin_.line;
    if (raw.ends_with('\r')) raw.remove_suffix(1);
    const auto control = std::find_if(raw.begin(), raw.end(), is_control);
    if (control != raw.end()) {
      if (trimmed(raw).starts_with('[')) lose_section();
      return complain(fmt::format("the line holds the control byte 0x{:02x}; accepted: plain text",
                                  static_cast<unsigned char>(*control)));
    }
    const std::string_view text = without_comment(raw);
    if (text.empty()) return;
    if (text.find(kNoBreakSpace) != text.npos) {
      if (text.front() == '[') lose_section();
      return complain(
          "the line holds a no-break space (U+00A0), which looks like a blank; accepted: a blank");
    }
    if (text.front() == '[') return header(text);
    assignment(text);
  }

 private:
  void complain(std::string message) { report(out_.problems, origin_, std::move(message)); }

  /// What stands below belongs to nobody knows which section.
  void lose_section() {
    place_ = Place::unknown;
    out_.sections_lost = true;
  }

  void header(std::string_view text) {
    if (auto wrong = enter(text)) {
      lose_section();
      complain(std::move(*wrong));
    }
  }

  /// Goes into the section that a header names, or says why not.
  std::optional<std::string> enter(std::string_view text) {
    if (text.back() != ']') {
      if (text.find(']') != std::string_view::npos)
        return "text follows the section header's ']'; accepted: a comment (' #')";
      return fmt::format("section header '{0}' has no closing ']'; accepted: {0}]",
                         printable(text));
    }
    const std::string_view inside = trimmed(text.substr(1, text.size() - 2));
    const std::size_t blank = std::min(inside.find_first_of(kBlanks), inside.size());
    const std::string_view word = inside.substr(0, blank);
    const std::string_view name = trimmed(inside.substr(blank));
    const auto section = find_section(word);
    if (!section) {
      return fmt::format("unknown section [{}]{}; accepted: {}", printable(word),
                         did_you_mean(word, {kSectionNames.begin(), kSectionNames.end()}),
                         all_headers());
    }
    if (is_named(*section)) {
      if (const auto wrong = name_problem(name)) return fmt::format("[{}] {}", word, *wrong);
    } else if (!name.empty()) {
      return fmt::format("[{0}] takes no name, but '{1}' follows; accepted: [{0}]", word,
                         printable(name));
    }
    place_ = Place::inside;
    entry_.section = *section;
    entry_.name = name;
    yield({}, {});
    return std::nullopt;
  }

  void assignment(std::string_view text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string_view::npos) {
      return complain(fmt::format("'{}' has no '='; accepted: KEY = VALUE, [SECTION] or # comment",
                                  printable(text)));
    }
    const std::string_view key = trimmed(text.substr(0, equals));
    const std::string_view value = trimmed(text.substr(equals + 1));
    if (key.empty()) return complain("no key stands before the '='; accepted: KEY = VALUE");
    if (place_ == Place::unknown) return;
    if (place_ == Place::before_all) {
      return complain(
          fmt::format("'{}' stands before the first section; accepted: one of {} above it",
                      printable(key), all_headers()));
    }
    if (const auto wrong = value_problem(value)) {
      return complain(fmt::format("{}: {}", printable(key), *wrong));
    }
    yield(key, value);
  }

  void yield(std::string_view key, std::string_view value) {
    entry_.origin = origin_;
    entry_.key = key;
    entry_.value = value;
    out_.entries.push_back(entry_);
  }

  enum class Place : std::uint8_t { before_all, unknown, inside };

  ConfigOrigin origin_;
  IniText& out_;
  Place place_ = Place::before_all;
  IniEntry entry_;
};

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::size_t kMost = 80;
  const auto continues = [&](std::size_t at) { return (text[at] & 0xC0) == 0x80; };  // UTF-8
  std::size_t end = std::min(kMost, text.size());
  while (end > 0 && end < text.size() && continues(end)) --end;
  std::string shown(text.substr(0, end));
  std::replace_if(shown.begin(), shown.end(), is_control, '?');
  return text.size() > kMost ? shown + "…" : shown;
}

std::optional<Section> find_section(std::string_view word) noexcept {
  const auto at = std::find(kSectionNames.begin(), kSectionNames.end(), word);
  if (at == kSectionNames.end()) return std::nullopt;
  return static_cast<Section>(at - kSectionNames.begin());
}

std::string header_text(Section section, std::string_view name) {
  return is_named(section) ? fmt::format("[{} {}]", to_string(section), printable(name))
                           : fmt::format("[{}]", to_string(section));
}

std::optional<std::string> name_problem(std::string_view name) {
  if (name.empty()) return "has no name; accepted: a NAME of a-z, 0-9, '_' and '-' behind it";
  const bool good = std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  if (good && name.size() <= kMostNameLength) return std::nullopt;
  return fmt::format("has the name '{}'; accepted: at most {} of a-z, 0-9, '_' and '-'",
                     printable(name), kMostNameLength);
}

std::optional<std::string> value_problem(std::string_view value) {
  if (std::any_of(value.begin(), value.end(), is_control)) {
    return fmt::format("'{}' holds a control byte; accepted: plain text", printable(value));
  }
  if (value.starts_with('#') || value.find(" #") != std::string_view::npos ||
      value.find("\t#") != std::string_view::npos) {
    return fmt::format("'{}' holds a word that starts with '#', which a file takes for a comment",
                       printable(value));
  }
  return std::nullopt;
}

IniText read_ini(std::string_view text, const std::string& file) {
  IniText out;
  Reader reader(file, out);
  if (is_utf16(text)) {
    report(out.problems, {file, 1}, "the file is in UTF-16; accepted: UTF-8");
    out.sections_lost = true;
    return out;
  }
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    reader.line(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace weir
