// Looking at the daemon: all that one screen needs, asked for one after the other.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ctl/session.hpp"
#include "ctl/top/model.hpp"
#include "ctl/top/panel.hpp"

namespace weir::ctl::top {

/// What is asked for, beside what every screen shows.
struct Wish {
  bool flows = false;
  std::string_view flows_by;  ///< as the daemon's flows command sorts
};
[[nodiscard]] Wish wish_of(const Panel& panel);

/// Throws as Session::ask and reading_of do.
[[nodiscard]] Reading look(const Session& session, const Wish& wish);

/// Looks in a thread of its own, so that a daemon that does not answer leaves the keys alive.
class Lookout {
 public:
  explicit Lookout(const Session& session);
  ~Lookout();
  Lookout(const Lookout&) = delete;
  Lookout& operator=(const Lookout&) = delete;

  void start(const Wish& wish);  ///< not while it is busy
  [[nodiscard]] bool busy() const noexcept { return busy_; }
  [[nodiscard]] int fd() const noexcept;  ///< readable when there is an outcome
  /// The reading, or why there is none.
  void take(Model& model);

 private:
  struct Shared;
  const Session& session_;
  std::shared_ptr<Shared> shared_;
  bool busy_ = false;
};

}  // namespace weir::ctl::top
