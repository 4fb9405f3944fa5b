// The timer wheel against a sorted list, in virtual time.
#include "flow/timer_wheel.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
#include <stdexcept>
#include <vector>

namespace weir {
namespace {

constexpr std::uint32_t kEnough = 1'000'000;

struct OwnTicks {
  explicit OwnTicks(std::uint32_t n) : ticks(n) {}
  std::vector<Tick> ticks;
};
struct Wheel : private OwnTicks, TimerWheel {
  explicit Wheel(std::uint32_t n, Tick now = Tick{})
      : OwnTicks(n), TimerWheel(n, {ticks.data(), sizeof(Tick)}, now) {}
};

std::vector<std::uint32_t> fired_by(TimerWheel& wheel, Tick now, std::uint32_t budget = kEnough) {
  std::vector<std::uint32_t> ids;
  wheel.advance(now, budget, [&](std::uint32_t id) { ids.push_back(id); });
  return ids;
}
using Ids = std::vector<std::uint32_t>;

TEST(TimerWheel, FiresAtItsTickAndNotBefore) {
  for (const std::uint32_t ms : {1U, 255U, 256U, 257U, 65'535U, 65'536U, 70'000U, 7'200'000U}) {
    Wheel wheel(4);
    wheel.arm(3, Tick(ms));
    EXPECT_EQ(fired_by(wheel, Tick(ms - 1)), Ids{});
    EXPECT_TRUE(wheel.armed(3));
    EXPECT_EQ(fired_by(wheel, Tick(ms)), Ids{3}) << ms;
    EXPECT_FALSE(wheel.armed(3));
    EXPECT_EQ(fired_by(wheel, Tick(ms + 1)), Ids{});
  }
}

TEST(TimerWheel, FiresInTheOrderOfTheDeadlines) {
  Wheel wheel(3);
  wheel.arm(0, Tick(90'000));
  wheel.arm(1, Tick(5));
  wheel.arm(2, Tick(300));
  EXPECT_EQ(fired_by(wheel, Tick(100'000)), (Ids{1, 2, 0}));
}

TEST(TimerWheel, ShowsWhatFiresNextByRuns) {
  Wheel wheel(100);
  Ids all;
  for (std::uint32_t id = 0; id < 100; ++id) {
    wheel.arm(id, Tick(300 + id / 10));
    all.push_back(id);
  }
  Ids seen, fired;
  wheel.advance(
      Tick(1000), kEnough,
      [&](std::span<const std::uint32_t> ids) {
        EXPECT_EQ(fired, seen) << "one run fires before the next is shown";
        EXPECT_LE(ids.size(), TimerWheel::kRun);
        seen.insert(seen.end(), ids.begin(), ids.end());
      },
      [&](std::uint32_t id) { fired.push_back(id); });
  EXPECT_EQ(seen, all);
  EXPECT_EQ(fired, all);
}

TEST(TimerWheel, ShowsNoMoreThanTheBudgetFires) {
  Wheel wheel(100);
  for (std::uint32_t id = 0; id < 100; ++id) wheel.arm(id, Tick(1));
  std::size_t seen = 0;
  const auto look = [&](std::span<const std::uint32_t> ids) { seen += ids.size(); };
  EXPECT_EQ(wheel.advance(Tick(1), 20, look, [](std::uint32_t) {}), 20U);
  EXPECT_EQ(seen, 20U);
}

TEST(TimerWheel, WhatWasShownAndIsCancelledDoesNotFire) {
  Wheel wheel(4);
  for (std::uint32_t id = 0; id < 4; ++id) wheel.arm(id, Tick(1));
  Ids fired;
  wheel.advance(
      Tick(1), kEnough, [](std::span<const std::uint32_t> ids) { EXPECT_EQ(ids.size(), 4U); },
      [&](std::uint32_t id) {
        fired.push_back(id);
        if (id == 0) wheel.cancel(2);
        if (id == 1) wheel.arm(3, Tick(5));
      });
  EXPECT_EQ(fired, (Ids{0, 1}));
  EXPECT_EQ(fired_by(wheel, Tick(5)), Ids{3});
}

TEST(TimerWheel, WhatIsArmedForThePastFiresAtTheNextCall) {
  Wheel wheel(2, Tick(1000));
  wheel.arm(0, Tick(1000));
  wheel.arm(1, Tick(10));
  EXPECT_EQ(fired_by(wheel, Tick(1000)), (Ids{0, 1}));
}

TEST(TimerWheel, ATimerThatReArmsItselfForThePastFiresOncePerCall) {
  Wheel wheel(1);
  const auto again = [&](std::uint32_t id) { wheel.arm(id, Tick(0)); };
  wheel.arm(0, Tick(5));
  EXPECT_EQ(wheel.advance(Tick(10), kEnough, again), 1U);
  EXPECT_EQ(wheel.advance(Tick(10), kEnough, again), 1U);
}

TEST(TimerWheel, ArmMovesAndCancelRemoves) {
  Wheel wheel(2);
  wheel.arm(0, Tick(5));
  wheel.arm(0, Tick(500));
  wheel.arm(1, Tick(6));
  wheel.cancel(1);
  wheel.cancel(1);
  EXPECT_EQ(fired_by(wheel, Tick(499)), Ids{});
  EXPECT_EQ(wheel.next_due(), Tick(500));
  EXPECT_EQ(fired_by(wheel, Tick(500)), Ids{0});
  EXPECT_EQ(wheel.next_due(), std::nullopt);
}

TEST(TimerWheel, FiringMayCancelOthersOfTheSameTick) {
  Wheel wheel(3);
  for (const std::uint32_t id : {0U, 1U, 2U}) wheel.arm(id, Tick(7));
  Ids ids;
  wheel.advance(Tick(7), kEnough, [&](std::uint32_t id) {
    ids.push_back(id);
    wheel.cancel(1);
    if (id == 0) wheel.arm(2, Tick(9));
  });
  EXPECT_EQ(ids, Ids{0});
  EXPECT_EQ(fired_by(wheel, Tick(9)), Ids{2});
}

TEST(TimerWheel, CrossesTheWrapOfTicks) {
  Wheel wheel(3, Tick(0xfffffff0));
  wheel.arm(0, Tick(0xfffffff8));
  wheel.arm(1, Tick(8));
  wheel.arm(2, Tick(0xffffffff));
  EXPECT_EQ(fired_by(wheel, Tick(0xffffffff)), (Ids{0, 2}));
  EXPECT_EQ(fired_by(wheel, Tick(7)), Ids{});
  EXPECT_EQ(fired_by(wheel, Tick(8)), Ids{1});
}

TEST(TimerWheel, IsOnTimeHoweverLongTheDistance) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 2'000; ++round) {
    const Tick start(static_cast<std::uint32_t>(random()));
    const auto distance = static_cast<std::uint32_t>(random() >> (33 + random() % 24)) + 1;
    Wheel wheel(1, start);
    wheel.arm(0, start + distance);
    ASSERT_EQ(fired_by(wheel, start + (distance - 1)), Ids{}) << start.value() << '+' << distance;
    ASSERT_EQ(fired_by(wheel, start + distance), Ids{0}) << start.value() << '+' << distance;
  }
}

TEST(TimerWheel, KeepsTheTicksInTheRecordsOfTheirOwner) {
  struct Record {
    std::uint64_t before;
    Tick tick;
    std::uint32_t behind;
  };
  std::vector<Record> records(3, Record{1, Tick{}, 2});
  TimerWheel wheel(3, {&records[0].tick, sizeof(Record)});
  wheel.arm(1, Tick(70'000));
  wheel.arm(2, Tick(300));
  EXPECT_EQ(records[1].tick, Tick(70'000));
  EXPECT_EQ(records[2].tick, Tick(300));
  EXPECT_EQ(fired_by(wheel, Tick(70'000)), (Ids{2, 1}));
  for (const Record& r : records) EXPECT_TRUE(r.before == 1 && r.behind == 2);
}

TEST(TimerWheel, AMillionTimersOfOneDeadlineKeepToTheBudget) {
  constexpr std::uint32_t kMany = 1'000'000, kBudget = 256;
  Wheel wheel(kMany);
  for (std::uint32_t id = 0; id < kMany; ++id) wheel.arm(id, Tick(70'003));
  std::vector<bool> seen(kMany);
  std::uint32_t total = 0, calls = 0;
  for (; total < kMany; ++calls) {
    const std::uint32_t fired = wheel.advance(Tick(70'003), kBudget, [&](std::uint32_t id) {
      ASSERT_FALSE(seen[id]);
      seen[id] = true;
    });
    ASSERT_LE(fired, kBudget);
    total += fired;
    // Each is moved to level 1, to level 0 and fired: three steps.
    ASSERT_LE(calls, kMany / kBudget * 3 + 3);
  }
  EXPECT_EQ(wheel.next_due(), std::nullopt);
}

TEST(TimerWheel, WorkLeftOverComesFirstAndIsAnnounced) {
  Wheel wheel(10);
  for (std::uint32_t id = 0; id < 10; ++id) wheel.arm(id, Tick(5));
  EXPECT_EQ(fired_by(wheel, Tick(6), 3), (Ids{0, 1, 2}));
  EXPECT_LE(wheel.next_due().value(), Tick(6));
  wheel.arm(0, Tick(6));
  EXPECT_EQ(fired_by(wheel, Tick(6), 7), (Ids{3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(fired_by(wheel, Tick(6), 7), Ids{0});
}

TEST(TimerWheel, RefusesMoreIdsThanALinkCanName) {
  EXPECT_NO_THROW((TimerWheel{200'000'000, TickColumn{}}));
  EXPECT_THROW((TimerWheel{TimerWheel::kMaxCapacity + 1, TickColumn{}}), std::length_error);
}

// What a wheel should do, said with a sorted list. Keys are 64-bit milliseconds: no wrap here.
class Model {
 public:
  explicit Model(std::uint32_t ids) : when_(ids, kNone) {}
  void arm(std::uint32_t id, std::uint64_t when) {
    cancel(id);
    when_[id] = when;
    order_.insert({when, id});
  }
  void cancel(std::uint32_t id) {
    if (when_[id] == kNone) return;
    auto [at, end] = order_.equal_range(when_[id]);
    while (at->second != id) ++at;
    order_.erase(at);
    when_[id] = kNone;
  }
  [[nodiscard]] bool armed(std::uint32_t id) const { return when_[id] != kNone; }
  [[nodiscard]] std::uint64_t when(std::uint32_t id) const { return when_[id]; }
  [[nodiscard]] const std::multimap<std::uint64_t, std::uint32_t>& order() const { return order_; }

 private:
  static constexpr std::uint64_t kNone = ~std::uint64_t{0};
  std::vector<std::uint64_t> when_;
  std::multimap<std::uint64_t, std::uint32_t> order_;
};

struct Course {
  const char* name;
  unsigned distance_bits;  // deadlines at most 2^n ms ahead
  unsigned jump_bits;      // time moves by at most 2^n ms
  std::uint64_t start;
};
void PrintTo(const Course& course, std::ostream* out) { *out << course.name; }

class TimerWheelOracle : public testing::TestWithParam<Course> {};

TEST_P(TimerWheelOracle, AgreesWithASortedList) {
  constexpr std::uint32_t kIds = 500;
  const Course course = GetParam();
  std::mt19937_64 random(7);
  std::uint64_t now = course.start;
  Wheel wheel(kIds, Tick(static_cast<std::uint32_t>(now)));
  Model model(kIds);
  // Short distances as often as long ones, now and then one in the past.
  const auto arm_somewhere = [&](std::uint32_t id) {
    std::uint64_t when =
        now + (random() & ((std::uint64_t{1} << random() % course.distance_bits) - 1));
    if (random() % 16 == 0) when = now - random() % 1000;
    model.arm(id, when);
    wheel.arm(id, Tick(static_cast<std::uint32_t>(when)));
  };
  std::uint64_t fired = 0;
  for (int round = 0; round < 20'000; ++round) {
    for (auto n = random() % 8; n > 0; --n) {
      const auto id = static_cast<std::uint32_t>(random() % kIds);
      if (random() % 4 == 0) {
        model.cancel(id);
        wheel.cancel(id);
      } else {
        arm_somewhere(id);
      }
    }
    now += random() & ((std::uint64_t{1} << random() % course.jump_bits) - 1);
    std::set<std::uint32_t> fresh;  // armed within this call: may have to wait for the next
    wheel.advance(Tick(static_cast<std::uint32_t>(now)), kEnough, [&](std::uint32_t id) {
      ++fired;
      ASSERT_TRUE(model.armed(id));
      ASSERT_LE(model.when(id), now) << "early";
      ASSERT_FALSE(fresh.contains(id)) << "fired twice in a call";
      model.cancel(id);
      const auto other = static_cast<std::uint32_t>(random() % kIds);
      switch (random() % 4) {
        case 0:
          arm_somewhere(id);
          fresh.insert(id);
          break;
        case 1:
          arm_somewhere(other);
          fresh.insert(other);
          break;
        case 2:
          model.cancel(other);
          wheel.cancel(other);
          break;
        default:
          break;
      }
    });
    for (const auto& [when, id] : model.order()) {
      if (when > now) break;
      ASSERT_TRUE(fresh.contains(id)) << "late: id " << id;
    }
    for (std::uint32_t id = 0; id < kIds; ++id) ASSERT_EQ(wheel.armed(id), model.armed(id));
    ASSERT_EQ(wheel.size(), model.order().size());
    ASSERT_EQ(wheel.next_due().has_value(), !model.order().empty());
    if (!model.order().empty()) {
      const std::uint64_t next = model.order().begin()->first;
      const Tick latest(static_cast<std::uint32_t>(std::max(next, now)));
      ASSERT_LE(wheel.next_due().value() - latest, 0);
    }
  }
  EXPECT_GT(fired, 10'000U);
}
INSTANTIATE_TEST_SUITE_P(Courses, TimerWheelOracle,
                         testing::Values(Course{"Seconds", 14, 7, 5000},
                                         Course{"Minutes", 18, 12, 12'345},
                                         Course{"Hours", 23, 16, 0xff0000},
                                         Course{"Days", 30, 26, 5000},
                                         Course{"AcrossTheWrap", 18, 10, 0xffff0000}),
                         [](const auto& course) { return course.param.name; });

// However small the budget, what is due comes out in the end, each once, and no call exceeds it.
TEST(TimerWheel, ASmallBudgetLosesNothing) {
  constexpr std::uint32_t kIds = 3'000, kBudget = 5;
  std::mt19937_64 random(11);
  std::uint64_t now = 0xffff'f000;
  Wheel wheel(kIds, Tick(static_cast<std::uint32_t>(now)));
  Model model(kIds);
  for (int round = 0; round < 35'000; ++round) {
    if (round < 20'000 && random() % 2 == 0) {
      const auto id = static_cast<std::uint32_t>(random() % kIds);
      const std::uint64_t when = now + 1 + random() % 200'000;
      model.arm(id, when);
      wheel.arm(id, Tick(static_cast<std::uint32_t>(when)));
    }
    now += random() % 40;
    const auto fired =
        wheel.advance(Tick(static_cast<std::uint32_t>(now)), kBudget, [&](std::uint32_t id) {
          ASSERT_TRUE(model.armed(id));
          ASSERT_LE(model.when(id), now);
          model.cancel(id);
        });
    ASSERT_LE(fired, kBudget);
  }
  EXPECT_TRUE(model.order().empty());
  EXPECT_EQ(wheel.next_due(), std::nullopt);
}

}  // namespace
}  // namespace weir
