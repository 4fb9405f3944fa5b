// weir.conf(5).
#include "control/config_manual.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>

#include "control/config_keys.hpp"
#include "support/manual.hpp"

namespace weir {
namespace {

// mandoc's linter knows mdoc(7) better than we do.
TEST(ConfigManual, IsCleanMdocAndHasEveryKey) {
  const std::string page = testing::TempDir() + "weir-conf-" + std::to_string(getpid()) + ".5";
  std::ofstream(page) << config_manual();

  EXPECT_EQ(mandoc_complaints(page), "");
  for (const Key& key : config_keys()) {
    EXPECT_THAT(config_manual(), testing::HasSubstr(".It Cm " + std::string(key.name)));
  }
  std::remove(page.c_str());
}

}  // namespace
}  // namespace weir
