// The control socket against polite and impolite clients.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "control/json.hpp"
#include "fake_daemon.hpp"

namespace weir {
namespace {

const std::string kVersion = R"({"v":1,"cmd":"version"})"
                             "\n";

std::string error_code(const std::string& line) {
  const Json json = Json::parse(line, nullptr, false);
  return json.is_object() && json.contains("error") ? json["error"]["code"].get<std::string>()
                                                    : "none in: " + line;
}

TEST(ControlServer, AnswersEachLineWithOneLine) {
  FakeDaemon daemon;
  RawClient client(daemon.path());
  client.say(kVersion + kVersion);
  for (int i = 0; i < 2; ++i) {
    const Json reply = Json::parse(client.hear());
    EXPECT_EQ(reply["schema"], "weir.version.v1");
    EXPECT_EQ(reply["version"], "0.1.0");
  }
}

TEST(ControlServer, AnswersWhoHasEndedItsOwnSide) {
  FakeDaemon daemon;
  RawClient client(daemon.path());
  client.say(R"({"v":1,"cmd":"version"})");  // printf without a newline, into socat
  client.end();
  EXPECT_NE(client.hear().find("weir.version.v1"), std::string::npos);
  EXPECT_EQ(client.hear(), "");
}

TEST(ControlServer, NamesWhatIsWrongWithARequest) {
  FakeDaemon daemon;
  RawClient client(daemon.path());
  const std::pair<const char*, const char*> cases[] = {
      {"garbage", "bad_request"},
      {"[]", "bad_request"},
      {"{}", "bad_request"},
      {"\xff\xfe{", "bad_request"},
      {R"({"cmd":7})", "bad_request"},
      {R"({"v":2,"cmd":"version"})", "unsupported_version"},
      {R"({"cmd":"dorps"})", "unknown_command"},
      {R"({"cmd":"version","args":[]})", "bad_argument"},
      {R"({"cmd":"version","args":{"x":1}})", "bad_argument"},
      {R"({"cmd":"flows","args":{"limit":-1}})", "bad_argument"},
      {R"({"cmd":"flows","args":{"limit":1e9}})", "bad_argument"},
      {R"({"cmd":"flows","args":{"filter":7}})", "bad_argument"},
      {R"({"cmd":"flows","args":{"filter":"nonsense"}})", "bad_argument"},
      {R"({"cmd":"flows","args":{"sort":"size"}})", "bad_argument"},
      {R"({"cmd":"drops","args":{"explain":"ip_nonsense"}})", "bad_argument"},
      {R"({"cmd":"ports","args":{"name":"p9"}})", "bad_argument"},
  };
  for (const auto& [line, code] : cases) {
    client.say(std::string(line) + "\n");
    EXPECT_EQ(error_code(client.hear()), code) << line;
  }
  client.say("\n\r\n" + kVersion);
  EXPECT_NE(client.hear().find("weir.version.v1"), std::string::npos);
}

TEST(ControlServer, SurvivesDeepNesting) {
  FakeDaemon daemon;
  RawClient client(daemon.path());
  client.say(std::string(60'000, '[') + "\n");
  EXPECT_EQ(error_code(client.hear()), "bad_request");
}

TEST(ControlServer, EndsALineThatNeverEnds) {
  FakeDaemon daemon;
  RawClient client(daemon.path());
  client.say(std::string(10 << 20, 'x'));
  EXPECT_EQ(error_code(client.hear()), "too_long");
  EXPECT_EQ(client.hear(), "");
  RawClient next(daemon.path());
  next.say(kVersion);
  EXPECT_NE(next.hear().find("weir.version.v1"), std::string::npos);
}

TEST(ControlServer, ServesAHundredClientsWhileOthersStall) {
  FakeDaemon daemon(20'000);
  std::vector<RawClient> stalled;
  for (int i = 0; i < 20; ++i) {
    stalled.emplace_back(daemon.path());
    // Half a request, or a large reply that nobody reads.
    stalled.back().say(i % 2 == 0 ? R"({"v":1,"cm)"
                                  : R"({"cmd":"flows","args":{"limit":20000}})"
                                    "\n");
  }
  std::vector<RawClient> clients;
  for (int i = 0; i < 100; ++i) clients.emplace_back(daemon.path());
  for (RawClient& client : clients) client.say(kVersion);
  for (RawClient& client : clients) {
    EXPECT_NE(client.hear().find("weir.version.v1"), std::string::npos);
  }
}

TEST(ControlServer, MakesRoomForTheNextClientAtTheExpenseOfTheLongestIdle) {
  FakeDaemon daemon;
  std::vector<RawClient> idle;
  for (std::size_t i = 0; i < ControlServer::kMaxClients + 10; ++i)
    idle.emplace_back(daemon.path());
  RawClient client(daemon.path());
  client.say(kVersion);
  EXPECT_NE(client.hear().find("weir.version.v1"), std::string::npos);
}

TEST(ControlServer, ClientsThatLeaveInTheMiddleHarmNobody) {
  FakeDaemon daemon(50'000);
  for (int i = 0; i < 50; ++i) {
    RawClient client(daemon.path());
    client.say(R"({"cmd":"flows","args":{"limit":50000}})"
               "\n");
  }
  RawClient client(daemon.path());
  client.say(kVersion);
  EXPECT_NE(client.hear().find("weir.version.v1"), std::string::npos);
}

TEST(ControlSocket, RefusesASecondDaemonAndNamesTheFirst) {
  TemporaryDirectory directory;
  const ControlConfig config{directory.path() + "/s", ""};
  const auto first = ControlSocket::open(config);
  ASSERT_TRUE(first.ok());
  const auto second = ControlSocket::open(config);
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().exit_code, 75);
  EXPECT_NE(second.error().message.find("already running (pid " + std::to_string(getpid())),
            std::string::npos)
      << second.error().message;
}

TEST(ControlSocket, TakesThePlaceOfADeadDaemonAndLeavesNothing) {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/s";
  {
    // What kill -9 leaves: a socket that nobody listens on, a lock file that nobody holds.
    const int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    close(fd);
    std::ofstream(path + ".lock") << "1\n";
  }
  {
    const auto socket = ControlSocket::open({path, ""});
    ASSERT_TRUE(socket.ok()) << socket.error().message;
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0660u);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path + ".lock"));
}

TEST(ControlSocket, PushesNobodyAside) {
  TemporaryDirectory directory;
  const std::string path = directory.path() + "/s";
  std::ofstream(path) << "a file\n";
  const auto socket = ControlSocket::open({path, ""});
  ASSERT_FALSE(socket.ok());
  EXPECT_EQ(socket.error().exit_code, 78);
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST(ControlSocket, SaysWhatIsWrongWithItsPath) {
  TemporaryDirectory directory;
  const auto missing = ControlSocket::open({directory.path() + "/no/s", ""});
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().exit_code, 78);
  const auto lengthy = ControlSocket::open({std::string(200, 'x'), ""});
  ASSERT_FALSE(lengthy.ok());
  EXPECT_EQ(lengthy.error().exit_code, 78);
}

class Watcher final : public ReplyStream {
 public:
  explicit Watcher(std::vector<Unread>& told) : told_(told) {}
  std::optional<std::string> more(bool) override { return std::exchange(piece_, ""); }
  void tick(Unread unread) override { told_.push_back(unread); }

 private:
  std::vector<Unread>& told_;
  std::string piece_ = "the last of it";
};

TEST(ControlClient, TellsAStreamWhetherTheClientHasReadAllOfIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
  const Descriptor reader(ends[1]);
  ControlClient client(Descriptor{ends[0]}, {});
  std::vector<Unread> told;
  client.stream(std::make_unique<Watcher>(told));
  EXPECT_TRUE(client.step_stream());
  client.tick_stream();
  client.send({});
  EXPECT_FALSE(client.wants_output()) << "the socket has it";
  client.tick_stream();
  std::array<char, 100> bytes;
  EXPECT_GT(read(reader.get(), bytes.data(), bytes.size()), 0);
  client.tick_stream();
  EXPECT_EQ(told, (std::vector{Unread::some, Unread::some, Unread::none}));
}

}  // namespace
}  // namespace weir
