// weirctl(1) from the table of commands.
#include <fmt/format.h>

#include "ctl/help.hpp"

namespace weir::ctl {
namespace {

constexpr std::string_view kHead = R"(.Dd November 1, 2026
.Dt WEIRCTL 1
.Os
.Sh NAME
.Nm weirctl
.Nd ask a running weir and tell it what to do
.Sh SYNOPSIS
.Nm
.Op Ar options
.Op Ar command Op Ar verb
.Op Ar words
.Sh DESCRIPTION
.Nm
speaks to
.Xr weir 8
over its control socket.
It needs no root, only the permission to use the socket.
Without a command it shows the status.
The verb
.Cm show
may be left out or added to every command that shows something.
Options may stand anywhere; behind
.Sq Fl Fl
there are words only.
.Pp
The kernel does not see the packets of weir:
.Xr ss 8 ,
.Xr tcpdump 8
and
.Xr iptables 8
show nothing of them.
.Ss Options of every command
)";

constexpr std::string_view kTail = R"(.Sh ENVIRONMENT
.Bl -tag -width XDG_STATE_HOME
.It Ev WEIR_SOCKET
The control socket, unless
.Fl S
names one.
.It Ev NO_COLOR
If set and not empty, no colours.
.It Ev PAGER
Shows what is longer than the terminal;
.Xr less 1
by default, nothing if empty.
.It Ev XDG_STATE_HOME
Where the shell's history and the baseline of
.Cm stats Fl Fl reset
are kept, below
.Pa weir ;
.Pa ~/.local/state
by default.
.El
.Sh FILES
.Bl -tag -width /run/weir/weir.sock -compact
.It Pa /run/weir/weir.sock
The control socket.
.El
.Sh EXIT STATUS
.Bl -tag -width 130 -compact
.It 0
Done.
.It 1
The daemon refused, or a check found errors.
.It 2
Bad command line.
.It 3
The daemon is not running.
.It 4
No permission for the socket.
.It 5
No answer in time: the daemon is stuck.
.It 6
Not drained in time.
.It 130
Interrupted by Ctrl-C.
.El
.Pp
With
.Fl j
an error is one line of JSON on the standard error output:
.Bd -literal -offset indent
{"error":{"code":"usage","message":"..."}}
.Ed
.Sh SEE ALSO
.Xr weir-load 1 ,
.Xr weir.conf 5 ,
.Xr weir 8
)";

// A period or apostrophe at a line's start is a macro, a backslash an escape.
std::string text_line(std::string_view text) {
  std::string line;
  for (const char c : text) {
    if (c == '\\') {
      line += "\\e";
    } else {
      line += c;
    }
  }
  return (line.starts_with('.') || line.starts_with('\'') ? "\\&" : "") + line + "\n";
}

// mdoc wants a sentence a line.
std::string paragraphs(std::string_view text) {
  std::string lines, line;
  for (const std::string_view word : split(text)) {
    line += fmt::format("{}{}", line.empty() ? "" : " ", word);
    if (word.ends_with('.') || word.ends_with(':') || word.ends_with(';')) {
      lines += text_line(line);
      line.clear();
    }
  }
  return line.empty() ? lines : lines + text_line(line);
}

// An argument of a macro: what could be a macro itself or punctuation is quoted.
std::string argument(std::string_view text) { return fmt::format("\\&{}", text); }

std::string options(std::span<const Option> list) {
  std::string text = ".Bl -tag -width Ds\n";
  for (const Option& option : list) {
    text += ".It";
    if (option.letter != 0) text += fmt::format(" Fl {} ,", argument({&option.letter, 1}));
    text += fmt::format(" Fl Fl {}", argument(option.name));
    if (option.value.optional) {
      text += fmt::format(" Ns Op = Ns Ar {}", argument(option.value.name));
    } else if (option.value.kind != Kind::flag) {
      text += fmt::format(" Ar {}", argument(option.value.name));
    }
    text += "\n" + text_line(option.help);
  }
  return text + ".El\n";
}

std::string usage(const Command& command) {
  std::string text = ".Nm weirctl";
  for (const std::string_view word : split(command.name)) {
    text += fmt::format(" Cm {}", argument(word));
  }
  const bool may_be_left_out =
      command.words.count == Count::at_most_one || command.words.count == Count::any;
  const bool many = command.words.count == Count::any || command.words.count == Count::some;
  if (command.words.count != Count::none) {
    text += fmt::format("{} Ar {}{}", may_be_left_out ? " Op" : "",
                        argument(command.words.value.name), many ? " ..." : "");
  }
  return text + "\n";
}

std::string section(const Command& command) {
  std::string text = fmt::format(".Ss {}\n.Bd -ragged\n{}.Ed\n.Pp\n{}.\n", command.name,
                                 usage(command), command.help);
  if (!command.description.empty()) text += ".Pp\n" + paragraphs(command.description);
  if (!command.words.value.choices.empty()) {
    text += fmt::format(".Pp\n{} is one of: {}.\n", command.words.value.name,
                        join_words(split(command.words.value.choices), ", "));
  }
  if (!command.options.empty()) text += options(command.options);
  return text + fmt::format(".Pp\nExample:\n.Dl {}\n", argument(command.example));
}

}  // namespace

std::string manual_page() {
  std::string text(kHead);
  text += options(global_options());
  text += ".Sh COMMANDS\n";
  for (const Command& command : commands()) {
    if (!command.hidden) text += section(command);
  }
  return text + std::string(kTail);
}

}  // namespace weir::ctl
