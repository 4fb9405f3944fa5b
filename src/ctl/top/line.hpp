// A line of the screen: pieces of text, each with a look that the terminal turns into attributes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace weir::ctl::top {

enum class Look : unsigned char {
  plain,
  strong,
  faint,
  title,   ///< the head of a table
  sorted,  ///< in it, the column that the rows are sorted by
  good,
  warning,
  bad,
  picture,  ///< a trend
};
inline constexpr std::size_t kLooks = 9;

struct Piece {
  Look look = Look::plain;
  std::string text;
};

class Line {
 public:
  Line() = default;
  Line(Look look, std::string text) { add(look, std::move(text)); }

  Line& add(Look look, std::string text);
  Line& add(const Line& other);
  /// With blanks, in the given look.
  void fill(std::size_t width, Look look);
  void cut(std::size_t width);

  [[nodiscard]] std::size_t width() const noexcept { return width_; }
  [[nodiscard]] const std::vector<Piece>& pieces() const noexcept { return pieces_; }
  /// Without looks and without blanks at the end.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Piece> pieces_;
  std::size_t width_ = 0;
};

using Lines = std::vector<Line>;

/// The first `width` columns; what is longer ends in `mark`, which is one column wide.
[[nodiscard]] std::string shortened(std::string_view text, std::size_t width,
                                    std::string_view mark);

/// Groups of words in as few lines as possible; a group is not divided.
[[nodiscard]] Lines wrapped(const Lines& groups, std::size_t width, std::string_view between);

}  // namespace weir::ctl::top
