#include "ctl/top/look.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <chrono>
#include <mutex>
#include <sstream>
#include <thread>

namespace weir::ctl::top {
namespace {

constexpr int kMostFlows = 1000;

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

}  // namespace

Wish wish_of(const Panel& panel) {
  if (panel.page != Table::flows) return {};
  return {true, panel.order_of(Table::flows) == "AGE" ? "age" : "bytes"};
}

Reading look(const Session& session, const Wish& wish) {
  Replies replies;
  replies.status = session.ask("status");
  replies.workers = session.ask("workers");
  replies.memory = session.ask("memory");
  if (wish.flows) {
    replies.flows = session.ask("flows", {{"limit", kMostFlows}, {"sort", wish.flows_by}});
    replies.flows_at = seconds_now();
  }
  return reading_of(replies);
}

// The thread may outlive the Lookout, when the program ends while a daemon does not answer: what it
// touches is its own or here.
struct Lookout::Shared {
  Shared() : bell(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}
  ~Shared() { close(bell); }
  Shared(const Shared&) = delete;
  Shared& operator=(const Shared&) = delete;

  void put(std::optional<Reading> seen, std::string why) {
    const std::lock_guard lock(mutex);
    reading = std::move(seen);
    failure = std::move(why);
    eventfd_write(bell, 1);
  }

  const int bell;
  std::mutex mutex;  // both sides write and read
  std::optional<Reading> reading;
  std::string failure;
};

Lookout::Lookout(const Session& session) : session_(session), shared_(std::make_shared<Shared>()) {}
Lookout::~Lookout() = default;

int Lookout::fd() const noexcept { return shared_->bell; }

void Lookout::start(const Wish& wish) {
  busy_ = true;
  std::thread([shared = shared_, wish, invocation = session_.invocation,
               surroundings = session_.surroundings] {
    std::ostringstream unused;
    const Session session{invocation, surroundings, unused, unused};
    try {
      shared->put(look(session, wish), "");
    } catch (const Failure& failure) {
      shared->put(std::nullopt, failure.message);
    } catch (const std::exception& error) {
      shared->put(std::nullopt,
                  std::string("the daemon's reply is not understood: ") + error.what());
    }
  }).detach();
}

void Lookout::take(Model& model) {
  eventfd_t count = 0;
  if (eventfd_read(shared_->bell, &count) != 0) return;
  busy_ = false;
  const std::lock_guard lock(shared_->mutex);
  if (shared_->reading) {
    model.take(std::move(*shared_->reading));
  } else {
    model.lose(shared_->failure);
  }
}

}  // namespace weir::ctl::top
