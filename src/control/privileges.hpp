// Root at the start, somebody else afterwards.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.hpp"

namespace weir {

struct User {
  std::string name;
  uid_t id = 0;
  gid_t group = 0;
};

/// Makes effective what the kernel permits: capabilities of the program's file in a container,
/// where the file must not insist on all of them.
void use_permitted_capabilities();

/// The user of [control] user. Nothing when the name is empty or that is who runs already. The
/// error is a sentence: no such user, or not root and thus nobody who could become another.
[[nodiscard]] Result<std::optional<User>> user_named(const std::string& name);

/// All threads become that user for ever. The calling one keeps what ports still need:
/// CAP_NET_ADMIN (promiscuous mode, the link of a tap), CAP_NET_RAW and CAP_IPC_LOCK; the others
/// keep no capability at all. The error is a sentence.
[[nodiscard]] Result<bool> become(const User& user);

/// The calling thread has no capability any more, nor has any that it makes; false when the kernel
/// does not let go of them. Who is root remains root.
[[nodiscard]] bool renounce_capabilities();

}  // namespace weir
