// What may stand next, and bash asking for it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ctl/suggest.hpp"
#include "fake_daemon.hpp"
#include "support/run_program.hpp"

namespace weir::ctl {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using testing::UnorderedElementsAre;

std::vector<Candidate> fixed_names(Kind kind, const std::string& socket) {
  if (kind == Kind::port) return {{"wan", "ice"}, {"lan", "ice"}};
  if (kind == Kind::service) return {{"web", "http"}, {"on" + socket, ""}};
  return {{"ip_bad_checksum", ""}};
}

std::vector<std::string> words_after(const std::vector<std::string>& words) {
  std::vector<std::string> texts;
  for (const Candidate& c : suggest(words, fixed_names).words) texts.push_back(c.word);
  return texts;
}

TEST(Suggest, CompletesCommandsVerbsAndOptions) {
  EXPECT_THAT(words_after({"flo"}), ElementsAre("flows"));
  EXPECT_THAT(words_after({""}), Contains("status"));
  EXPECT_THAT(words_after({""}), Not(Contains("complete"))) << "it is hidden";
  EXPECT_THAT(words_after({"flows", "--so"}), UnorderedElementsAre("--sort", "--socket"));
  EXPECT_THAT(words_after({"status", "--so"}), ElementsAre("--socket"));
  EXPECT_THAT(words_after({"-j", "wor"}), ElementsAre("workers"));
}

TEST(Suggest, CompletesValues) {
  EXPECT_THAT(words_after({"flows", "--sort", ""}), ElementsAre("bytes", "rtt", "age"));
  EXPECT_THAT(words_after({"flows", "--sort", "=", "b"}), ElementsAre("bytes")) << "as bash cuts";
  EXPECT_THAT(words_after({"flows", "--sort", "="}), ElementsAre("bytes", "rtt", "age"));
  EXPECT_THAT(words_after({"--color", "a"}), ElementsAre("auto", "always"));
  EXPECT_THAT(words_after({"stats", "t"}), ElementsAre("tcp"));
  EXPECT_THAT(words_after({"completion", ""}), ElementsAre("bash", "zsh", "fish"));
  EXPECT_TRUE(suggest({"-S", ""}, fixed_names).files);
  EXPECT_EQ(suggest({"flows", "-l", ""}, fixed_names).hint, "N");
}

TEST(Suggest, CompletesNamesThatTheDaemonKnows) {
  EXPECT_THAT(words_after({"ports", ""}), ElementsAre("wan", "lan"));
  EXPECT_THAT(words_after({"ports", "show", "w"}), ElementsAre("wan"));
  EXPECT_THAT(words_after({"ports", "wan", ""}), IsEmpty());
  EXPECT_THAT(words_after({"drops", "--explain", ""}), ElementsAre("ip_bad_checksum"));
  EXPECT_THAT(words_after({"-S", "/s", "services", "o"}), ElementsAre("on/s"));
  EXPECT_THAT(words_after({"--socket=/s", "services", "o"}), ElementsAre("on/s"));
}

TEST(Suggest, CompletesFiltersAndCommandsWithin) {
  EXPECT_THAT(words_after({"flows", "state", "fin"}), ElementsAre("fin-wait-1", "fin-wait-2"));
  EXPECT_THAT(words_after({"flows", "not", "service", "w"}), ElementsAre("web"));
  EXPECT_THAT(words_after({"flows", "tcp", "sp"}), ElementsAre("sport"));
  EXPECT_THAT(words_after({"watch", "flows", "--sort", "r"}), ElementsAre("rtt"));
  EXPECT_THAT(words_after({"help", "flo"}), ElementsAre("flows"));
}

// As the shell calls it; `words` is COMP_WORDS without the program.
std::vector<std::string> bash_completes(const std::string& socket, const std::string& words) {
  const std::string program = WEIRCTL_PROGRAM;
  const ProgramOutcome outcome = run_program(
      "WEIR_SOCKET=" + socket + " bash -c 'set -e; source <(" + program +
      " completion bash); COMP_WORDS=(" + program + " " + words +
      "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); complete -p weirctl >/dev/null; _weirctl " +
      program + "; printf \"%s\\n\" \"${COMPREPLY[@]}\"'");
  EXPECT_EQ(outcome.code, 0) << words;
  std::vector<std::string> lines;
  for (std::size_t at = 0, end; (end = outcome.out.find('\n', at)) != std::string::npos;) {
    lines.push_back(outcome.out.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

TEST(BashCompletion, OffersWordsOfTheTableAndNamesOfTheDaemon) {
  FakeDaemon daemon;
  EXPECT_THAT(bash_completes(daemon.path(), "flo"), ElementsAre("flows"));
  EXPECT_THAT(bash_completes(daemon.path(), "flows --sort \"\""),
              ElementsAre("bytes", "rtt", "age"));
  EXPECT_THAT(bash_completes(daemon.path(), "ports \"\""), ElementsAre("p0"));
  EXPECT_THAT(bash_completes(daemon.path(), "services \"\""), ElementsAre("web", "echo"));
  EXPECT_THAT(bash_completes(daemon.path(), "drops --explain ip_bad_check"),
              ElementsAre("ip_bad_checksum"));
  EXPECT_THAT(bash_completes(daemon.path(), "-S /dev/nul"), ElementsAre("/dev/null"));
}

TEST(BashCompletion, IsSilentWithoutADaemon) {
  EXPECT_THAT(bash_completes("/nonexistent", "ports \"\""), ElementsAre(""));
}

}  // namespace
}  // namespace weir::ctl
