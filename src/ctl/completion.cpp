// Completion for bash, zsh and fish. What may stand where is asked of weirctl itself, so that the
// scripts hold no word of the table and are never older than it.
#include <ostream>

#include "ctl/client.hpp"
#include "ctl/session.hpp"
#include "ctl/suggest.hpp"

namespace weir::ctl {
namespace {

// TAB must not wait for a daemon that is stuck.
constexpr std::chrono::milliseconds kPatience{500};

constexpr std::string_view kBash =
    R"(# bash completion for weirctl; made by 'weirctl completion bash'
_weirctl() {
  local word help
  COMPREPLY=()
  while IFS=$'\t' read -r word help; do
    if [[ $word == :files ]]; then
      compopt -o filenames 2>/dev/null || :
      mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
    else
      COMPREPLY+=("$word")
    fi
  done < <("$1" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _weirctl weirctl
)";

constexpr std::string_view kZsh = R"(#compdef weirctl
# zsh completion for weirctl; made by 'weirctl completion zsh'
_weirctl() {
  local line
  local -a candidates
  for line in "${(@f)$(${words[1]} complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    if [[ $line == :files* ]]; then
      _files
    elif [[ -n $line ]]; then
      candidates+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
    fi
  done
  _describe weirctl candidates
}
if [[ $funcstack[1] == _weirctl ]]; then
  _weirctl "$@"
else
  compdef _weirctl weirctl
fi
)";

constexpr std::string_view kFish =
    R"(# fish completion for weirctl; made by 'weirctl completion fish'
function __weirctl_complete
  set -l before (commandline -opc)
  set -l current (commandline -ct)
  for line in ($before[1] complete -- $before[2..-1] "$current" 2>/dev/null)
    if string match -q ':files*' -- $line
      __fish_complete_path "$current"
    else
      echo $line
    end
  end
end
complete -c weirctl -f -a '(__weirctl_complete)'
)";

void add_names(std::vector<Candidate>& names, const Json& list, const char* word,
               const char* help) {
  for (const Json& item : list) {
    names.push_back(
        {safe(item.at(word).get<std::string>()), safe(item.at(help).get<std::string>())});
  }
}

}  // namespace

std::vector<Candidate> names_from(Kind kind, const std::string& socket) {
  const auto ask_for = [&socket](const char* request) {
    const auto reply = ask(socket, request, kPatience);
    return reply ? Json::parse(reply.value(), nullptr, false) : Json();
  };
  std::vector<Candidate> names;
  try {
    if (kind == Kind::port) {
      add_names(names, ask_for(R"({"cmd":"ports"})").at("ports"), "name", "driver");
    } else if (kind == Kind::service) {
      add_names(names, ask_for(R"({"cmd":"services"})").at("services"), "name", "handler");
    } else if (kind == Kind::reason) {
      add_names(names, ask_for(R"({"cmd":"drops","args":{"all":true}})").at("drops"), "reason",
                "what");
    }
  } catch (const Json::exception&) {
    names.clear();
  }
  return names;
}

int run_completion(Session& session) {
  const std::string& shell = session.invocation.operands[0];
  session.out << (shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
  return kDone;
}

int run_complete(Session& session) {
  const auto suggestions =
      suggest(session.invocation.operands, [&session](Kind kind, const std::string& socket) {
        return names_from(kind, socket.empty() ? session.socket() : socket);
      });
  for (const Candidate& candidate : suggestions.words) {
    session.out << candidate.word << '\t' << candidate.help << '\n';
  }
  if (suggestions.files) session.out << ":files\t\n";
  return kDone;
}

}  // namespace weir::ctl
