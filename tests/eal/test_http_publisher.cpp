// Which files a reload reads, and when.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "frame/plain_memory.hpp"
#include "runtime/http_publisher.hpp"

namespace weir::test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class HttpPublisherTest : public ::testing::Test {
 protected:
  HttpPublisherTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "weir-files-XXXXXX").string();
    directory = ::mkdtemp(pattern.data());
    EXPECT_TRUE(publisher.load({}, {.memory = [this](std::size_t bytes) {
                                 read.push_back(bytes);
                                 return std::make_unique<PlainMemory>(bytes);
                               }}));
  }
  ~HttpPublisherTest() override { std::filesystem::remove_all(directory); }

  /// A service of files below a directory of its name, which has one file if it is there.
  ServiceConfig service(const std::string& name, bool there) const {
    ServiceConfig config;
    config.name = name;
    config.handler = Handler::http;
    config.root = directory / name;
    if (there) {
      std::filesystem::create_directory(config.root);
      std::ofstream(config.root + "/file.txt") << "text";
    }
    return config;
  }
  ServiceConfig there(const std::string& name) const { return service(name, true); }
  ServiceConfig gone(const std::string& name) const { return service(name, false); }

  std::filesystem::path directory;
  std::vector<std::size_t> read;  // room that was asked for, for all files of a service
  LongWork long_work;
  HttpPublisher publisher{long_work};
};

TEST_F(HttpPublisherTest, ReadsTheFilesOfEach) {
  const auto contents = publisher.read({there("a"), ServiceConfig{}, there("b")});
  ASSERT_TRUE(contents.ok());
  ASSERT_EQ(contents.value().size(), 3U);
  EXPECT_NE(contents.value()[0]->find("/file.txt"), nullptr);
  EXPECT_EQ(contents.value()[1], nullptr) << "an echo service has no files";
  EXPECT_NE(contents.value()[2]->find("/file.txt"), nullptr);
  EXPECT_THAT(read, ElementsAre(64, 64)) << "a cache line each";
}

TEST_F(HttpPublisherTest, ReadsNothingWhenARootIsGone) {
  const auto contents = publisher.read({there("a"), gone("b")});
  ASSERT_FALSE(contents.ok());
  EXPECT_THAT(contents.error().message, HasSubstr("[service b]"));
  EXPECT_THAT(read, IsEmpty());
}

TEST_F(HttpPublisherTest, TellsOnceWhatIsNotServed) {
  EXPECT_THAT(publisher.take_skipped(), IsEmpty());
  const ServiceConfig config = there("a");
  std::filesystem::create_symlink("nowhere", config.root + "/link");
  std::filesystem::create_symlink("nowhere", config.root + "/other");
  auto contents = publisher.read({config});
  ASSERT_TRUE(contents.ok());
  publisher.adopt(0, config, contents.value()[0]);
  EXPECT_THAT(publisher.take_skipped(),
              ElementsAre("[service a] does not serve link: a link out of the root, or not to a "
                          "file; nor 1 more"));
  EXPECT_THAT(publisher.take_skipped(), IsEmpty());
}

}  // namespace
}  // namespace weir::test
