#include "ctl/top/line.hpp"

#include <utility>

#include "ctl/table.hpp"

namespace weir::ctl::top {
namespace {

// Where in the text the column begins.
std::size_t offset_of(std::string_view text, std::size_t column) {
  std::size_t at = 0;
  for (std::size_t seen = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && seen++ == column) break;
  }
  return at;
}

}  // namespace

Line& Line::add(Look look, std::string text) {
  if (text.empty()) return *this;
  width_ += ctl::width(text);
  pieces_.push_back({look, std::move(text)});
  return *this;
}

Line& Line::add(const Line& other) {
  for (const Piece& piece : other.pieces_) add(piece.look, piece.text);
  return *this;
}

void Line::fill(std::size_t width, Look look) {
  if (width > width_) add(look, std::string(width - width_, ' '));
}

void Line::cut(std::size_t width) {
  if (width_ <= width) return;
  std::vector<Piece> pieces = std::exchange(pieces_, {});
  width_ = 0;
  for (Piece& piece : pieces) {
    const std::size_t room = width - width_;
    if (room == 0) break;
    add(piece.look, piece.text.substr(0, offset_of(piece.text, room)));
  }
}

std::string Line::text() const {
  std::string text;
  for (const Piece& piece : pieces_) text += piece.text;
  return text.substr(0, text.find_last_not_of(' ') + 1);
}

std::string shortened(std::string_view text, std::size_t width, std::string_view mark) {
  if (ctl::width(text) <= width) return std::string(text);
  if (width == 0) return "";
  return std::string(text.substr(0, offset_of(text, width - 1))) + std::string(mark);
}

Lines wrapped(const Lines& groups, std::size_t width, std::string_view between) {
  Lines lines;
  for (const Line& group : groups) {
    const bool fits =
        !lines.empty() && lines.back().width() + between.size() + group.width() <= width;
    if (fits) {
      lines.back().add(Look::plain, std::string(between)).add(group);
    } else {
      lines.push_back(group);
    }
  }
  return lines;
}

}  // namespace weir::ctl::top
