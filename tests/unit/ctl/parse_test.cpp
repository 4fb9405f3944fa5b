// Command lines of weirctl.
#include "ctl/parse.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::ctl {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;

Invocation good(const std::vector<std::string>& arguments) {
  auto parsed = parse(arguments);
  EXPECT_TRUE(parsed.ok()) << (parsed.ok() ? "" : parsed.error().message);
  return parsed.ok() ? parsed.value() : Invocation{};
}

ParseError bad(const std::vector<std::string>& arguments) {
  const auto parsed = parse(arguments);
  EXPECT_FALSE(parsed.ok());
  return parsed.ok() ? ParseError{} : parsed.error();
}

TEST(CtlParse, TakesOptionsAnywhere) {
  const Invocation line = good({"-j", "flows", "state", "-l5", "estab", "--sort=rtt", "-in"});
  EXPECT_EQ(line.command->name, "flows");
  EXPECT_THAT(line.operands, ElementsAre("state", "estab"));
  EXPECT_TRUE(line.has("json") && line.has("info") && line.has("numeric"));
  EXPECT_EQ(line.number("limit", 0), 5u);
  EXPECT_EQ(line.get("sort", ""), "rtt");
}

TEST(CtlParse, TakesWordsOnlyBehindTwoDashes) {
  EXPECT_THAT(good({"flows", "--", "-i"}).operands, ElementsAre("-i"));
}

TEST(CtlParse, LeavesOutShow) {
  EXPECT_THAT(good({"ports", "show", "wan"}).operands, ElementsAre("wan"));
  EXPECT_THAT(good({"ports", "show", "show"}).operands, ElementsAre("show"));
  EXPECT_EQ(good({"config", "show"}).command->name, "config");
}

TEST(CtlParse, MeansStatusByNothing) {
  EXPECT_EQ(good({}).command->name, "status");
  EXPECT_TRUE(good({"-h"}).bare);
  EXPECT_FALSE(good({"status", "-h"}).bare);
}

TEST(CtlParse, LeavesTheOptionsOfAWatchedCommandToIt) {
  const Invocation line = good({"watch", "-c", "2", "flows", "-i", "--sort", "rtt"});
  EXPECT_THAT(line.operands, ElementsAre("flows", "-i", "--sort", "rtt"));
  EXPECT_FALSE(line.has("info"));
}

TEST(CtlParse, NamesThePlaceTheChoicesAndWhatWasMeant) {
  const ParseError command = bad({"-j", "flwos"});
  EXPECT_EQ(command.word, 1u);
  EXPECT_EQ(command.message, "unknown command 'flwos', did you mean 'flows'?");
  EXPECT_THAT(command.accepted, Contains("workers"));
  const ParseError option = bad({"flows", "--limt", "3"});
  EXPECT_EQ(option.word, 1u);
  EXPECT_EQ(option.message, "unknown option --limt of flows, did you mean '--limit'?");
  EXPECT_THAT(option.accepted, Contains("--sort"));
  const ParseError choice = bad({"flows", "--sort", "bites"});
  EXPECT_EQ(choice.word, 2u);
  EXPECT_THAT(choice.message, HasSubstr("did you mean 'bytes'?"));
  EXPECT_THAT(choice.accepted, ElementsAre("bytes", "rtt", "age"));
  EXPECT_THAT(bad({"stats", "tpc"}).message, HasSubstr("did you mean 'tcp'?"));
}

TEST(CtlParse, RefusesValuesThatAreNone) {
  for (const char* text : {"", "x", "-1", "1.5", "99999999999999999999", "5 "}) {
    EXPECT_FALSE(parse({"flows", "--limit", text}).ok()) << text;
  }
  for (const char* text : {"", "0", "-1", "nan", "inf", "1e9", "1d", "s", "1ss"}) {
    EXPECT_FALSE(parse({"status", "--timeout", text}).ok()) << text;
  }
  EXPECT_EQ(good({"-W", "0.5"}).seconds("watch", 0), 0.5);
  EXPECT_EQ(good({"-W", "30s"}).seconds("watch", 0), 30);
  EXPECT_EQ(good({"-W", "2m"}).seconds("watch", 0), 120);
}

TEST(CtlParse, RefusesTooManyAndTooFewWords) {
  EXPECT_EQ(bad({"ports", "a", "b"}).word, 2u);
  EXPECT_EQ(bad({"workers", "x"}).word, 1u);
  EXPECT_EQ(bad({"watch"}).word, 1u);
  EXPECT_THAT(bad({"completion"}).accepted, ElementsAre("bash", "zsh", "fish"));
  EXPECT_TRUE(parse({"watch", "--help"}).ok()) << "help needs no word";
}

TEST(CtlTable, IsSound) {
  for (const Command& command : commands()) {
    EXPECT_NE(command.run, nullptr) << command.name;
    EXPECT_FALSE(command.help.empty()) << command.name;
    EXPECT_TRUE(command.example.starts_with("weirctl ") || command.name == "completion")
        << command.name;
    EXPECT_TRUE(command.verb().empty() || command_named(command.noun()) != nullptr)
        << command.name << " is a verb of nothing";
    EXPECT_EQ(std::ranges::count(commands(), command.name, &Command::name), 1) << command.name;
    for (const Option& option : command.options) {
      EXPECT_EQ(option_named(nullptr, option.name), nullptr)
          << command.name << " --" << option.name << " is an option of all";
      // top has its letters from top(1).
      EXPECT_TRUE(option.letter == 0 || option_lettered(nullptr, option.letter) == nullptr ||
                  command.name == "top")
          << command.name << " -" << option.letter << " is an option of all";
      EXPECT_EQ(option.value.kind == Kind::choice, !option.value.choices.empty());
      EXPECT_EQ(option.value.kind == Kind::flag, option.value.name.empty());
    }
    EXPECT_EQ(command.words.count == Count::none, command.words.value.name.empty());
  }
}

TEST(CtlTable, HasExamplesThatAreUnderstood) {
  for (const Command& command : commands()) {
    if (!command.example.starts_with("weirctl ") || command.hidden) continue;
    std::vector<std::string> words;
    for (const std::string_view word : split(command.example)) words.emplace_back(word);
    words.erase(words.begin());
    const auto parsed = parse(words);
    ASSERT_TRUE(parsed.ok()) << command.example << ": " << parsed.error().message;
    EXPECT_EQ(parsed.value().command->noun(), command.noun()) << command.example;
  }
}

}  // namespace
}  // namespace weir::ctl
