#include "control/privileges.hpp"

#include <cap-ng.h>
#include <pwd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace weir {

namespace {

// Who gains capabilities or becomes another user is hidden from that user in /proc, where Weir's
// own numbers come from, and may not dump core. What Weir has of root's is a few descriptors.
void stay_readable() { prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); }

}  // namespace

void use_permitted_capabilities() {
  if (capng_get_caps_process() != 0) return;
  bool more = false;
  for (unsigned capability = 0; capability <= CAP_LAST_CAP; ++capability) {
    if (capng_have_capability(CAPNG_PERMITTED, capability) == 0 ||
        capng_have_capability(CAPNG_EFFECTIVE, capability) != 0) {
      continue;
    }
    capng_update(CAPNG_ADD, CAPNG_EFFECTIVE, capability);
    more = true;
  }
  if (!more || capng_apply(CAPNG_SELECT_CAPS) != 0) return;  // the doctor tells what is missing
  stay_readable();
}

bool renounce_capabilities() {
  capng_clear(CAPNG_SELECT_CAPS);
  return capng_apply(CAPNG_SELECT_CAPS) == 0;
}

Result<std::optional<User>> user_named(const std::string& name) {
  if (name.empty()) return std::optional<User>();
  const passwd* entry = getpwnam(name.c_str());
  if (entry == nullptr) {
    return Error{"[control] user: there is no user '" + name + "'; useradd --system " + name +
                 " makes one"};
  }
  if (geteuid() == entry->pw_uid) return std::optional<User>();
  if (geteuid() != 0) {
    return Error{"[control] user = " + name + ": only root can become another user"};
  }
  return std::optional<User>({name, entry->pw_uid, entry->pw_gid});
}

Result<bool> become(const User& user) {
  capng_clear(CAPNG_SELECT_BOTH);
  capng_updatev(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED),
                CAP_NET_ADMIN, CAP_NET_RAW, CAP_IPC_LOCK, -1);
  const auto how = static_cast<capng_flags_t>(CAPNG_INIT_SUPP_GRP | CAPNG_CLEAR_BOUNDING);
  if (const int result =
          capng_change_id(static_cast<int>(user.id), static_cast<int>(user.group), how);
      result != 0) {
    return Error{"cannot become the user " + user.name + ": " + std::strerror(errno) +
                 " (capng_change_id: " + std::to_string(result) + ")"};
  }
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    return Error{std::string("cannot renounce new privileges: ") + std::strerror(errno)};
  }
  stay_readable();
  return true;
}

}  // namespace weir
