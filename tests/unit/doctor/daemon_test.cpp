// The doctor's questions over a real socket, behind which somebody answers what the test wants.
#include "doctor/daemon.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <thread>

namespace weir::doctor::test {
namespace {

/// Answers one request with that text, and keeps the connection until the client ends it.
class OneAnswer {
 public:
  explicit OneAnswer(std::string text) : text_(std::move(text)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path_.copy(address.sun_path, path_.size());
    std::filesystem::remove(path_);
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(listen(fd_, 1), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() {
    shutdown(fd_, SHUT_RDWR);  // should nobody have asked
    thread_.join();
    close(fd_);
    std::filesystem::remove(path_);
  }
  OneAnswer(const OneAnswer&) = delete;
  OneAnswer& operator=(const OneAnswer&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  void serve() const {
    const int client = accept(fd_, nullptr, nullptr);
    std::array<char, 4096> bytes;
    if (recv(client, bytes.data(), bytes.size(), 0) > 0) {
      (void)send(client, text_.data(), text_.size(), MSG_NOSIGNAL);
      while (recv(client, bytes.data(), bytes.size(), 0) > 0) continue;
    }
    close(client);
  }

  std::string text_;
  std::string path_ =
      std::filesystem::temp_directory_path() / ("weir-doctor-" + std::to_string(getpid()));
  int fd_ = socket(AF_UNIX, SOCK_STREAM, 0);
  std::thread thread_;
};

TEST(RealDaemon, ARefusedStreamIsOverWithItsFirstLine) {
  const OneAnswer weir(R"({"schema":"weir.error.v1","error":{"message":"not now"}})"
                       "\n");
  const auto answer = daemon_at(weir.path())->ask("arping", Json::object(), Daemon::Until::end);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().message, "not now");
}

TEST(RealDaemon, OneLineIsEnoughWhereOneIsWanted) {
  const OneAnswer weir("{\"pid\":7}\n");
  const auto answer =
      daemon_at(weir.path())->ask("version", Json::object(), Daemon::Until::first_line);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer.value().at(0).at("pid"), 7);
}

}  // namespace
}  // namespace weir::doctor::test
