// What the examination found, as lines, JSON or a script.
#pragma once

#include <string>
#include <vector>

#include "control/json.hpp"
#include "doctor/check.hpp"

namespace weir::doctor {

struct Diagnosis {
  const Check* check;
  Finding finding;
};
using Diagnoses = std::vector<Diagnosis>;

/// Every check, in the table's order. Control thread; some ten milliseconds.
[[nodiscard]] Diagnoses examine(const Subject& subject);
[[nodiscard]] Diagnoses examine(const Subject& subject, const Check& check);
/// Every check that a running weir knows more of.
[[nodiscard]] Diagnoses examine(const LiveSubject& subject);
[[nodiscard]] Diagnoses examine(const LiveSubject& subject, const Check& check);

[[nodiscard]] std::size_t count(const Diagnoses& diagnoses, State state) noexcept;
/// 0, or that of the first failure.
[[nodiscard]] int exit_code(const Diagnoses& diagnoses) noexcept;

/// A line for each that is not skipped, its fix below what is not well, and a sum.
[[nodiscard]] std::string to_text(const Diagnoses& diagnoses);
/// The failures alone, with why they matter: all that is said when weir does not start.
[[nodiscard]] std::string failures_text(const Diagnoses& diagnoses);
/// {"schema":"weir.doctor.v1","checks":[{"id","title","state","what","why","fix":{"command",
/// "advice"}}],"failures","warnings"}
[[nodiscard]] Json to_json(const Diagnoses& diagnoses);
/// A shell script: what is wrong as comments, commands below. It is for reading before it is run.
[[nodiscard]] std::string fix_script(const Diagnoses& diagnoses);
/// Title, reason and cure of one check.
[[nodiscard]] std::string explanation(const Check& check);

}  // namespace weir::doctor
