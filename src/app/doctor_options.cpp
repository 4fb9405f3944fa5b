#include "app/doctor_options.hpp"

#include <boost/program_options.hpp>
#include <sstream>

#include "app/options.hpp"

namespace weir {
namespace {

namespace po = boost::program_options;

po::options_description descriptions() {
  po::options_description options("Options", 100);
  // clang-format off
  options.add_options()
    ("config,c", po::value<std::string>()->value_name("FILE"),
     "what weir shall run with (env WEIR_CONFIG; default /etc/weir/weir.conf)")
    ("set", po::value<std::vector<std::string>>()->value_name("SECTION.KEY=VALUE"),
     "override one key; may be repeated")
    ("json", "one JSON object, schema weir.doctor.v1")
    ("explain", po::value<std::string>()->value_name("ID"), "one check: what, why, how to mend it")
    ("fix-script", "print a shell script with the fixes; it is never run here")
    ("live", "ask a running weir: links, gateways, what arrives, who else uses its CPUs")
    ("socket", po::value<std::string>()->value_name("PATH"),
     "of the weir to ask (default: [control] socket)")
    ("help,h", "this text");
  // clang-format on
  return options;
}

DoctorOptions options_from(const po::variables_map& values, const std::string& environment_config) {
  DoctorOptions options;
  options.help = values.contains("help");
  options.request.json = values.contains("json");
  options.request.fix_script = values.contains("fix-script");
  options.live = values.contains("live");
  if (values.contains("socket")) options.socket = values["socket"].as<std::string>();
  if (values.contains("explain")) options.request.explain = values["explain"].as<std::string>();
  if (values.contains("set")) options.overrides = values["set"].as<std::vector<std::string>>();
  options.config_named = values.contains("config") || !environment_config.empty();
  options.config_file = values.contains("config")    ? values["config"].as<std::string>()
                        : environment_config.empty() ? kDefaultConfig
                                                     : environment_config;
  return options;
}

}  // namespace

Result<DoctorOptions> parse_doctor_options(const std::vector<std::string>& arguments,
                                           const std::string& environment_config) {
  try {
    namespace style = po::command_line_style;
    const po::options_description known = descriptions();
    const po::positional_options_description no_words;
    po::variables_map values;
    po::store(po::command_line_parser(arguments)
                  .options(known)
                  .positional(no_words)
                  .style(style::unix_style & ~style::allow_guessing)
                  .run(),
              values);
    const DoctorOptions options = options_from(values, environment_config);
    if (options.request.json && options.request.fix_script) {
      return Error{"--json and --fix-script exclude each other"};
    }
    if (values.contains("explain") && options.request.explain.empty()) {
      return Error{"--explain wants the id of a check, such as NIC03"};
    }
    if (values.contains("socket") && !options.live) {
      return Error{"--socket is for --live: without it no weir is asked"};
    }
    return options;
  } catch (const po::too_many_positional_options_error&) {
    return Error{"weir doctor takes options only"};
  } catch (const po::error& error) {
    return Error{error.what()};
  }
}

std::string doctor_usage_text() {
  std::ostringstream text;
  text << "Usage: weir doctor [OPTIONS]\n\n"
          "Looks at this machine and says what would keep weir from running well, and the line "
          "that\n"
          "mends it. Starts nothing, changes nothing. With --live a running weir is asked why "
          "nothing\n"
          "arrives or why it is slow; its gateways get two ARP or neighbour questions each.\n\n"
       << descriptions()
       << "\nExit codes: 0 nothing fails, 1 something does, 2 bad command line, 69 no weir answers "
          "(--live),\n"
          "78 the configuration is wrong (see weir -t). docs/doctor.md explains every check.\n";
  return text.str();
}

}  // namespace weir
