// The form of the file: what is a section, a key, a value, a comment, and what is none of them.
#include "control/ini_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/did_you_mean.hpp"

namespace weir {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> told(const IniText& ini) {
  std::vector<std::string> out;
  for (const IniEntry& e : ini.entries) {
    out.push_back(std::to_string(e.origin.line) + " " + header_text(e.section, e.name) + " " +
                  e.key + "=" + e.value);
  }
  return out;
}

std::string only_problem(std::string_view text) {
  const IniText ini = read_ini(text, "weir.conf");
  EXPECT_THAT(ini.problems, SizeIs(1)) << text;
  return ini.problems.empty() ? "" : to_string(ini.problems.front());
}

TEST(IniReader, TellsSectionNameKeyValueAndLine) {
  const IniText ini = read_ini("[service web]\nroot = /srv/www\n\n[tcp]\nmsl=30s", "weir.conf");
  EXPECT_THAT(ini.problems, IsEmpty());
  EXPECT_THAT(told(ini), ElementsAre("1 [service web] =", "2 [service web] root=/srv/www",
                                     "4 [tcp] =", "5 [tcp] msl=30s"));
}

TEST(IniReader, KeepsAHashInsideAWordAndCutsOneBehindABlank) {
  const IniText ini = read_ini("[service w]\nroot = a#b # c\nroot = a;b\t# c\n", "f");
  EXPECT_THAT(told(ini),
              ElementsAre("1 [service w] =", "2 [service w] root=a#b", "3 [service w] root=a;b"));
}

TEST(IniReader, TakesHashAndSemicolonAtTheStartForComments) {
  const IniText ini = read_ini("; one\n# two\n  ; three\n[tcp] # four\n#msl = 1s\n", "f");
  EXPECT_THAT(ini.problems, IsEmpty());
  EXPECT_THAT(told(ini), ElementsAre("4 [tcp] ="));
}

TEST(IniReader, AcceptsCrLfAndAByteOrderMark) {
  const IniText ini = read_ini("\xEF\xBB\xBF[tcp]\r\nmsl = 1s\r\n", "f");
  EXPECT_THAT(ini.problems, IsEmpty());
  EXPECT_THAT(told(ini), ElementsAre("1 [tcp] =", "2 [tcp] msl=1s"));
}

TEST(IniReader, KeepsQuotesAndFurtherEqualsSigns) {
  const IniText ini = read_ini("[service w]\nroot = \"x y\"=z\n", "f");
  EXPECT_THAT(told(ini), ElementsAre("1 [service w] =", "2 [service w] root=\"x y\"=z"));
}

TEST(IniReader, RefusesAHeaderThatDoesNotClose) {
  EXPECT_EQ(
      only_problem("\n[service web\n"),
      "weir.conf:2: error: section header '[service web' has no closing ']'; accepted: [service "
      "web]");
  EXPECT_THAT(only_problem("[tcp] msl = 1s"), HasSubstr("text follows the section header's ']'"));
}

TEST(IniReader, LeavesOutTheKeysBelowABadHeader) {
  const IniText ini = read_ini("[tcp]\n[servcie web]\nlisten = :80\n[ip]\nttl = 3", "f");
  EXPECT_THAT(ini.problems, SizeIs(1));
  EXPECT_THAT(told(ini), ElementsAre("1 [tcp] =", "4 [ip] =", "5 [ip] ttl=3"));
}

TEST(IniReader, NamesTheSectionsWhenOneIsUnknown) {
  EXPECT_THAT(
      only_problem("[servcie web]"),
      HasSubstr("unknown section [servcie], did you mean 'service'?; accepted: [port NAME]"));
}

TEST(IniReader, WantsNamesWhereTheyBelong) {
  EXPECT_THAT(only_problem("[service]"), HasSubstr("[service] has no name"));
  EXPECT_THAT(only_problem("[tcp fast]"), HasSubstr("[tcp] takes no name"));
  EXPECT_THAT(only_problem("[port WAN]"),
              HasSubstr("has the name 'WAN'; accepted: at most 32 of a-z"));
  EXPECT_THAT(only_problem("[port a b]"), HasSubstr("has the name 'a b'"));
  EXPECT_THAT(only_problem("[port " + std::string(33, 'a') + "]"), HasSubstr("at most 32"));
}

TEST(IniReader, RefusesLinesThatAreNothing) {
  EXPECT_EQ(
      only_problem("[tcp]\nmsl 30s"),
      "weir.conf:2: error: 'msl 30s' has no '='; accepted: KEY = VALUE, [SECTION] or # comment");
  EXPECT_THAT(only_problem("[tcp]\n= 30s"), HasSubstr("no key stands before the '='"));
  EXPECT_THAT(only_problem("msl = 30s"), HasSubstr("'msl' stands before the first section"));
  EXPECT_THAT(only_problem("[tcp]\nmsl = 3\x01s"), HasSubstr("the control byte 0x01"));
  EXPECT_THAT(only_problem("[tcp]\nmsl =#30s"), HasSubstr("a word that starts with '#'"));
  EXPECT_THAT(only_problem("[tcp]\nmsl =\xC2\xA0"
                           "30s"),
              HasSubstr("a no-break space (U+00A0)"));
}

TEST(IniReader, ShowsNoHalfCharacter) {
  const std::string e = "\xC3\xA9";
  std::string many;
  while (many.size() < 200) many += e;
  EXPECT_EQ(printable("x" + many), "x" + many.substr(0, 78) + "…");
  EXPECT_EQ(printable(many), many.substr(0, 80) + "…");
  EXPECT_EQ(printable("a\x01" + e), "a?" + e);
}

TEST(IniReader, SuggestsOnlyWhatIsTwoEditsAway) {
  const std::vector<std::string_view> keys = {"listen", "root", "r2"};
  EXPECT_EQ(did_you_mean("lisen", keys), ", did you mean 'listen'?");
  EXPECT_EQ(did_you_mean("Listens", keys), ", did you mean 'listen'?");
  EXPECT_EQ(did_you_mean("listener5", keys), "");
  EXPECT_EQ(did_you_mean("xy", keys), "");
}

}  // namespace
}  // namespace weir
