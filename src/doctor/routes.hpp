// Which interfaces this machine cannot do without: those of its default routes and of the ssh
// session that somebody is typing in.
#pragma once

#include <string>
#include <vector>

#include "doctor/environment.hpp"

namespace weir::doctor {

[[nodiscard]] std::vector<std::string> interfaces(const Environment& env);
[[nodiscard]] std::vector<std::string> default_route_interfaces(const Environment& env);
/// Of the process's own SSH_CONNECTION or of one of its parents' (sudo takes it away); empty when
/// there is none or it cannot be read.
[[nodiscard]] std::string ssh_interface(const Environment& env);
/// "carries your default route", "carries this ssh session", both, or nothing.
[[nodiscard]] std::string need_for(const Environment& env, const std::string& interface);

}  // namespace weir::doctor
