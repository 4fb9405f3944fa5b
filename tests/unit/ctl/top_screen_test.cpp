// What the screen shows in which size, and what keys change.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "ctl/command.hpp"
#include "top_kit.hpp"

namespace weir::ctl::top {
namespace {

using testing::HasSubstr;
using testing::Not;

const Numbers kNumbers(false);

Panel after_keys(std::string_view keys) {
  Panel panel;
  for (const char c : keys) panel.press({Key::none, c});
  return panel;
}

Screen screen(const Model& model, const Panel& panel, std::size_t width, std::size_t height) {
  return screen_of(model, panel, {width, height, Charset::utf8, false}, kNumbers);
}

constexpr std::string_view kTitles[] = {
    "WORKER",  "CPU",     "BUSY",   "TREND",  "PPS",   "CYC/PKT", "BURST",    "HANDOFF",
    "FLOWS",   "SERVICE", "LISTEN", "STATE",  "CONNS", "HALF",    "NEW/s",    "ENDED/s",
    "DGRAM/s", "REASON",  "PER",    "SECOND", "TOTAL", "SHARE",   "MEANING",  "PORT",
    "LINK",    "DRIVER",  "QUEUES", "RX",     "TX",    "b/s",     "MISSED/s", "REMOTE",
    "LOCAL",   "BYTES/s", "BYTES",  "RTT",    "IDLE",  "AGE",     "W"};

TEST(TopScreen, NeverOverflowsWhateverIsShown) {
  Model lost = model_after(5);
  lost.lose("weir is not running: /run/weir/weir.sock: No such file or directory");
  const Model models[] = {Model(), model_after(1), model_after(400, 60), lost};
  for (const Model& model : models) {
    for (const std::string_view keys :
         {"", "w", "v", "r", "p", "f", "h", "d", "d12", "sx", "1", " "}) {
      for (std::size_t width = 1; width <= 210; width += width < 50 ? 3 : 31) {
        for (const std::size_t height : {1, 2, 9, 10, 11, 15, 16, 24, 60}) {
          const Screen s = screen(model, after_keys(keys), width, height);
          ASSERT_LE(s.lines.size(), height) << keys << ' ' << width << 'x' << height;
          for (const Line& line : s.lines) {
            ASSERT_LE(line.width(), width) << keys << ' ' << height << ": " << line.text();
          }
        }
      }
    }
  }
}

TEST(TopScreen, HasEveryRowAt80x24) {
  const std::string text = text_of(screen(model_after(9), {}, 80, 24).lines);
  EXPECT_THAT(text, HasSubstr("weir 0.1.0  draining 1 of 3  up 00:00:09"));
  EXPECT_THAT(text, HasSubstr("rx 1.00k pps  512k b/s"));
  EXPECT_THAT(text, HasSubstr("conns 244k +40/s -30/s   drops 10/s   missed 3/s"));
  EXPECT_THAT(text, HasSubstr("node0 63% free"));
  EXPECT_THAT(text, HasSubstr("     0    2   50%"));
  EXPECT_THAT(text, HasSubstr("     1    3    0%"));
  EXPECT_THAT(text, HasSubstr("web "));
  EXPECT_THAT(text, HasSubstr("a-servi"));
  EXPECT_THAT(text, HasSubstr("reason_0"));
  EXPECT_THAT(text, HasSubstr("reason_1"));
  EXPECT_THAT(text, HasSubstr("WARN mempool node0"));
  EXPECT_THAT(text, HasSubstr("q quit"));
  EXPECT_THAT(text, Not(HasSubstr("more")));
}

TEST(TopScreen, HasEveryColumnAt200x60) {
  const std::string text = text_of(screen(model_after(300, 20), {}, 200, 60).lines);
  for (const char* word : {"HANDOFF", "CYC/PKT", "BURST", "LISTEN", "192.0.2.10:80/tcp +1", "HALF",
                           "ENDED/s", "DGRAM/s", "SHARE", "what it means when this occurs",
                           "a-service-with-a-long-name", "reason_19"}) {
    EXPECT_THAT(text, HasSubstr(word));
  }
}

TEST(TopScreen, LeavesColumnsOutRatherThanCutTheirTitles) {
  Reading reading = reading_after(2);
  reading.has_flows = true;
  reading.flows = {
      {"syn-recv", "198.18.0.2:80", "198.19.134.156:30481", "web", 0, 53, 53, 0, 0, 0}};
  Model model = model_after(1);
  model.take(reading);
  for (const std::string_view keys : {"f", "w", "v", "r", "p"}) {
    for (std::size_t width = kLeastWidth; width <= 120; ++width) {
      const std::string text = text_of(screen(model, after_keys(keys), width, 24).lines);
      const std::size_t caption = text.find(" by ");
      const std::size_t head = text.find('\n', caption) + 1;
      const std::string titles = text.substr(head, text.find('\n', head) - head);
      for (const std::string_view title : split(titles)) {
        EXPECT_TRUE(std::ranges::count(kTitles, title) == 1) << width << ": " << title;
      }
    }
  }
}

TEST(TopScreen, HasATableInTheSmallestScreenThatIsNotRefused) {
  const Model model = model_after(3);
  EXPECT_THAT(text_of(screen(model, {}, 40, 10).lines), HasSubstr("WORKER"));
  EXPECT_THAT(text_of(screen(model, after_keys("\t\t"), 40, 10).lines), HasSubstr("reason_1"));
  EXPECT_THAT(text_of(screen(model, {}, 39, 10).lines), HasSubstr("too small: 39x10"));
  EXPECT_THAT(text_of(screen(model, {}, 40, 9).lines), HasSubstr("top needs 40x10"));
}

TEST(TopScreen, SaysHowManyRowsItLeavesOut) {
  const std::string text = text_of(screen(model_after(3, 40), {}, 80, 24).lines);
  EXPECT_THAT(text, HasSubstr("reason_39")) << "the most frequent first";
  EXPECT_THAT(text, HasSubstr(" more\n"));
}

TEST(TopScreen, ShowsADashForWhatIsNotKnown) {
  EXPECT_THAT(text_of(screen(model_after(1), {}, 80, 24).lines), HasSubstr("drops -/s"));
}

TEST(TopScreen, SaysThatTheDaemonIsGone) {
  Model model = model_after(3);
  model.lose("weir is not running");
  const std::string text = text_of(screen(model, {}, 80, 24).lines);
  EXPECT_THAT(text, HasSubstr("not connected"));
  EXPECT_THAT(text, HasSubstr("trying again: weir is not running"));
  EXPECT_THAT(text, HasSubstr("reason_1")) << "what was read stays";
  Model none;
  none.lose("weir is not running");
  EXPECT_THAT(text_of(screen(none, {}, 80, 24).lines), HasSubstr("trying again: weir is"));
}

TEST(TopScreen, HasNoByteBeyondAsciiWhereTheTerminalHasNone) {
  for (const std::string_view keys : {"", "r", "f", "h"}) {
    const Screen s =
        screen_of(model_after(9, 40), after_keys(keys), {60, 20, Charset::ascii, false}, kNumbers);
    for (const char c : text_of(s.lines)) EXPECT_GT(c, 0) << keys;
  }
}

TEST(TopScreen, ShowsLatencyWhereItIsMeasured) {
  Reading reading = reading_after(2);
  reading.latency = {{"handshake", 800, 61000}, {"rx_tx", 4, 9}};
  Model model = model_after(1);
  model.take(reading);
  const std::string text = text_of(screen(model, {}, 80, 24).lines);
  EXPECT_THAT(text, HasSubstr("handshake p50 800us p99 61ms   rx→tx p50 4us p99 9us"));
}

TEST(TopScreen, ScrollsAPageToItsEndAndNoFurther) {
  const Model model = model_after(3, 60);
  Panel panel = after_keys("rs");  // by TOTAL: in the daemon's order
  const std::string first = text_of(screen(model, panel, 80, 24).lines);
  EXPECT_THAT(first, HasSubstr("reason_0 "));
  panel.press({Key::end, 0});
  const Screen last = screen(model, panel, 80, 24);
  EXPECT_THAT(text_of(last.lines), HasSubstr("reason_59"));
  EXPECT_LT(last.scroll, 60u);
  panel.scroll = last.scroll;
  panel.press({Key::down, 0});
  EXPECT_EQ(screen(model, panel, 80, 24).scroll, last.scroll);
}

TEST(TopBatch, LeavesNothingOutAndNeedsNoTerminal) {
  Frame frame;
  frame.batch = true;
  const std::string text = text_of(screen_of(model_after(3, 60), {}, frame, kNumbers).lines);
  EXPECT_THAT(text, HasSubstr("reason_59"));
  EXPECT_THAT(text, HasSubstr("192.0.2.10:80/tcp +1"));
  EXPECT_THAT(text, Not(HasSubstr("TREND")));
  EXPECT_THAT(text, Not(HasSubstr("quit")));
}

TEST(TopKeys, ChangeTheOrderOfTheTableInView) {
  EXPECT_EQ(after_keys("").order_of(Table::workers), "WORKER");
  EXPECT_EQ(after_keys("s").order_of(Table::workers), "BUSY");
  EXPECT_EQ(after_keys("ssss").order_of(Table::workers), "WORKER");
  EXPECT_EQ(after_keys("\ts").order_of(Table::services), "CONNS");
  EXPECT_EQ(after_keys("fs").order_of(Table::flows), "BYTES");
  Model model = model_after(3);
  const std::string text = text_of(screen(model, after_keys("s"), 80, 24).lines);
  EXPECT_THAT(text, HasSubstr("workers by BUSY"));
  EXPECT_LT(text.find("   50%"), text.find("    0%"));
}

TEST(TopKeys, OfAllFlowsThoseAreShownThatTheOrderPutsFirst) {
  Model model;
  Reading reading = reading_after(1);
  reading.has_flows = true;
  reading.flows_matched = 5000;
  model.take(reading);
  const auto caption = [&](std::string_view keys) {
    return text_of(screen(model, after_keys(keys), 100, 24).lines);
  };
  EXPECT_THAT(caption("fs"), HasSubstr("flows by BYTES (of 5000, those with the most bytes)"));
  std::string keys = "f";
  while (after_keys(keys).order_of(Table::flows) != "AGE") keys += 's';
  EXPECT_THAT(caption(keys), HasSubstr("flows by AGE (of 5000, the oldest)"));
}

TEST(TopKeys, LeadToPagesAndBack) {
  EXPECT_EQ(after_keys("f").page, Table::flows);
  EXPECT_EQ(after_keys("fr").page, Table::drops);
  EXPECT_EQ(after_keys("rr").page, std::nullopt);
  Panel panel = after_keys("ph");
  EXPECT_TRUE(panel.help);
  panel.press({Key::escape, 0});
  EXPECT_FALSE(panel.help);
  EXPECT_EQ(panel.page, Table::ports);
  panel.press({Key::escape, 0});
  EXPECT_EQ(panel.page, std::nullopt);
}

TEST(TopKeys, AskForADelayAndRefuseNonsense) {
  Panel panel = after_keys("d2.5");
  EXPECT_THAT(text_of(screen(model_after(2), panel, 80, 24).lines), HasSubstr("(now 1): 2.5_"));
  panel.press({Key::enter, 0});
  EXPECT_DOUBLE_EQ(panel.delay, 2.5);
  for (const std::string_view typed : {"d0", "d1.2.3", "d99999", "d."}) {
    panel = after_keys(typed);
    panel.press({Key::enter, 0});
    EXPECT_DOUBLE_EQ(panel.delay, 1) << typed;
    EXPECT_THAT(panel.remark, HasSubstr("is no delay")) << typed;
  }
  panel = after_keys("d4");
  panel.press({Key::escape, 0});
  EXPECT_DOUBLE_EQ(panel.delay, 1);
  panel = after_keys("dq");
  EXPECT_FALSE(panel.prompt || panel.quit);
}

TEST(TopKeys, PauseSumAndQuit) {
  EXPECT_TRUE(after_keys(" ").paused);
  EXPECT_FALSE(after_keys("  ").paused);
  EXPECT_THAT(text_of(screen(model_after(3), after_keys("1"), 80, 24).lines),
              HasSubstr("   all    2   25%"));
  EXPECT_TRUE(after_keys("q").quit);
  Panel panel;
  panel.press({Key::redraw, 0});
  EXPECT_TRUE(panel.repaint);
  panel.press({});
  EXPECT_EQ(panel.remark, "") << "no key at all";
  EXPECT_NE(after_keys("z").remark, "");
}

}  // namespace
}  // namespace weir::ctl::top
