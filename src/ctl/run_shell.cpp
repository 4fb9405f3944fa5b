// weirctl shell: lines at a prompt, edited by libedit.
#include <fmt/format.h>
#include <histedit.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iostream>
#include <memory>

#include "ctl/session.hpp"
#include "ctl/suggest.hpp"

namespace weir::ctl {
namespace {

constexpr int kHistoryLines = 1000;

struct Words {
  std::vector<std::string> words;
  bool complete = true;  ///< no quote is open
};

// As sh(1) cuts a line: blanks, quotes, backslashes.
Words words_of(const std::string& line) {
  const std::unique_ptr<Tokenizer, decltype(&tok_end)> tokenizer(tok_init(nullptr), tok_end);
  int count = 0;
  const char** words = nullptr;
  const int open = tok_str(tokenizer.get(), line.c_str(), &count, &words);
  Words result{{}, open == 0};
  for (int i = 0; i < count; ++i) result.words.emplace_back(words[i]);
  return result;
}

/// Ctrl-C waits until the command does (mask_for_waiting), however busy it is.
class HeldInterrupt {
 public:
  HeldInterrupt() {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, &before_);
  }
  ~HeldInterrupt() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
  HeldInterrupt(const HeldInterrupt&) = delete;
  HeldInterrupt& operator=(const HeldInterrupt&) = delete;

 private:
  sigset_t before_{};
};

class Shell {
 public:
  explicit Shell(Session& session) : session_(session) {}

  /// Returns the code of the last line, or kDone when somebody sits there.
  int run() { return isatty(STDIN_FILENO) == 1 ? talk() : read_script(); }

 private:
  enum class Next { go_on, leave };

  int read_script() {
    for (std::string line; std::getline(std::cin, line);) {
      if (execute(line) == Next::leave) break;
    }
    return code_;
  }

  // Options of weirctl itself hold for every line.
  Next execute(const std::string& line) {
    const Words cut = words_of(line);
    if (!cut.complete) {
      session_.err << "weirctl: a quote is not closed\n";
      return Next::go_on;
    }
    const auto& words = cut.words;
    if (words.empty() || words[0].starts_with('#')) return Next::go_on;
    if (words[0] == "exit" || words[0] == "quit") return Next::leave;
    auto parsed = parse(words);
    if (!parsed) {
      code_ = ctl::run(words, session_.surroundings, session_.out, session_.err);  // complains
    } else if (parsed.value().command->name == "shell") {
      session_.err << "weirctl: this is the shell\n";
    } else {
      for (const auto& [name, value] : session_.invocation.options) {
        parsed.value().options.try_emplace(name, value);
      }
      code_ = ctl::run(parsed.value(), session_.surroundings, session_.out, session_.err);
    }
    session_.out.flush();
    return Next::go_on;
  }

  int talk();
  void set_up(EditLine* editor, History* history);
  [[nodiscard]] Suggestions suggestions(EditLine* editor, bool with_options) const;
  [[nodiscard]] std::string begun_word(EditLine* editor) const;
  unsigned char complete(EditLine* editor);
  unsigned char show_what_may_follow(EditLine* editor, bool with_options);

  static Shell& of(EditLine* editor) {
    void* self = nullptr;
    el_get(editor, EL_CLIENTDATA, &self);
    return *static_cast<Shell*>(self);
  }
  static unsigned char on_tab(EditLine* editor, int) { return of(editor).complete(editor); }
  static unsigned char on_question(EditLine* editor, int) {
    return of(editor).show_what_may_follow(editor, true);
  }
  static char* prompt(EditLine*) {
    static char text[] = "weir> ";
    return text;
  }

  Session& session_;
  int code_ = kDone;
};

std::string before_cursor(EditLine* editor) {
  const LineInfo* line = el_line(editor);
  return {line->buffer, line->cursor};
}

std::string Shell::begun_word(EditLine* editor) const {
  const std::string line = before_cursor(editor);
  const std::size_t blank = line.find_last_of(" \t");
  return blank == std::string::npos ? line : line.substr(blank + 1);
}

Suggestions Shell::suggestions(EditLine* editor, bool with_options) const {
  const std::string line = before_cursor(editor);
  std::vector<std::string> words;
  for (const std::string_view word : split(line)) words.emplace_back(word);
  const std::string begun = begun_word(editor);
  if (begun.empty()) words.emplace_back();
  return suggest(
      words,
      [this](Kind kind, const std::string& socket) {
        return names_from(kind, socket.empty() ? session_.socket() : socket);
      },
      with_options);
}

std::string common_beginning(const std::vector<Candidate>& words) {
  std::string common = words.front().word;
  for (const Candidate& candidate : words) {
    const auto [end, ignored] = std::ranges::mismatch(common, candidate.word);
    common.erase(end, common.end());
  }
  return common;
}

unsigned char Shell::complete(EditLine* editor) {
  const Suggestions found = suggestions(editor, false);
  if (found.words.empty()) return CC_REFRESH_BEEP;
  const std::string begun = begun_word(editor);
  std::string more = common_beginning(found.words).substr(begun.size());
  if (found.words.size() == 1) more += ' ';
  if (more.empty()) return show_what_may_follow(editor, false);
  return el_insertstr(editor, more.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
}

unsigned char Shell::show_what_may_follow(EditLine* editor, bool with_options) {
  const Suggestions found = suggestions(editor, with_options);
  session_.out << '\n';
  for (const Candidate& candidate : found.words) {
    session_.out << fmt::format("  {:<20} {}\n", candidate.word, candidate.help);
  }
  if (!found.hint.empty()) session_.out << "  " << found.hint << '\n';
  if (found.words.empty() && found.hint.empty()) session_.out << "  nothing more: Enter\n";
  session_.out.flush();
  return CC_REDISPLAY;
}

void Shell::set_up(EditLine* editor, History* history) {
  el_set(editor, EL_CLIENTDATA, this);
  el_set(editor, EL_PROMPT, &Shell::prompt);
  el_set(editor, EL_EDITOR, "emacs");
  el_set(editor, EL_HIST, &::history, history);
  el_set(editor, EL_ADDFN, "weir-complete", "Complete a word", &Shell::on_tab);
  el_set(editor, EL_ADDFN, "weir-what", "What may follow", &Shell::on_question);
  el_set(editor, EL_BIND, "\t", "weir-complete", nullptr);
  el_set(editor, EL_BIND, "?", "weir-what", nullptr);
  el_set(editor, EL_BIND, "^R", "em-inc-search-prev", nullptr);
  // Ctrl-C empties the line; while a command runs it is a signal, as ever.
  el_set(editor, EL_SETTY, "-d", "-isig", nullptr);
  el_set(editor, EL_BIND, "^C", "em-kill-line", nullptr);
  el_source(editor, nullptr);  // ~/.editrc
}

int Shell::talk() {
  const std::unique_ptr<EditLine, decltype(&el_end)> editor(
      el_init("weirctl", stdin, stdout, stderr), el_end);
  const std::unique_ptr<History, decltype(&history_end)> past(history_init(), history_end);
  HistEvent event{};
  history(past.get(), &event, H_SETSIZE, kHistoryLines);
  history(past.get(), &event, H_SETUNIQUE, 1);
  const std::string& directory = session_.surroundings.state_directory;
  const std::string file = directory + "/history";
  std::error_code error;
  if (!directory.empty()) std::filesystem::create_directories(directory, error);
  history(past.get(), &event, H_LOAD, file.c_str());
  set_up(editor.get(), past.get());
  // Ctrl-C ends a command that goes on for long, not the shell.
  struct sigaction quiet {};
  quiet.sa_handler = [](int) {};
  sigaction(SIGINT, &quiet, nullptr);

  int length = 0;
  while (const char* text = el_gets(editor.get(), &length)) {
    const std::string line(text, static_cast<std::size_t>(std::max(length, 0)));
    if (line.find_first_not_of(" \t\r\n") == std::string::npos) continue;
    history(past.get(), &event, H_ENTER, line.c_str());
    const HeldInterrupt held;
    if (execute(line) == Next::leave) break;
  }
  if (length <= 0) session_.out << '\n';
  if (!directory.empty()) history(past.get(), &event, H_SAVE, file.c_str());
  return kDone;
}

}  // namespace

int run_shell(Session& session) { return Shell(session).run(); }

}  // namespace weir::ctl
