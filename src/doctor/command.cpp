#include "doctor/command.hpp"

#include <ostream>

#include "doctor/report.hpp"

namespace weir::doctor {
namespace {

constexpr int kUsage = 2;

std::string known_ids() {
  std::string ids;
  for (const Check& check : checks()) ids += (ids.empty() ? "" : " ") + std::string(check.id);
  return ids;
}

}  // namespace

int run(const Request& request, const Subject& subject, std::ostream& out, std::ostream& err) {
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

}  // namespace weir::doctor
