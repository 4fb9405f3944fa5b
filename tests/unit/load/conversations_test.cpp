// Conversations against a peer that is played: right answers count, and each wrong byte is seen.
#include <gtest/gtest.h>

#include "load/conversation.hpp"
#include "service/discard.hpp"
#include "unit/service/fake_connection.hpp"

namespace weir::load {
namespace {

using test::FakeConnection;

struct Talk {
  explicit Talk(Mode mode, std::uint32_t size = 100, std::uint32_t answer = 10) {
    LoadPlan plan;
    plan.mode = mode;
    plan.size = size;
    plan.answer = answer;
    plan.host = "h";
    conversation = make_conversation(plan);
  }
  std::string ask() {
    EXPECT_GT(conversation->ask(connection, progress), 0U);
    return connection.reads();
  }
  Heard hear(std::string_view text) {
    const std::vector<std::uint8_t> bytes(text.begin(), text.end());
    return conversation->hear(progress, bytes);
  }
  DiscardService nobody;
  FakeConnection connection{nobody};
  std::unique_ptr<Conversation> conversation;
  Progress progress;
};

TEST(EchoConversation, CountsWhatComesBackInWhateverPieces) {
  Talk talk(Mode::echo);
  talk.progress.begin(12345);
  std::string all;
  for (int i = 0; i < 30; ++i) all += talk.ask();
  ASSERT_EQ(all.size(), 3000U);
  std::uint32_t answers = 0;
  for (std::size_t at = 0, n = 1; at < all.size(); at += n, n = n * 2 % 997) {
    const Heard heard = talk.hear(all.substr(at, n));
    ASSERT_FALSE(heard.wrong);
    answers += heard.answers;
  }
  EXPECT_EQ(answers, 30U);
  EXPECT_TRUE(talk.hear("x").wrong);  // more than was asked
}

TEST(EchoConversation, SeesEveryWrongByte) {
  for (std::size_t bad = 0; bad < 100; ++bad) {
    Talk talk(Mode::echo);
    std::string text = talk.ask();
    text[bad] = static_cast<char>(text[bad] ^ 1);
    EXPECT_TRUE(talk.hear(text).wrong) << bad;
  }
}

TEST(EchoConversation, SaysSomethingElseOnEachConnection) {
  Talk talk(Mode::echo);
  talk.progress.begin(1);
  const std::string one = talk.ask();
  talk.progress.begin(104'730);
  EXPECT_NE(talk.ask(), one);
  EXPECT_TRUE(talk.hear(one).wrong);  // another connection's answer
}

TEST(EchoConversation, GoesOnBehindTheEndOfItsPattern) {
  Talk talk(Mode::echo, 65536);
  for (int i = 0; i < 40; ++i) {
    const Heard heard = talk.hear(talk.ask());
    ASSERT_FALSE(heard.wrong) << i;
    ASSERT_EQ(heard.answers, 1U);
  }
}

TEST(RespondConversation, ComparesWithTheFirstAnswer) {
  Talk talk(Mode::respond, 5, 4);
  EXPECT_FALSE(talk.conversation->is_ready());
  EXPECT_EQ(talk.ask().size(), 5U);
  EXPECT_EQ(talk.hear("ab").answers, 0U);
  EXPECT_FALSE(talk.conversation->is_ready());
  EXPECT_EQ(talk.hear("cd").answers, 1U);
  EXPECT_TRUE(talk.conversation->is_ready());
  (void)talk.ask();
  (void)talk.ask();
  EXPECT_EQ(talk.hear("abcdabcd").answers, 2U);
  (void)talk.ask();
  EXPECT_TRUE(talk.hear("abcx").wrong);
  Talk greedy(Mode::respond, 5, 4);
  EXPECT_TRUE(greedy.hear("a").wrong);  // nobody asked
}

constexpr std::string_view kAnswer =
    "HTTP/1.1 200 OK\r\nDate: now\r\nCONTENT-Length:  5\r\n\r\nhello";

TEST(HttpConversation, ReadsAnswersInWhateverPieces) {
  Talk talk(Mode::http);
  EXPECT_EQ(talk.ask(), "GET / HTTP/1.1\r\nHost: h\r\nUser-Agent: weir-load\r\n\r\n");
  EXPECT_FALSE(talk.conversation->is_ready());
  std::uint32_t answers = 0;
  for (const char c : kAnswer) answers += talk.hear({&c, 1}).answers;
  EXPECT_EQ(answers, 1U);
  EXPECT_TRUE(talk.conversation->is_ready());
  for (std::size_t cut = 1; cut < 2 * kAnswer.size(); ++cut) {
    (void)talk.ask(), (void)talk.ask();
    const std::string two = std::string(kAnswer) + std::string(kAnswer);
    const Heard one = talk.hear(two.substr(0, cut)), other = talk.hear(two.substr(cut));
    ASSERT_FALSE(one.wrong || other.wrong) << cut;
    ASSERT_EQ(one.answers + other.answers, 2U) << cut;
  }
}

TEST(HttpConversation, SeesWhatIsWrong) {
  for (const char* wrong :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhellO",
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhell", "HTTP/1.1 200 OK\r\n\r\nhello",
        "HTTP/1.1 x\r\nContent-Length: 5\r\n\r\n", "ICY 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello"}) {
    Talk talk(Mode::http);
    (void)talk.ask();
    ASSERT_EQ(talk.hear(kAnswer).answers, 1U);
    (void)talk.ask();
    EXPECT_TRUE(talk.hear(wrong).wrong) << wrong;
  }
  Talk unasked(Mode::http);
  EXPECT_TRUE(unasked.hear(kAnswer).wrong);
  Talk endless(Mode::http);
  (void)endless.ask();
  EXPECT_TRUE(endless.hear(std::string(65 * 1024, 'x')).wrong);
}

TEST(HttpConversation, KnowsWhenTheServerWillClose) {
  const std::pair<const char*, bool> heads[] = {
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", false},
      {"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n", false},
      {"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", true},
      {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", false}};
  for (const auto& [head, closes] : heads) {
    Talk talk(Mode::http);
    (void)talk.ask();
    EXPECT_EQ(talk.hear(head).answers, 1U) << head;
    EXPECT_EQ(talk.progress.over, closes) << head;
  }
}

TEST(HttpConversation, CountsOtherStatusesWithoutTakingThemForTheReference) {
  Talk talk(Mode::http);
  (void)talk.ask();
  Heard heard = talk.hear("HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
  EXPECT_EQ(heard.answers, 1U);
  EXPECT_EQ(heard.bad_status, 1U);
  EXPECT_FALSE(talk.conversation->is_ready());
  (void)talk.ask();
  EXPECT_EQ(talk.hear(kAnswer).bad_status, 0U);
  (void)talk.ask();
  EXPECT_FALSE(talk.hear("HTTP/1.1 304 Not Modified\r\nContent-Length: 0\r\n\r\n").wrong);
}

TEST(DownloadConversation, VerifiesThePatternOfRfc864) {
  Talk talk(Mode::download);
  std::string lines;
  for (int line = 0; line < 200; ++line) {
    for (int i = 0; i < 72; ++i) lines += static_cast<char>(' ' + (line + i) % 95);
    lines += "\r\n";
  }
  EXPECT_FALSE(talk.hear(lines.substr(0, 1000)).wrong);
  EXPECT_FALSE(talk.hear(lines.substr(1000)).wrong);
  EXPECT_TRUE(talk.hear("x").wrong);
}

TEST(UploadConversation, SendsPiecesAndExpectsNothing) {
  Talk talk(Mode::upload);
  EXPECT_EQ(talk.ask().size(), 65536U);
  EXPECT_TRUE(talk.hear("x").wrong);
}

}  // namespace
}  // namespace weir::load
