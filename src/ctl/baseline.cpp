#include "ctl/baseline.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "ctl/failure.hpp"

namespace weir::ctl {
namespace {

constexpr const char* kCounted[] = {"totals", "dropped", "refused", "traffic", "mib"};
constexpr std::string_view kGauges[] = {"held", "flows", "worker"};

// Calls `change` with every counter in `after` and its counterpart in `before`, or with null.
template <class Change>
void for_each_counter(Json& after, const Json& before, Change change) {
  const auto object = [&change](Json& now, const Json& then) {
    for (auto& [name, value] : now.items()) {
      const bool gauge = std::ranges::find(kGauges, name) != std::end(kGauges);
      if (gauge || !value.is_number()) continue;
      const auto found = then.is_object() ? then.find(name) : then.end();
      change(value, then.is_object() && found != then.end() ? *found : Json());
    }
  };
  for (const char* name : kCounted) {
    if (after.contains(name))
      object(after[name], before.is_object() ? before.value(name, Json()) : Json());
  }
  Json& workers = after["workers"];
  for (std::size_t i = 0; i < workers.size(); ++i) {
    object(workers[i], before.is_object() && i < before.at("workers").size()
                           ? before.at("workers")[i]
                           : Json());
  }
}

}  // namespace

Baseline::Baseline(const std::string& directory, const std::string& socket, std::string_view noun)
    : directory_(directory) {
  std::string name = socket;
  std::ranges::replace(name, '/', '%');
  path_ = directory + "/" + std::string(noun) + name + ".json";
}

void Baseline::save(const Json& reply) const {
  std::error_code error;
  if (!directory_.empty()) std::filesystem::create_directories(directory_, error);
  std::ofstream file(path_);
  file << to_line(reply) << '\n';
  if (directory_.empty() || !file.flush()) {
    throw Failure{kRefused, "no_state",
                  "cannot write " + path_ + ": set XDG_STATE_HOME to a directory of yours"};
  }
}

std::optional<Json> Baseline::load(const Json& reply) const {
  std::ifstream file(path_);
  if (directory_.empty() || !file) return std::nullopt;
  const std::string text{std::istreambuf_iterator<char>(file), {}};
  Json before = Json::parse(text, nullptr, false);
  const bool same = before.is_object() && before.value("schema", Json()) == reply.at("schema") &&
                    before.value("started_ns", Json()) == reply.at("started_ns");
  return same ? std::optional(std::move(before)) : std::nullopt;
}

Json difference(Json after, const Json& before) {
  for_each_counter(after, before, [](Json& now, const Json& then) {
    const auto value = now.get<std::uint64_t>();
    const auto old = then.is_number() ? then.get<std::uint64_t>() : 0;
    now = value > old ? value - old : 0;
  });
  return after;
}

Json divided(Json stats, double by) {
  for_each_counter(stats, Json(),
                   [by](Json& value, const Json&) { value = value.get<double>() / by; });
  return stats;
}

}  // namespace weir::ctl
