// What a directory becomes in memory, and what of it must never be served.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <string>
#include <utility>

#include "service/http/http_content.hpp"
#include "temporary_directory.hpp"

namespace weir {
namespace {

using test::TemporaryDirectory;

std::shared_ptr<const HttpContent> load(const TemporaryDirectory& directory, bool status = false) {
  auto content = HttpContent::load({.root = directory.string(), .status = status});
  EXPECT_TRUE(content.ok());
  return content.value();
}

std::string body(const HttpContent& content, std::string_view path) {
  const HttpResource* resource = content.find(path);
  if (resource == nullptr) return "not found";
  return {reinterpret_cast<const char*>(resource->body.data()), resource->body.size()};
}

TEST(HttpContent, HoldsTheFilesBelowTheRoot) {
  TemporaryDirectory root;
  root.write("index.html", "<p>root</p>");
  root.write("a/b/c.txt", "deep");
  root.write("empty", "");
  root.write("a b\xc3\xa4", "name");
  const auto content = load(root);
  EXPECT_EQ(content->file_count(), 4u);
  EXPECT_EQ(body(*content, "/index.html"), "<p>root</p>");
  EXPECT_EQ(body(*content, "/"), "<p>root</p>");
  EXPECT_EQ(body(*content, "/a/b/c.txt"), "deep");
  EXPECT_EQ(body(*content, "/empty"), "");
  EXPECT_EQ(body(*content, "/a b\xc3\xa4"), "name");
  EXPECT_EQ(body(*content, "/a/"), "not found");
  EXPECT_EQ(body(*content, "/a"), "not found");
  EXPECT_EQ(body(*content, "/healthz"), "ok\n");
  EXPECT_TRUE(content->skipped().empty());
}

TEST(HttpContent, RedirectsADirectoryWithAnIndexToItsSlash) {
  TemporaryDirectory root;
  root.write("a b/index.html", "index");
  const auto content = load(root);
  EXPECT_EQ(body(*content, "/a b/"), "index");
  ASSERT_NE(content->find("/a b"), nullptr);
  EXPECT_EQ(content->find("/a b")->location, "/a%20b/");
  EXPECT_EQ(content->find("/"), nullptr);
}

TEST(HttpContent, SkipsNamesThatStartWithADot) {
  TemporaryDirectory root;
  root.write(".htpasswd", "secret");
  root.write(".git/config", "secret");
  root.write("a/.secret", "secret");
  const auto content = load(root);
  EXPECT_EQ(content->file_count(), 0u);
  EXPECT_EQ(content->find("/.git/config"), nullptr);
}

TEST(HttpContent, FollowsNoLinkOutOfTheRoot) {
  TemporaryDirectory outside, root;
  outside.write("secret", "secret");
  root.write("inside.txt", "inside");
  root.write("sub/x", "x");
  root.link("absolute", outside.string() + "/secret");
  root.link("relative", "../" + outside.path().filename().string() + "/secret");
  root.link("sub/up", "../../" + outside.path().filename().string() + "/secret");
  root.link("directory", outside.string());
  root.link("proc", "/proc/self/environ");
  root.link("loop", "loop");
  root.link("dangling", "nowhere");
  root.link("good", "inside.txt");
  root.link("sub/good", "../inside.txt");
  const auto content = load(root);
  EXPECT_EQ(body(*content, "/good"), "inside");
  EXPECT_EQ(body(*content, "/sub/good"), "inside");
  EXPECT_EQ(content->file_count(), 4u);
  EXPECT_EQ(content->skipped().size(), 7u);
  EXPECT_THAT(content->skipped(), testing::Contains(testing::StartsWith("sub/up: a link")));
  EXPECT_EQ(content->find("/directory/secret"), nullptr);
}

TEST(HttpContent, DoesNotWaitForAFifo) {
  TemporaryDirectory root;
  ASSERT_EQ(mkfifo((root.path() / "fifo").c_str(), 0600), 0);
  root.link("link", "fifo");
  const auto content = load(root);
  EXPECT_EQ(content->file_count(), 0u);
  EXPECT_EQ(content->skipped().size(), 2u);
}

TEST(HttpContent, SaysWhatStopsItFromLoading) {
  const auto missing = HttpContent::load({.root = "/nonexistent/weir"});
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, testing::HasSubstr("/nonexistent/weir: No such file"));
  TemporaryDirectory root;
  root.write("a", std::string(600, 'a'));
  root.write("b", std::string(600, 'b'));
  const auto large = HttpContent::load({.root = root.string(), .limit_bytes = 1000});
  ASSERT_FALSE(large.ok());
  EXPECT_THAT(large.error().message, testing::HasSubstr("larger than 1000 bytes"));
  EXPECT_TRUE(HttpContent::load({.root = root.string(), .limit_bytes = 1200}).ok());
}

TEST(HttpContent, ChecksWithoutReadingWhatWouldStopItFromLoading) {
  TemporaryDirectory root;
  root.write("a", std::string(600, 'a'));
  root.write("b", std::string(600, 'b'));
  const std::string missing = root.string() + "/missing";
  for (const HttpContentSettings& settings :
       {HttpContentSettings{.root = missing}, {.root = root.string(), .limit_bytes = 1000}}) {
    const auto checked = HttpContent::check(settings);
    ASSERT_FALSE(checked.ok());
    EXPECT_EQ(checked.error().message, HttpContent::load(settings).error().message);
  }
  EXPECT_TRUE(HttpContent::check({.root = root.string(), .limit_bytes = 1200}).ok());
  EXPECT_TRUE(HttpContent::check({.root = "", .status = true}).ok());
}

TEST(HttpContent, NoticesThatAFileCameWentOrChanged) {
  TemporaryDirectory root;
  root.write("a", "1");
  auto content = load(root);
  EXPECT_FALSE(content->changed());
  root.write("a", "22");
  EXPECT_TRUE(content->changed());
  content = load(root);
  EXPECT_FALSE(content->changed());
  root.write("sub/b", "");
  EXPECT_TRUE(content->changed());
  content = load(root);
  std::filesystem::remove(root.path() / "a");
  EXPECT_TRUE(content->changed());
}

TEST(HttpContent, ComputesTheFieldsOfAFile) {
  TemporaryDirectory root;
  root.write("a.css", "p{}");
  const auto content = load(root);
  const HttpResource* resource = content->find("/a.css");
  ASSERT_NE(resource, nullptr);
  EXPECT_THAT(resource->etag, testing::MatchesRegex("\"3-[0-9]+\""));
  EXPECT_THAT(resource->type_fields,
              testing::HasSubstr("Content-Type: text/css; charset=utf-8\r\n"));
  EXPECT_THAT(resource->cache_fields, testing::HasSubstr("ETag: " + resource->etag + "\r\n"));
  EXPECT_THAT(resource->cache_fields, testing::ContainsRegex("Last-Modified: .* GMT\r\n"));
}

TEST(HttpContent, WithoutARootIsTheStatusPage) {
  const auto content = HttpContent::load({}).value();
  EXPECT_TRUE(content->shows_status());
  EXPECT_THAT(body(*content, "/"), testing::StartsWith("<!doctype html>"));
  EXPECT_EQ(body(*content, "/"), body(*content, "/status"));
  EXPECT_EQ(body(*content, "/healthz"), "ok\n");
  EXPECT_FALSE(content->changed());
}

TEST(HttpContent, ShowsTheStatusBesideFilesOnlyWhenAskedTo) {
  TemporaryDirectory root;
  root.write("index.html", "index");
  EXPECT_EQ(load(root)->find("/status"), nullptr);
  EXPECT_FALSE(load(root)->shows_status());
  EXPECT_THAT(body(*load(root, true), "/status"), testing::StartsWith("<!doctype html>"));
  EXPECT_EQ(body(*load(root, true), "/"), "index");
}

TEST(HttpContent, HoldsTheSmallestFilesAndOpensTheOthers) {
  TemporaryDirectory root;
  root.write("a", std::string(400, 'a'));
  root.write("b", std::string(700, 'b'));
  root.write("c", std::string(500, 'c'));
  root.write("d/index.html", std::string(2000, 'd'));
  const auto content =
      HttpContent::load({.root = root.string(), .limit_bytes = 1000, .reads_ahead = true}).value();
  EXPECT_EQ(content->file_count(), 4u);
  EXPECT_EQ(body(*content, "/a"), std::string(400, 'a'));
  EXPECT_EQ(body(*content, "/c"), std::string(500, 'c'));
  EXPECT_EQ(content->open_files().size(), 2u);
  for (const auto& [path, size] :
       {std::pair{"/b", 700u}, {"/d/", 2000u}, {"/d/index.html", 2000u}}) {
    const HttpResource* const resource = content->find(path);
    ASSERT_NE(resource, nullptr) << path;
    EXPECT_NE(resource->file, nullptr) << path;
    EXPECT_EQ(resource->length(), size) << path;
    EXPECT_TRUE(resource->body.empty()) << path;
  }
}

TEST(HttpContent, ReadsFromAnOpenFileWhatWasListed) {
  TemporaryDirectory root;
  root.write("file", "0123456789");
  const auto directory = ContentDirectory::open(root.string());
  const ListedFile listed = directory.value().list().files.at(0);
  const auto file = OpenFile::open(directory.value(), listed).value();
  std::array<std::uint8_t, 4> into{};
  EXPECT_TRUE(file->read(3, into));
  EXPECT_THAT(into, testing::ElementsAre('3', '4', '5', '6'));
  EXPECT_FALSE(file->read(8, into)) << "it ends before that";
  EXPECT_EQ(file->take_trouble(), OpenFile::Trouble::unreadable);
  EXPECT_FALSE(file->changed());
  root.write("file", "9876543210 and more");
  EXPECT_FALSE(file->read(3, into));
  EXPECT_TRUE(file->changed());
  EXPECT_EQ(file->take_trouble(), OpenFile::Trouble::changed);
  EXPECT_FALSE(OpenFile::open(directory.value(), listed).ok()) << "it is another by now";
}

}  // namespace
}  // namespace weir
