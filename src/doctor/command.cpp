#include "doctor/command.hpp"

#include <chrono>
#include <ostream>
#include <thread>

#include "doctor/live.hpp"
#include "doctor/report.hpp"

namespace weir::doctor {
namespace {

constexpr int kUsage = 2;

std::string known_ids() {
  std::string ids;
  for (const Check& check : checks()) ids += (ids.empty() ? "" : " ") + std::string(check.id);
  return ids;
}

template <class AnySubject>
int examine_and_say(const Request& request, const AnySubject& subject, std::ostream& out,
                    std::ostream& err) {
  Diagnoses diagnoses;
  const Check* const one = check_named(request.explain);
  if (!request.explain.empty()) {
    if (one == nullptr) {
      err << "weir: no check is called '" << request.explain << "'; there are: " << known_ids()
          << '\n';
      return kUsage;
    }
    diagnoses = examine(subject, *one);
    if (!request.json && !request.fix_script) out << explanation(*one) << '\n';
  } else {
    diagnoses = examine(subject);
  }
  if (request.json) {
    out << to_line(to_json(diagnoses)) << '\n';
  } else if (request.fix_script) {
    out << fix_script(diagnoses);
  } else {
    out << to_text(diagnoses);
  }
  if (one != nullptr) return 0;  // explained is explained
  return count(diagnoses, State::fail) == 0 ? 0 : 1;
}

}  // namespace

int run(const Request& request, const Subject& subject, std::ostream& out, std::ostream& err) {
  return examine_and_say(request, subject, out, err);
}

int run(const Request& request, const LiveSubject& subject, std::ostream& out, std::ostream& err) {
  return examine_and_say(request, subject, out, err);
}

int run_live(const Request& request, const std::string& socket, std::ostream& out,
             std::ostream& err) {
  using Clock = std::chrono::steady_clock;
  const Environment env;
  const auto enough = Clock::now() + std::chrono::seconds(1);
  const auto reading =
      read_live(*daemon_at(socket), env, [&] { std::this_thread::sleep_until(enough); });
  if (!reading) {
    err << "weir: " << reading.error().message << '\n';
    return kUnavailable;
  }
  return run(request, LiveSubject{env, reading.value()}, out, err);
}

}  // namespace weir::doctor
