// The one table of keys: the parser, the dump, the reference and the tests all read it.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "control/config.hpp"
#include "control/ini_reader.hpp"

namespace weir {

enum class Applies : std::uint8_t { on_reload, on_restart };
/// Required keys have no default; a list may stay empty unless it is required.
enum class Need : std::uint8_t { optional, required };
enum class Arity : std::uint8_t { one, list };

struct Key {
  Section section;
  std::string_view name;
  std::string_view default_text;  ///< as written in a file; empty for required keys and lists
  Need need;
  Arity arity;
  Applies applies;
  std::string_view meaning;

  std::string (*accepted)();  ///< values and units, in words
  /// Adds the key to Boost's description with its type and default.
  void (*declare)(boost::program_options::options_description&, const Key&);
  /// Puts the typed value into the section; of a named section, into the last one of its kind.
  void (*assign)(const boost::any&, Config&);

  [[nodiscard]] bool is_list() const noexcept { return arity == Arity::list; }
};

/// All keys, section by section, in the order in which they are printed.
[[nodiscard]] std::span<const Key> config_keys() noexcept;
/// The keys of one section, a part of the above.
[[nodiscard]] std::span<const Key> config_keys(Section section) noexcept;
/// Null when the section has no such key.
[[nodiscard]] const Key* find_key(Section section, std::string_view name) noexcept;

}  // namespace weir
