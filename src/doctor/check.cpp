#include "doctor/check.hpp"

namespace weir::doctor {

std::string to_string(const Remedy& remedy) {
  if (remedy.command.empty() || remedy.advice.empty()) return remedy.command + remedy.advice;
  return remedy.command + "   (" + remedy.advice + ")";
}

std::string to_sentence(const Finding& finding) {
  const std::string fix = to_string(finding.remedy);
  return fix.empty() ? finding.what : finding.what + "; " + fix;
}

std::string for_shell(std::string_view word) {
  static constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+:,=@";
  if (!word.empty() && word.find_first_not_of(kPlain) == word.npos) return std::string(word);
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? "'\\''" : std::string(1, c);
  return text + "'";
}

}  // namespace weir::doctor
