// IPv6 extension headers: stepped over one by one until something else is named (RFC 8200 §4).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "wire/ipv6.hpp"
#include "wire/packet.hpp"

namespace weir {

/// One walk over the headers of one packet (`packet` starts with the IPv6 header). It ends at the
/// first header that is no extension header, at a fragment's Fragment header, or with a refusal.
class ExtensionWalk {
 public:
  static constexpr unsigned kMostHeaders = 8;
  static constexpr std::size_t kMostBytes = 512;

  ExtensionWalk(std::span<const std::uint8_t> packet, std::uint8_t first) noexcept
      : packet_(packet), next_(first) {}

  /// Drops: ip_bad_extension, ip_bad_option. problem() says what the sender is to be told.
  [[nodiscard]] Refusal run() noexcept;

  /// What follows the headers, counted from the IPv6 header, and what it is.
  [[nodiscard]] std::size_t at() const noexcept { return at_; }
  [[nodiscard]] std::uint8_t protocol() const noexcept { return next_; }
  /// The byte that named it.
  [[nodiscard]] std::size_t named_at() const noexcept { return named_at_; }
  /// The Fragment header that ended the walk, or of an atomic fragment; 0 when there was none.
  [[nodiscard]] std::size_t fragment_header_at() const noexcept { return fragment_header_at_; }
  [[nodiscard]] std::size_t fragment_named_at() const noexcept { return fragment_named_at_; }
  [[nodiscard]] const ParameterProblem& problem() const noexcept { return problem_; }

 private:
  [[nodiscard]] Refusal step() noexcept;
  [[nodiscard]] Refusal check(const layout::Ipv6Extension& header,
                              std::span<const std::uint8_t> bytes) noexcept;
  [[nodiscard]] Refusal check_options(std::span<const std::uint8_t> options) noexcept;
  void tell(std::uint8_t code, std::size_t pointer, bool even_to_group = false) noexcept;

  std::span<const std::uint8_t> packet_;
  std::size_t at_ = sizeof(layout::Ipv6);
  std::size_t named_at_ = offsetof(layout::Ipv6, next_header);
  std::size_t fragment_header_at_ = 0, fragment_named_at_ = 0;
  std::uint8_t next_;
  bool fragment_ = false;
  ParameterProblem problem_;
};

/// What stands behind the extension headers of `text`, whose first header is a `protocol`.
struct UpperLayer {
  std::uint8_t protocol = 0;
  std::span<const std::uint8_t> text;
};
/// Nothing when `text` ends before the headers do; they are looked at for their lengths only.
[[nodiscard]] std::optional<UpperLayer> upper_layer(std::span<const std::uint8_t> text,
                                                    std::uint8_t protocol) noexcept;

/// The fewest bytes of a transport header: TCP 20, UDP, ICMP 8, others none.
[[nodiscard]] std::size_t least_transport_header(std::uint8_t protocol) noexcept;

}  // namespace weir
