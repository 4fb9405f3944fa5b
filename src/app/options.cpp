#include "app/options.hpp"

#include <algorithm>
#include <boost/program_options.hpp>
#include <optional>
#include <sstream>

namespace weir {
namespace {

namespace po = boost::program_options;

po::options_description descriptions() {
  po::options_description options("Options", 100);
  // clang-format off
  options.add_options()
    ("config,c", po::value<std::string>()->value_name("FILE"),
     "configuration, then conf.d/*.conf beside it (env WEIR_CONFIG; default /etc/weir/weir.conf)")
    ("test,t", "check the configuration, list every error, and exit")
    ("test-dump,T", "the same, then print what is in force and where each value is from")
    ("demo", "no NIC, no huge pages: a tap interface weir-demo0 with all services on 192.0.2.1")
    ("set", po::value<std::vector<std::string>>()->value_name("SECTION.KEY=VALUE"),
     "override one key, as in --set service.web.backlog=4096; may be repeated")
    ("replay", po::value<std::string>()->value_name("FILE"),
     "run the frames of weirctl record again, in virtual time: what becomes of each; starts nothing")
    ("json", "with --replay: a JSON object a line")
    ("verbose,v", "log more")
    ("version,V", "print versions and exit")
    ("help,h", "this text");
  // clang-format on
  return options;
}

// Boost refuses a flag that is said twice; -vv is a habit.
unsigned take_repeated(po::parsed_options& parsed, const std::string& name) {
  const auto is_it = [&name](const po::option& option) { return option.string_key == name; };
  const auto last = std::remove_if(parsed.options.begin(), parsed.options.end(), is_it);
  const auto count = static_cast<unsigned>(parsed.options.end() - last);
  parsed.options.erase(last, parsed.options.end());
  return count;
}

// A replay takes everything from its file: what is for a daemon would change nothing there.
std::optional<Error> check_replay(const po::variables_map& values, const Options& options) {
  if (!values.contains("replay")) {
    if (values.contains("json")) return Error{"--json is for --replay FILE"};
    return std::nullopt;
  }
  if (options.replay.empty()) return Error{"--replay needs the name of a file"};
  for (const char* other : {"config", "test", "test-dump", "demo", "set"}) {
    if (!values.contains(other)) continue;
    return Error{std::string("--replay takes everything from its file: leave out --") + other};
  }
  if (options.verbose > 0) return Error{"--replay logs nothing: leave out --verbose"};
  if (!options.eal_args.empty()) {
    return Error{"--replay starts no DPDK: leave out what stands behind --"};
  }
  return std::nullopt;
}

}  // namespace

Result<Options> parse_options(const std::vector<std::string>& arguments,
                              const std::string& environment_config) {
  Options options;
  const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
  const std::vector<std::string> own(arguments.begin(), dashes);
  if (dashes != arguments.end()) options.eal_args.assign(dashes + 1, arguments.end());
  try {
    namespace style = po::command_line_style;
    const po::options_description known = descriptions();  // what is parsed points into it
    const po::positional_options_description no_words;
    auto parsed = po::command_line_parser(own)
                      .options(known)
                      .positional(no_words)
                      .style(style::unix_style & ~style::allow_guessing)
                      .run();
    options.verbose = take_repeated(parsed, "verbose");
    po::variables_map values;
    po::store(parsed, values);
    options.test = values.contains("test");
    options.dump = values.contains("test-dump");
    options.demo = values.contains("demo");
    options.help = values.contains("help");
    options.version = values.contains("version");
    if (values.contains("replay")) options.replay = values["replay"].as<std::string>();
    options.json = values.contains("json");
    if (auto error = check_replay(values, options)) return *error;
    if (values.contains("set")) options.overrides = values["set"].as<std::vector<std::string>>();
    if (options.demo && values.contains("config")) {
      return Error{"--demo brings its own configuration: leave out --config"};
    }
    options.config_named = values.contains("config") || !environment_config.empty();
    options.config_file = values.contains("config")    ? values["config"].as<std::string>()
                          : environment_config.empty() ? kDefaultConfig
                                                       : environment_config;
  } catch (const po::too_many_positional_options_error&) {
    return Error{"weir takes options only; what is for DPDK stands behind --"};
  } catch (const po::error& error) {
    return Error{error.what()};
  }
  return options;
}

std::string usage_text() {
  std::ostringstream text;
  text
      << "Usage: weir [OPTIONS] [-- EAL ARGUMENTS]\n"
         "       weir --replay FILE [--json]\n"
         "       weir doctor [OPTIONS]\n\n"
         "Answers TCP and UDP on network ports that it takes over from the kernel.\n\n"
      << descriptions()
      << "\nWhat stands behind -- goes to DPDK as it is; that is unsupported.\n"
         "\nTry it without a NIC:    weir --demo\n"
         "Check a configuration:   weir -t -c weir.conf\n"
         "Check this machine:      weir doctor\n"
         "Ask a running weir:      weirctl status\n"
         "The kernel does not see the packets of these ports: use weirctl flows, drops and stats.\n"
         "\nExit codes: 0 stopped, 1 run-time failure, or a replay that differs, of a file that "
         "was "
         "cut\n"
         "off or of one of which nothing could be compared, 2 bad command line,\n"
         "65 no recording for this build, 66 no such recording, 69 environment not ready (huge\n"
         "pages, NIC, memory), 70 internal error, 75 another weir runs, 77 no permission,\n"
         "78 configuration error.\n";
  return text.str();
}

}  // namespace weir
