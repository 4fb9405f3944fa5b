// Work for which the control thread does nothing else: who waits for it hears of that.
#pragma once

#include <functional>
#include <utility>

namespace weir {

/// Control thread only.
class LongWork {
 public:
  /// `told` hears true when such work begins, and false when it is over; once for what is part of
  /// something longer.
  void when(std::function<void(bool begins)> told) { told_ = std::move(told); }

  /// While it lives the work goes on.
  class [[nodiscard]] Scope {
   public:
    explicit Scope(LongWork& work) : work_(work) {
      if (work_.depth_++ == 0) work_.told_(true);
    }
    ~Scope() {
      if (--work_.depth_ == 0) work_.told_(false);
    }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    LongWork& work_;
  };

 private:
  std::function<void(bool begins)> told_ = [](bool) {};
  unsigned depth_ = 0;
};

}  // namespace weir
