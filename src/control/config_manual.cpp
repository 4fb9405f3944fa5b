#include "control/config_manual.hpp"

#include <fmt/format.h>

#include "control/config_keys.hpp"

namespace weir {
namespace {

constexpr std::string_view kHead = R"(.Dd November 1, 2026
.Dt WEIR.CONF 5
.Os
.Sh NAME
.Nm weir.conf
.Nd configuration of weir
.Sh DESCRIPTION
A line is a section
.Li [SECTION] ,
a key
.Li KEY = VALUE ,
or a comment that starts with
.Sq #
or
.Sq \&; .
Behind a value a comment starts with a blank and
.Sq # .
A section may be continued anywhere, in drop-ins too.
.Cm address ,
.Cm gateway
and
.Cm listen
repeat, or hold several values between blanks or commas; an empty one forgets those before it.
Other keys stand once in a file.
.Pp
What comes later wins: the built-in default,
.Pa weir.conf ,
.Pa conf.d/*.conf
in the order of their names, the environment
.Pf ( Ev WEIR_TCP_MSL ,
.Ev WEIR_SERVICE_WEB_ROOT ) ,
.Fl Fl set Li tcp.msl=30s .
Drop-ins add to a list; the environment and
.Fl Fl set
replace it.
.Pp
K, M and G are of 1024 for bytes and of 1000 for counts and rates.
Booleans are
.Cm on
or
.Cm off ,
.Cm yes
or
.Cm no ,
.Cm true
or
.Cm false .
NAME in
.Li [port NAME]
and
.Li [service NAME]
is at most 32 of a-z, 0-9, _ and -.
.Pp
Keys marked
.Em restart
take effect at the next start, the others when the configuration is read again.
)";

constexpr std::string_view kTail = R"(.Sh FILES
.Bl -tag -width /etc/weir/weir.conf -compact
.It Pa /etc/weir/weir.conf
.It Pa /etc/weir/conf.d/*.conf
.El
.Sh EXAMPLES
.Bd -literal
[port wan]
device  = 0000:03:00.0
address = 192.0.2.10/24
gateway = 192.0.2.1

[service web]
handler = http
listen  = 192.0.2.10:80/tcp
root    = /srv/www
.Ed
.Sh SEE ALSO
.Xr weirctl 1 ,
.Xr weir 8
)";

// Text at a line's start must not look like a macro, and a backslash is an escape. Words beyond
// ASCII have names in groff_char(7); the table of keys knows one of them.
std::string text_of(std::string_view text) {
  constexpr std::string_view kMiddleDot = "\u00b7";
  std::string out = text.starts_with('.') || text.starts_with('\'') ? "\\&" : "";
  while (!text.empty()) {
    if (text.starts_with(kMiddleDot)) {
      out += "\\(bu";
      text.remove_prefix(kMiddleDot.size());
      continue;
    }
    out += text[0] == '\\' ? "\\e" : std::string(1, text[0]);
    text.remove_prefix(1);
  }
  return out;
}

std::string default_of(const Key& key) {
  if (key.need == Need::required) return "Required";
  if (key.default_text.empty()) return "Nothing by default";
  return fmt::format("{} by default", text_of(key.default_text));
}

std::string key_text(const Key& key) {
  return fmt::format(".It Cm {}{}\n{}.\nAccepted: {}.\n{}.\n", key.name,
                     key.applies == Applies::on_restart ? " Pq Em restart" : "",
                     text_of(key.meaning), text_of(key.accepted()), default_of(key));
}

}  // namespace

std::string config_manual() {
  std::string text(kHead);
  for (std::size_t i = 0; i < kSectionNames.size(); ++i) {
    const auto section = static_cast<Section>(i);
    text += fmt::format(".Sh {}\n.Bl -tag -width Ds\n", header_text(section, "NAME"));
    for (const Key& key : config_keys(section)) text += key_text(key);
    text += ".El\n";
  }
  return text + std::string(kTail);
}

}  // namespace weir
